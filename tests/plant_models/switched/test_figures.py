"""Figures of a trace against closed forms: square, triangle, known power factor, a buck."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.plant_models.switched.circuit import Circuit, Nominal
from voltbench.plant_models.switched.elements import (
    Capacitor,
    CurrentProbe,
    Diode,
    Inductor,
    Resistor,
    Switch,
    VoltageProbe,
    VoltageSource,
)
from voltbench.plant_models.switched.engine import Edges, simulate
from voltbench.plant_models.switched.figures.pieces import FigureError, Pieces, whole_periods
from voltbench.plant_models.switched.figures.power import balance, power_factor
from voltbench.plant_models.switched.figures.ripple import ripple
from voltbench.plant_models.switched.figures.spectrum import spectrum
from voltbench.plant_models.switched.figures.turn_on import turn_ons
from voltbench.plant_models.switched.modulation.converters import dab_phase_shift
from voltbench.plant_models.switched.modulation.fixed import Fixed
from voltbench.plant_models.switched.topologies.dab import DabParameters, dab_circuit
from voltbench.plant_models.switched.trace import Trace

Array = NDArray[np.float64]
F = 50.0


def made(spacing: float, end: float, events: list[float], **values: Array) -> Trace:
    time = np.arange(round(end / spacing), dtype=np.float64) * spacing
    return Trace(
        tuple(values),
        time,
        np.array([values[name] for name in values]),
        np.array(events, np.float64),
        np.arange(len(events), dtype=np.int64) % 2,
        ("a", "b"),
        end=end,
    )


def square(spacing: float) -> Trace:
    """Return two periods of ±1 whose edges fall between the samples."""
    t = np.arange(round(0.04 / spacing)) * spacing
    shift = 0.003172
    values = np.where(((t - shift) * F) % 1.0 < 0.5, 1.0, -1.0)
    return made(spacing, 0.04, [shift + 0.01 * k for k in range(4)], u=values)


def test_square_wave_harmonics_are_exact_although_its_edges_fall_between_samples() -> None:
    pieces = whole_periods(square(1e-5), F)
    found = spectrum(pieces, "u", F)
    for order in range(1, 51):
        # 4 / (pi k) of the odd orders; the trapezoidal rule leaves (k w h)^2 / 12 of it
        expected = 4.0 / (math.pi * order) * (order % 2)
        assert abs(found.amplitudes[order]) == pytest.approx(expected, abs=6e-5)
    odd = sum(1.0 / k**2 for k in range(3, 51, 2))
    assert found.thd == pytest.approx(math.sqrt(odd), rel=1e-4)
    assert pieces.rms("u") == pytest.approx(1.0, abs=1e-12)
    assert pieces.mean(pieces.samples("u")) == pytest.approx(0.0, abs=1e-12)


def test_triangle_ripple_on_a_mains_current() -> None:
    spacing, switching = 1e-6, 20e3
    t = np.arange(20000) * spacing
    saw = 2.0 * np.abs((t * switching + 0.25) % 1.0 - 0.5) - 0.5  # ±0.5, from zero upwards
    current = 10.0 * np.sin(2.0 * np.pi * F * t + 0.3) + 2.0 * np.sin(10.0 * np.pi * F * t)
    trace = made(spacing, 0.02, [], i=current + 3.0 * saw)
    pieces = whole_periods(trace, F)
    found = ripple(pieces, "i", switching, F)
    # both peaks lie half a sample beside one, 50 of them a period: 3 A (1 - 2 / 50)
    assert found.peak_to_peak == pytest.approx(2.88, rel=1e-3)
    assert found.rms == pytest.approx(3.0 / math.sqrt(12.0), rel=2e-3)
    assert found.switching_rms == pytest.approx(3.0 * 4.0 / math.pi**2 / math.sqrt(2.0), rel=3e-3)
    assert spectrum(pieces, "i", F).thd == pytest.approx(0.2, rel=1e-3)


def test_power_factor_of_a_shifted_square_current() -> None:
    """A square current half a radian behind a sine: PF = 2 sqrt(2) / pi cos(0.5)."""
    spacing, lag = 1e-6, 0.5 / (2.0 * math.pi * F)
    t = np.arange(20000) * spacing
    current = np.where(((t - lag) * F) % 1.0 < 0.5, 4.0, -4.0)
    voltage = 325.0 * np.sin(2.0 * np.pi * F * t)
    trace = made(spacing, 0.02, [lag, lag + 0.01], u=voltage, i=current)
    pieces = whole_periods(trace, F)
    expected = 2.0 * math.sqrt(2.0) / math.pi * math.cos(0.5)
    assert power_factor(pieces, (("u", "i"),)) == pytest.approx(expected, rel=1e-7)


def buck() -> Circuit:
    elements = (
        VoltageSource("supply", "in", "0", 100.0),
        Switch("s", "in", "a", "s", 0.1, None),
        Diode("d", "0", "a", 1.0, 0.0),
        Inductor("choke", "a", "out", 1e-4, 0.05),
        Capacitor("output", "out", "0", 1e-4),
        Resistor("load", "out", "0", 5.0),
    )
    probes = (
        CurrentProbe("i_l", "choke"),
        VoltageProbe("u_o", "out"),
        VoltageProbe("u_in", "in"),
        CurrentProbe("i_s", "s"),
        CurrentProbe("i_o", "load"),
    )
    initial = {"choke": 9.0, "output": 40.0}
    return Circuit("buck", elements, probes, Nominal(100.0, 10.0, 1e-5), initial)


class Chopper:
    """A buck's switch at constant duty."""

    period = 1e-5
    start_word = 1

    def edges(self, index: int, outputs: Array) -> Edges:
        """Return the same two edges each period."""
        return np.array([0.0, 4.337e-6]), np.array([1, 0])


