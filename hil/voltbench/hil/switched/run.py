"""Run a case and take its figures: the command and a script call the same `simulate`."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from voltbench.hil.errors import BadInput, SimulationStopped
from voltbench.hil.switched.case import Case, Ready
from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState
from voltbench.plant_models.switched.engine import Engine, simulate
from voltbench.plant_models.switched.errors import CircuitError, SwitchedRunError
from voltbench.plant_models.switched.figures.pieces import FigureError, Pieces
from voltbench.plant_models.switched.figures.power import balance, power_factor
from voltbench.plant_models.switched.figures.ripple import ripple
from voltbench.plant_models.switched.figures.spectrum import spectrum
from voltbench.plant_models.switched.figures.turn_on import turn_ons
from voltbench.plant_models.switched.trace import Trace

SAMPLES_PER_SWITCHING = 0.07
"""Switching periods between the samples of a whole run: no multiple of them is a period, so the
extremes of a ripple are met within some of them."""

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """A run: what was asked for, its trace, its figures (units in the names).

    `whole` is the run from its start, coarsely sampled, where that was asked for.
    """

    case: Case
    ready: Ready
    trace: Trace
    figures: dict[str, Any]
    whole: Trace | None = None

    @property
    def loads(self) -> tuple[str, ...]:
        """Return the probes of the load currents."""
        return tuple(i for _, i in self.ready.outputs)


def run_case(
    case: Case, t_end: float | None = None, tell: Tell = lambda _: None, whole: bool = False
) -> Outcome:
    """Simulate a case and take its figures over the stored end.

    Parameters
    ----------
    case
        The converter with its values.
    t_end
        Simulated time (s); by default the case's. At least what is stored.
    tell
        Gets what is being done, in words.
    whole
        Run it once more and store it from its start, some samples a switching period.

    Raises
    ------
    BadInput
        If a value has no meaning.
    SimulationStopped
        If the run met a state it cannot continue from.
    """
    try:
        ready = case.ready()
        end = ready.t_end_s if t_end is None else t_end
        if not end >= ready.window_s * (1.0 - 1e-9):
            raise BadInput(f"t_end = {end:g} s; allowed: {ready.window_s:g} s or above")
        tell("preparing kernels (some seconds the first time)")
        engine = Engine(ready.circuit)
        # one period of another instance: compiled, or loaded from the cache, and nothing moved
        simulate(engine, case.ready().controller, ready.controller.period)
        tell(f"simulating {end:g} s")
        start = max(end - ready.window_s, 0.0)
        trace = simulate(engine, ready.controller, end, ready.sample_s, store_from=start)
        if ready.timer_gate is not None:
            ready = replace(ready, switching_Hz=gate_frequency(trace, ready.timer_gate))
        found = Outcome(case, ready, trace, figures(ready, trace))
        if not whole:
            return found
        again = case.ready()
        coarse = SAMPLES_PER_SWITCHING / ready.switching_Hz
        return replace(found, whole=simulate(engine, again.controller, end, coarse))
    except SwitchedRunError as error:
        raise SimulationStopped("switched_run", str(error)) from None
    except (CircuitError, FigureError, NoSteadyState) as error:
        raise BadInput(str(error)) from None
    except ValueError as error:  # modulation and averaged models refuse by name
        raise BadInput(str(error)) from None


def gate_frequency(trace: Trace, gate: str) -> float:
    """Return the mean switching frequency (Hz) of a gate over a trace.

    Raises
    ------
    FigureError
        If it turns on less than twice.
    """
    bit = 1 << trace.gates.index(gate)
    on = (np.array(trace.gate_words, np.int64)[trace.event_configuration] & bit) != 0
    edges = trace.event_time[np.flatnonzero(on[1:] & ~on[:-1]) + 1]
    if len(edges) < 2:
        raise FigureError(f"gate {gate!r} turns on {len(edges)} times in the stored window")
    return float((len(edges) - 1) / (edges[-1] - edges[0]))


def figures(ready: Ready, trace: Trace) -> dict[str, Any]:
    """Return the figures of a stored end; percents, W, V and A in the names."""
    window = Pieces(trace, float(trace.time[0]), trace.end)
    inputs = tuple((u, i) for u, i in ready.inputs)
    power = balance(window, ready.circuit, inputs, ready.outputs)
    input_W = ready.input_sign * power.input_W
    net_W = input_W - power.stored_W
    found: dict[str, Any] = {
        "input_power_W": input_W,
        "output_power_W": power.output_W,
        "losses_W": net_W - power.output_W,
        "efficiency_percent": 100.0 * power.output_W / net_W if net_W > 0.0 else None,
    }
    if ready.timer_gate is not None:
        found["switching_frequency_Hz"] = ready.switching_Hz
    for name in ready.dc:
        low, high = window.range(name)
        found[f"{name}_V"] = {
            "mean": window.mean(window.samples(name)),
            "peak_to_peak": high - low,
        }
    for name in ready.currents:
        found[f"{name}_A"] = {
            "rms": window.rms(name),
            "peak": window.peak(name),
            "ripple": asdict(ripple(window, name, ready.switching_Hz, ready.line_Hz)),
        }
    if ready.line_Hz is not None:
        found["power_factor"] = power_factor(window, inputs)
        spectra = {i: spectrum(window, i, ready.line_Hz) for _, i in inputs}
        found["thd_percent"] = {i: 100.0 * s.thd for i, s in spectra.items()}
        found["harmonics_A"] = {i: s.rms.tolist() for i, s in spectra.items()}
    found["zvs"] = _soft_switching(ready, window)
    return found


def _soft_switching(ready: Ready, window: Pieces) -> dict[str, Any]:
    """Return the worst turn-on voltage of each gate, as a share of the voltage it blocks."""
    found: dict[str, Any] = {}
    for group in ready.blocking:
        rail = window.mean(window.samples(group.rail))
        for gate in group.gates:
            edges = turn_ons(window, gate, f"v_{gate}", rail, group.both_ways)
            if not len(edges.time):
                found[gate] = {"turn_ons": 0, "unresolved": edges.unresolved}
                continue
            found[gate] = {
                "turn_ons": len(edges.time),
                "soft": int(edges.soft.sum()),
                "unresolved": edges.unresolved,
                "worst_percent_of_bus": 100.0 * edges.worst,
                "margin_percent_of_bus": 100.0 * edges.margin,
            }
    return found
