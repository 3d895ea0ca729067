"""The map of a dual active bridge under single, extended or triple phase shift.

Every point is the steady state that `control.dab_shifts` comes to: its shifts for a power q,
q moved by the integral trim until the wanted current flows. Phase drift in the dead time,
commutation and junction temperatures move in the same rounds, for all points at once.
"""

from dataclasses import dataclass

import numpy as np

from voltbench.calibration.analysis.maps.design import Bridge, DabDesign
from voltbench.calibration.analysis.maps.operating_map import (
    CURRENT,
    PHASE_SHIFT,
    TEMPERATURE,
    UNSETTLED,
    MapError,
    OperatingMap,
    Texts,
    grid,
)
from voltbench.control.dab_shifts import EXTENDED, SINGLE, TRIPLE, ShiftState, least_current
from voltbench.control.numerics.float32 import F
from voltbench.control.numerics.records import zeros
from voltbench.plant_models.switched.averaged.bridge_grid import BridgeGrid, Means
from voltbench.plant_models.switched.averaged.commutation import Commutation
from voltbench.plant_models.switched.averaged.leg_energy import LegEnergy, Rows, leg_energy
from voltbench.plant_models.switched.averaged.linear import Array
from voltbench.plant_models.switched.topologies.device import Transistor

MODULATIONS = {"single": SINGLE, "extended": EXTENDED, "triple": TRIPLE}
ROUNDS = 160
DAMPING = 0.6
SETTLED_OF_CURRENT = 2e-4
"""Of the map's largest current."""
SETTLED_K = 0.1
NEARLY = 5e-3
"""Of the largest current: where an edge turns from hard to soft its delay jumps, and the trim
hunts around it; such points are taken when they come this near."""
MOST = 0.25 * np.pi
"""Largest q: a quarter period of single phase shift."""
HOTTEST_C = 300.0
"""Where iterated junctions are held: far above any limit, so runaway is seen as such."""


@dataclass
class _State:
    """The points of a map while they settle."""

    bridge: BridgeGrid
    q: Array
    shifts: Array
    junction_C: Array
    """Points by two bridges."""


@dataclass(frozen=True)
class DabLosses:
    """Losses by kind (W), and of each bridge's devices."""

    conduction_W: Array
    switching_W: Array
    copper_W: Array
    core_W: Array
    devices_W: Array
    """Points by two bridges."""

    @property
    def total_W(self) -> Array:
        """Return all of them."""
        return self.conduction_W + self.switching_W + self.copper_W + self.core_W


def dab_map(
    design: DabDesign, voltage_V: Array, current_A: Array, modulation: str = "single"
) -> OperatingMap:
    """Return the map over output voltages (V) and currents (A).

    Raises
    ------
    MapError
        If an axis, the modulation or a value of the design has no meaning.
    """
    if modulation not in MODULATIONS:
        raise MapError(f"modulation = {modulation!r}; allowed: {', '.join(MODULATIONS)}")
    if not design.parameters.dead_time_s > 0.0:
        raise MapError(f"dead_time_s = {design.parameters.dead_time_s:g} s; allowed: above 0")
    u, i = grid(voltage_V, current_A)
    case = _Case(design, u, i, MODULATIONS[modulation])
    state, legs, settled = case.settle()
    losses = case.losses(state, legs)
    values = case.values(state, losses, legs)
    shape = (len(voltage_V), len(current_A))
    reason = case.reasons(state, settled).reshape(shape)
    return OperatingMap(
        "dab",
        f"{modulation} phase shift",
        design.parameters.input_voltage_V,
        voltage_V,
        current_A,
        {name: v.reshape(shape) for name, v in values.items()},
        reason,
        _limits(design),
    )


def _limits(d: DabDesign) -> dict[str, str]:
    return {
        PHASE_SHIFT: f"phase shift above {d.phase_shift_max_rad:g} rad",
        CURRENT: f"input winding above {d.input_rms_max_A:g} A rms",
        TEMPERATURE: f"a junction above {d.cooling.junction_max_C:g} degC",
        UNSETTLED: "the commutations do not settle",
    }


