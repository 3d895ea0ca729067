"""What happens during a run, written as it happens: rows, windows, messages, events."""

import sys
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from voltbench.control.session.phases import PHASE_ORDER, SessionPhase
from voltbench.control.session.stage import StageReport, VehicleReport
from voltbench.control.signals import ChargerPhase, Fault
from voltbench.hil.charge_setup import ChargeSetup
from voltbench.hil.evidence.manifest import RunStart, sha256
from voltbench.hil.evidence.recorder import RunRecorder
from voltbench.hil.evidence.signals import charge_signals
from voltbench.hil.observe import RING
from voltbench.hil.simulated import ROW_S
from voltbench.hil.v2g.events import Source
from voltbench.hil.v2g.link import LinkOutput
from voltbench.plant_models.catalog_files import find
from voltbench.plant_models.grid_ripple import ripple_note

BEFORE_S, AFTER_S = 0.05, 0.15
"""Full-rate window around an instant."""
STEADY_AFTER_S, STEADY_S = 30.0, 0.2
"""A window of steady state: ten mains cycles, this long into CurrentDemand."""
STEADY = "steady state"
LAST_CURRENT = "last current"
"""The same of a charge that ends before: the mains cycles before its stop."""

_PHASE = "session_phase"


@dataclass
class Window:
    """A full-rate window that is still open."""

    number: int
    reason: str
    next_k: int
    """First control period not yet written."""
    until_s: float


@dataclass
class Instants:
    """Physical quantities at single instants, for the facts."""

    vehicle_close_difference_V: float | None = None
    vehicle_close_s: float | None = None
    vehicle_open_current_A: float | None = None
    output_open_current_A: float | None = None
    inrush_A: float | None = None
    faults: list[tuple[float, str]] = field(default_factory=list)


def _asked(setup: ChargeSetup) -> dict[str, str]:
    """Return what this run changed in the charger or injected, if anything."""
    o = setup.options
    found = {"charger_values": o.changes, "module_faults": tuple(map(str, o.module_faults))}
    return {name: " ".join(values) for name, values in found.items() if values}