@pytest.mark.parametrize("store_from", [0.0, 3e-4])
def test_balance_of_a_buck_names_its_losses_while_it_is_not_settled(store_from: float) -> None:
    circuit = buck()
    trace = simulate(circuit, Chopper(), 6e-4, 5.1e-8, store_from=store_from)
    pieces = Pieces(trace, float(trace.time[0]), trace.end)
    found = balance(pieces, circuit, (("u_in", "i_s"),), (("u_o", "i_o"),))
    through_diode = pieces.samples("i_l") - pieces.samples("i_s")
    losses = (
        0.1 * pieces.rms("i_s") ** 2 + 0.05 * pieces.rms("i_l") ** 2 + pieces.mean(through_diode)
    )
    # the supply's current jumps twice a period; a plain sum would be off by 0.4 % of the input
    assert found.losses_W == pytest.approx(losses, rel=1e-4)
    assert abs(found.stored_W) > found.losses_W * 0.01 or store_from
    assert found.efficiency == pytest.approx(
        found.output_W / (found.input_W - found.stored_W), rel=1e-12
    )


def shifted(phi: float, u_o: float) -> tuple[Pieces, Circuit]:
    p = DabParameters()
    current = p.turns_ratio * p.input_voltage_V * phi * (math.pi - phi)
    current /= 2.0 * math.pi**2 * p.switching_frequency_Hz * p.leakage_inductance_H
    p = replace(p, load_resistance_Ohm=u_o / current)
    circuit = dab_circuit(p, u_o)
    drains = (VoltageProbe("v_p1", "bus", "a"), VoltageProbe("v_s1", "out", "c"))
    circuit = replace(circuit, probes=(*circuit.probes, *drains))
    trace = simulate(circuit, Fixed(dab_phase_shift(circuit, p), phi, 1.0, 1.0), 2e-3, 2e-8)
    return Pieces(trace, 1.5e-3, trace.end), circuit


def test_turn_on_voltage_tells_soft_from_hard() -> None:
    """With n u_o = d u_in the output bridge is soft above a phase shift of pi (1 - d) / 2."""
    soft, _ = shifted(1.0, 400.0)
    for gate in ("p1", "s1"):
        found = turn_ons(soft, gate, f"v_{gate}", 800.0)
        assert len(found.time) == 50
        assert found.unresolved == 0
        assert found.worst == 0.0
        assert found.soft.all()
    hard, _ = shifted(0.1, 200.0)
    u_o = hard.mean(hard.samples("u_o"))  # d = 0.8: soft above 0.3, dead time included
    assert turn_ons(hard, "p1", "v_p1", 800.0).worst == 0.0
    # the output still rises by some percent within the window
    assert turn_ons(hard, "s1", "v_s1", u_o).worst == pytest.approx(1.0, abs=0.05)


def test_figures_refuse_by_name() -> None:
    trace = square(1e-5)
    with pytest.raises(FigureError, match=r"window 0 to 0.1 s; stored: 0 to 0.04 s"):
        Pieces(trace, 0.0, 0.1)
    with pytest.raises(FigureError, match=r"0.4 periods of 10 Hz; needed: at least 1"):
        whole_periods(trace, 10.0)
    pieces = Pieces(trace, 0.0, 0.025)
    with pytest.raises(FigureError, match=r"window holds 1.25 periods of 50 Hz; not whole"):
        spectrum(pieces, "u", F)
    with pytest.raises(FigureError, match=r"sample spacing 1e-05 s; .* 20000 Hz: up to 6.25e-06"):
        ripple(pieces, "u", 20e3)
    with pytest.raises(FigureError, match="no gate 'x'; gates: "):
        turn_ons(pieces, "x", "u", 1.0)