def resistance(device: Transistor, junction_C: Array) -> Array:
    """Return a channel's resistance (Ohm) at junction temperatures (degC)."""
    rise = junction_C - 25.0
    return device.r_on_Ohm * (1.0 + rise * (device.change_per_K + rise * device.change_per_K2))


class _Case:
    """One map while it is made."""

    def __init__(self, design: DabDesign, u: Array, i: Array, mode: int) -> None:
        self.design, self.u, self.i, self.mode = design, u, i, mode
        p = design.parameters
        self.k_q = 2.0 * np.pi * p.switching_frequency_Hz * p.leakage_inductance_H / p.turns_ratio
        self.core = design.core.core()
        levels, row = np.unique(u, return_inverse=True)
        self.rows: tuple[Rows, Rows] = (np.zeros(len(u), np.int64), row.astype(np.int64))
        self.tables = (
            bridge_table(design.input, np.array([p.input_voltage_V])),
            bridge_table(design.output, levels),
        )

    def start(self) -> _State:
        p, count = self.design.parameters, len(self.u)
        half = 0.5 / p.switching_frequency_Hz
        legs = np.tile([0.0, half, 0.0, half], (count, 1))
        sink = np.full((count, 2), self.design.cooling.sink_C)
        bridge = BridgeGrid(p, self.u, self.u, self.u, legs, legs.copy())
        q = self.k_q * self.i / p.input_voltage_V
        return _State(bridge, np.minimum(q, MOST), np.zeros((count, 3)), sink)

    def settle(self) -> tuple[_State, list[Commutation], Array]:
        """Return the points, how their legs commutate, and which of them have settled."""
        s = self.start()
        p = self.design.parameters
        enough = SETTLED_OF_CURRENT * max(float(self.i.max()), 1.0)
        for count in range(ROUNDS):
            self._set(s)
            legs = s.bridge.commutations(self.tables, self.rows)
            delay = np.stack([leg.delay_s for leg in legs], 1)
            share = max(2.0 / (2.0 + 0.1 * count), 0.2) * DAMPING
            moved = share * (s.bridge.ideal + delay - s.bridge.rise)
            s.bridge.rise = s.bridge.rise + moved
            losses = self.losses(s, legs)
            heated = self._heated(losses)
            warmer = heated - s.junction_C
            s.junction_C = s.junction_C + DAMPING * warmer
            short = self.i - s.bridge.means().output_current_A
            settled = (np.abs(short) < enough) & (np.abs(warmer).max(1) < SETTLED_K)
            settled &= np.abs(moved).max(1) < 2e-3 * p.dead_time_s
            held = (s.q >= MOST) & (short > 0.0)
            if (settled | held).all():
                break
            change = DAMPING * self.k_q / p.input_voltage_V * short
            s.q = np.clip(s.q + change, -MOST, MOST)
        close = np.abs(short) < NEARLY * max(float(self.i.max()), 1.0)
        return s, legs, settled | (close & (np.abs(warmer).max(1) < 1.0))

    def _set(self, s: _State) -> None:
        """Set resistances and shifts from junctions and q."""
        p = self.design.parameters
        s.bridge.r_1 = resistance(p.device_1, s.junction_C[:, 0])
        s.bridge.r_2 = resistance(p.device_2, s.junction_C[:, 1])
        law = zeros(ShiftState)[0]
        ratio = np.maximum(p.turns_ratio * self.u / p.input_voltage_V, 0.05)
        for k in range(len(self.u)):
            least_current(law, self.mode, F(s.q[k]), F(ratio[k]))
            s.shifts[k] = law["phi"], law["duty_1"], law["duty_2"]
        s.bridge.set_shifts(*s.shifts.T)

    def _heated(self, losses: DabLosses) -> Array:
        d = self.design
        path = [b.heat_path(d.cooling) / 4.0 for b in (d.input, d.output)]
        return np.minimum(d.cooling.sink_C + losses.devices_W * path, HOTTEST_C)

    def losses(self, s: _State, legs: list[Commutation]) -> DabLosses:
        """Return the losses of the points as they are."""
        p, means = self.design.parameters, s.bridge.means()
        f = p.switching_frequency_Hz
        conduction = 2.0 * np.stack(
            [s.bridge.r_1 * means.rms_1_A**2, s.bridge.r_2 * means.rms_2_A**2], 1
        )
        edges = np.zeros_like(conduction)
        for k, leg in enumerate(legs):
            bridge = k // 2
            hot, row, table = s.junction_C[:, bridge], self.rows[bridge], self.tables[bridge]
            energy = table.turn_on_J(row, leg.share, leg.current_A, hot)
            energy = energy + table.turn_off_J(row, leg.share, leg.start_A, hot)
            edges[:, bridge] += 2.0 * f * energy
            r_on = (s.bridge.r_1, s.bridge.r_2)[bridge]
            conduction[:, bridge] += 2.0 * f * (leg.diode_J - r_on * leg.idle_A2s)
        return DabLosses(
            conduction.sum(1),
            edges.sum(1),
            p.leakage_resistance_Ohm * means.rms_1_A**2,
            self._core(s),
            conduction + edges,
        )

    def _core(self, s: _State) -> Array:
        """Return the transformer's core loss: its winding sees the output bridge's pulses."""
        p, f = self.design.parameters, self.design.parameters.switching_frequency_Hz
        u, duty = p.turns_ratio * self.u, np.maximum(s.shifts[:, 2], 1e-9)
        swing = [self.core.swing_factor(float(v)) for v in u * duty * 0.5 / f]
        slope = [self.core.slope_factor(float(v)) for v in u]
        found: Array = duty * np.array(slope) * np.array(swing)
        return found

    def reasons(self, s: _State, settled: Array) -> Texts:
        """Return which limit forbids a point, empty where none does."""
        d, means = self.design, s.bridge.means()
        far = (s.shifts[:, 0] > d.phase_shift_max_rad) | (s.q >= MOST)
        found = np.full(len(self.u), "", dtype="U24")
        found[~settled.astype(bool)] = UNSETTLED
        found[s.junction_C.max(1) > d.cooling.junction_max_C] = TEMPERATURE
        found[means.rms_1_A > d.input_rms_max_A] = CURRENT
        found[far] = PHASE_SHIFT
        return found

    def values(self, s: _State, losses: DabLosses, legs: list[Commutation]) -> dict[str, Array]:
        """Return what the map shows, by name and unit."""
        means: Means = s.bridge.means()
        output = self.u * self.i
        margins = np.stack([leg.margin for leg in legs], 1)
        return {
            "efficiency_percent": 100.0 * output / (output + losses.total_W),
            "junction_C": s.junction_C.max(1),
            "zvs_margin": margins.min(1),
            "output_power_W": output,
            "loss_W": losses.total_W,
            "conduction_W": losses.conduction_W,
            "switching_W": losses.switching_W,
            "core_W": losses.core_W,
            "copper_W": losses.copper_W,
            "input_junction_C": s.junction_C[:, 0],
            "output_junction_C": s.junction_C[:, 1],
            "turn_on_V": np.stack([leg.left_V for leg in legs], 1).max(1),
            "input_zvs_margin": margins[:, :2].min(1),
            "output_zvs_margin": margins[:, 2:].min(1),
            "input_rms_A": means.rms_1_A,
            "output_rms_A": means.rms_2_A,
            "phase_shift_rad": s.shifts[:, 0],
            "inner_duty_input": s.shifts[:, 1],
            "inner_duty_output": s.shifts[:, 2],
        }


def bridge_table(bridge: Bridge, voltage_V: Array) -> LegEnergy:
    """Return the tables of a bridge's legs for voltages between their rails (V)."""
    highest = bridge.part().switching.table[0].current_A[-1] * bridge.parallel
    return leg_energy(bridge.part(), bridge.parallel, voltage_V, highest)