class ChargeLog:
    """Records a run through a :class:`RunRecorder` and keeps what the facts need."""

    def __init__(self, setup: ChargeSetup) -> None:
        self.setup = setup
        self.bench = setup.bench
        n = setup.rating.modules
        self.phases = tuple(SessionPhase)
        signals = charge_signals(
            n,
            [phase.value for phase in self.phases],
            [phase.name.lower() for phase in ChargerPhase],
            [fault.name.lower() for fault in Fault],
        )
        o = setup.options
        assert o.out is not None
        self.recorder = RunRecorder(
            o.out,
            signals,
            RunStart(
                charger=setup.charger.name,
                vehicle=setup.vehicle.title,
                command=("voltbench", *sys.argv[1:]),
                seed=o.seed,
                control_rate_Hz=o.control_rate_Hz,
                row_period_s=ROW_S,
                decimation="mean over the row period; temperatures, states and requests at its end",
                parameters={
                    "soc_start_percent": o.soc_start_percent,
                    "soc_end_percent": o.soc_end_percent,
                    "ambient_degC": o.ambient_degC,
                    "grid": str(o.grid),
                    "timer_profile": setup.timer_profile,
                    **_asked(setup),
                    "front_end_filter": setup.charger.front_end.filter.type,
                    "grid_current_shown": ripple_note(setup.charger) or "behind the LCL filter",
                    "charger_file_sha256": sha256(find(o.charger, "chargers")),
                    "vehicle_file_sha256": sha256(find(o.vehicle, "vehicles")),
                },
            ),
        )
        self._order_columns()
        self.bench.on_rows = self._rows
        self.blocks: list[NDArray[np.float64]] = []
        self.phase_times: list[float] = [0.0]
        self.phase_codes: list[int] = [0]
        self.instants = Instants()
        self.windows: dict[str, tuple[NDArray[np.float64], NDArray[np.float32]]] = {}
        self._open: list[Window] = []
        self._count = 0
        self._flushed_s = 0.0
        self._closed = (False, False)
        self._lost = self._parked = 0
        self._steady_due_s = float("inf")

    def _order_columns(self) -> None:
        """Find out where each column of the recorder's rows stands in the bench's rows."""
        names, columns = self.recorder.row_signals, self.bench.columns
        if odd := set(names) ^ {*columns, _PHASE}:
            raise ValueError(f"rows: {min(odd)} is not in both the bench's rows and the trace")
        self._phase_at, self._time_at = names.index(_PHASE), columns.index("time_s")
        # the phase is the session's: its column is filled in afterwards
        self._order = np.array([0 if name == _PHASE else columns.index(name) for name in names])

    def note(self, out: LinkOutput, stage: StageReport, vehicle: VehicleReport) -> None:
        """Record what the session did and what moved, at the bench's present time."""
        now_s = self.bench.now_s
        for entry in out.messages:
            plain = entry.to_json()
            self.recorder.message({"t_s": round(plain.pop("time_s"), 6), **plain})
        for event in out.events:
            self.recorder.event(
                round(event.time_s, 6), event.name, source=event.source.value, **event.detail
            )
            if event.name == "phase" and event.source is Source.LINK:
                self._phase(event.time_s, SessionPhase(event.detail["phase"]))
        self._contactors(now_s, stage, vehicle)
        self._faults(now_s)
        self._modules(now_s)
        if now_s >= self._steady_due_s:
            self._steady_due_s = float("inf")
            self._start(STEADY, now_s, now_s + STEADY_S)
        if self._open:
            self._continue(now_s)
        if now_s - self._flushed_s >= 1.0:
            self._flushed_s = now_s
            self.bench.drain()
            self.recorder.flush()

    def _phase(self, t_s: float, phase: SessionPhase) -> None:
        early = self._steady_due_s < float("inf")
        self._steady_due_s = float("inf")
        self.phase_times.append(t_s)
        self.phase_codes.append(PHASE_ORDER[phase])
        if phase is SessionPhase.PRE_CHARGE:  # the cable check is meant to exceed it
            car, charger = self.setup.vehicle.limits, self.setup.rating
            highest = min(car.maximum_voltage_V, charger.voltage_max_V)
            self.bench.observer[0]["over_limit"] = highest
            self._start("pre-charge", t_s - BEFORE_S, t_s + 8.0)
        elif phase is SessionPhase.CONTACTORS_CLOSING:
            for window in self._open:
                if window.reason == "pre-charge":
                    window.until_s = t_s + BEFORE_S
        elif phase is SessionPhase.CURRENT_DEMAND:
            self._steady_due_s = t_s + STEADY_AFTER_S
        elif phase is SessionPhase.RAMP_DOWN:
            if early:
                self._start(LAST_CURRENT, t_s - BEFORE_S - STEADY_S, t_s - BEFORE_S)
            self._start("stop", t_s - BEFORE_S, t_s + AFTER_S)

    def _contactors(self, now_s: float, stage: StageReport, vehicle: VehicleReport) -> None:
        closed = stage.output_contactors_closed, vehicle.contactors_closed
        if closed == self._closed:
            return
        names = ("output contactors", "vehicle contactors")
        for name, now, before in zip(names, closed, self._closed, strict=True):
            if now != before:
                self._moved(now_s, name, now)
        self._closed = closed

    def _moved(self, now_s: float, name: str, closed: bool) -> None:
        """Record one contactor pair's movement with the volts and amps it saw."""
        x = self.bench.plant.state[0]
        where = x["contactor" if name.startswith("output") else "vehicle"]
        seen: dict[str, float] = {}
        if closed:
            before = self.bench.sample_before(2)
            if name.startswith("vehicle"):
                battery = self.bench.battery_terminal_V()
                seen["difference_V"] = before[RING.index("inlet_voltage_V")] - battery
                self.instants.vehicle_close_difference_V = seen["difference_V"]
                self.instants.vehicle_close_s = now_s
        else:
            seen["current_A"] = float(where["i_opened"])
            if name.startswith("vehicle"):
                self.instants.vehicle_open_current_A = seen["current_A"]
            else:
                self.instants.output_open_current_A = seen["current_A"]
        what = f"{name} {'close' if closed else 'open'}"
        self.recorder.event(round(now_s, 6), what.replace(" ", "_"), source="plant", **seen)
        self._start(what, now_s - BEFORE_S, now_s + AFTER_S)

    def _faults(self, now_s: float) -> None:
        bits = self.bench.faults
        fresh = bits & ~self.bench.faults_seen
        if not fresh:
            return
        self.bench.faults_seen = bits
        for fault in Fault:
            if fresh & fault:
                self.instants.faults.append((now_s, fault.name))
                self.recorder.event(round(now_s, 6), "trip", source="control", fault=fault.name)
                self._start(f"trip {fault.name}", now_s - BEFORE_S, now_s + AFTER_S)

    def _modules(self, now_s: float) -> None:
        """Record which power modules were lost, parked or woken."""
        lost, parked = self.bench.lost_modules, self.bench.parked_modules
        if lost == self._lost and parked == self._parked:
            return
        for j in range(self.setup.rating.modules):
            bit = 1 << j
            if lost & bit and not self._lost & bit:
                self._lost_module(now_s, j)
            elif (parked ^ self._parked) & bit and not lost & bit:
                what = "module_parked" if parked & bit else "module_woken"
                self.recorder.event(round(now_s, 6), what, source="control", module=j + 1)
        self._lost, self._parked = lost, parked

    def _lost_module(self, now_s: float, j: int) -> None:
        bits = int(self.bench.control_modules[j]["sharing"]["faults"])
        limit_A = self.bench.stage_report().available_current_A
        self.recorder.event(
            round(now_s, 6),
            "module_lost",
            source="control",
            module=j + 1,
            fault=", ".join(fault.name for fault in Fault if fault & bits),
            available_current_A=round(limit_A, 3),
        )
        self._start(f"module {j + 1} lost", now_s - BEFORE_S, now_s + AFTER_S)

    def _start(self, reason: str, from_s: float, until_s: float) -> None:
        self._count += 1
        first = max(round(from_s / self.bench.plant.T_s), 0)
        self._open.append(Window(self._count, reason, first, until_s))

    def _continue(self, now_s: float) -> None:
        """Write what the open windows gained; the ring reaches back half a second."""
        T_s = self.bench.plant.T_s
        for window in self._open:
            time_s, values = self.bench.window(window.next_k)
            keep = time_s < min(now_s, window.until_s) - 0.5 * T_s
            if keep.any():
                self._write(window, time_s[keep], values[keep])
                window.next_k = round(float(time_s[keep][-1]) / T_s) + 1
        self._open = [w for w in self._open if now_s < w.until_s]

    def _write(
        self, window: Window, time_s: NDArray[np.float64], values: NDArray[np.float32]
    ) -> None:
        block = {"time_s": time_s, **{name: values[:, k] for k, name in enumerate(RING)}}
        self.recorder.window(block, window.number, window.reason)
        if window.reason in self.windows:
            old = self.windows[window.reason]
            time_s = np.concatenate([old[0], time_s])
            values = np.concatenate([old[1], values])
        self.windows[window.reason] = (time_s, values)

    def _rows(self, block: NDArray[np.float64]) -> None:
        """Keep a block of rows for the facts, and record it with the phases of the session."""
        self.blocks.append(block.copy())
        matrix = block[:, self._order]
        matrix[:, self._phase_at] = self._phase_of(block[:, self._time_at])
        self.recorder.rows(matrix)

    def _phase_of(self, time_s: NDArray[np.float64]) -> int | NDArray[np.int64]:
        """Return the code of the session's phase at each time; one where it is the last phase."""
        if time_s[0] >= self.phase_times[-1]:
            return self.phase_codes[-1]
        at = np.searchsorted(self.phase_times, time_s, side="right") - 1
        codes: NDArray[np.int64] = np.array(self.phase_codes)[at]
        return codes

    def settle(self) -> None:
        """Run on a little after the session, so that the last windows are complete."""
        until_s = max([w.until_s for w in self._open], default=self.bench.now_s)
        while self.bench.now_s < min(until_s, self.bench.now_s + 0.3) and self._open:
            self.bench.advance_to(self.bench.now_s + 0.1)
            stage, vehicle = self.bench.stage_report(), self.bench.vehicle_report()
            self._contactors(self.bench.now_s, stage, vehicle)
            self._continue(self.bench.now_s)

    def close(self) -> None:
        """Hand over the last rows."""
        self.bench.drain()

    def keep(self, error: BaseException) -> None:
        """End a run that failed: everything recorded stays."""
        if self.recorder.ended:  # broken off while the result was being written
            return
        self.bench.drain()
        self.recorder.abort(error)

    def rows(self) -> dict[str, NDArray[np.float64]]:
        """Return all decimated rows as columns."""
        table = (
            np.concatenate(self.blocks) if self.blocks else np.zeros((0, len(self.bench.columns)))
        )
        return dict(zip(self.bench.columns, table.T, strict=True))
