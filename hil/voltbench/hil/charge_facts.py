"""What a run is judged on: volts and amps of the plant, each with its uncertainty.

Facts come from the plant and from full-rate windows; nothing is taken from a message
except the times at which the session moved on.
"""

import math

import numpy as np
from numpy.typing import NDArray

from voltbench.control.session.phases import SessionPhase
from voltbench.control.signals import ChargerPhase
from voltbench.hil.charge_log import LAST_CURRENT, STEADY, ChargeLog
from voltbench.hil.charge_setup import ChargeSetup
from voltbench.hil.charge_summary import energy_ledger
from voltbench.hil.evidence.facts import Facts
from voltbench.hil.observe import RING
from voltbench.plant_models.grid_ripple import ripple_note

Rows = dict[str, NDArray[np.float64]]
_LOADED = 0.2
"""Share of the rated power from which power factor and distortion are rated."""
_LEAST_METERED_H = 1e-3
"""Energy, in hours at rated power, from which the meter is rated: with less, the offset of its
current sensor during the cable check (up to 1 kV, some seconds) outweighs its gain."""
_NO_RIPPLE = "the averaged plant has no switching ripple"


def gather_facts(setup: ChargeSetup, log: ChargeLog, stopped: bool = False) -> Facts:
    """Return every fact the limit files ask for: measured, missing or not applicable.

    `stopped`: the user ended the run, so nobody is to blame for where it ended.
    """
    rows = log.rows()
    facts = Facts(
        profile=setup.timer_profile,
        ev_max_voltage_V=setup.vehicle.limits.maximum_voltage_V,
        evse_max_voltage_V=setup.rating.voltage_max_V,
    )
    _cable_check(facts, setup, log, rows)
    _precharge(facts, setup, log)
    _contactors(facts, log)
    _delivery(facts, setup, log, rows)
    _stop(facts, log, rows)
    _grid(facts, setup, log, rows)
    _heat_and_energy(facts, setup, log, rows)
    if stopped:
        facts.missing("charge_shortfall_percent", "percent", "stopped by the user")
    else:
        _outcome(facts, setup, rows)
    return facts


def _span(
    setup: ChargeSetup, first: SessionPhase, *ends: SessionPhase
) -> tuple[float, float] | None:
    """Return begin and end of a phase, None if the session did not pass it."""
    times = setup.link.phase_times_s
    if first not in times:
        return None
    later = [times[end] for end in ends if end in times and times[end] > times[first]]
    return (times[first], min(later)) if later else None


def _within(rows: Rows, span: tuple[float, float]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (rows["time_s"] >= span[0]) & (rows["time_s"] <= span[1])
    return inside


def _cable_check(facts: Facts, setup: ChargeSetup, log: ChargeLog, rows: Rows) -> None:
    """Insulation test voltage, reading, current, and the output afterwards."""
    span = _span(setup, SessionPhase.CABLE_CHECK, SessionPhase.PRE_CHARGE)
    result = setup.link.result().cable_check
    why = "the session ended before the cable check was over"
    _short_circuit(facts, setup, rows)
    names = (
        ("cable_check_voltage_V", "V"),
        ("cable_check_current_A", "A"),
        ("insulation_resistance_Ohm", "Ohm"),
        ("voltage_after_cable_check_V", "V"),
        ("cable_check_duration_s", "s"),
        ("voltage_error_steady_percent", "percent"),
    )
    if span is None or result is None:
        for name, unit in names:
            facts.missing(name, unit, why)
        return
    inside = _within(rows, span)
    voltage = rows["output_voltage_V"][inside]
    held = voltage > 0.97 * voltage.max()
    test_V = float(np.median(voltage[held]))
    facts.measure("cable_check_voltage_V", test_V, "V", 0.1)
    facts.measure("cable_check_current_A", float(rows["output_current_A"][inside].max()), "A", 0.01)
    # the worst pole of the whole session, the car's own insulation included once it joined
    lowest = float(log.bench.plant.slow[0]["insulation"]["lowest"])
    facts.measure("insulation_resistance_Ohm", lowest, "Ohm", 0.01 * lowest)
    facts.measure("voltage_after_cable_check_V", float(voltage[-1]), "V", 0.1)
    facts.measure("cable_check_duration_s", span[1] - span[0], "s", 0.05)
    error = 100 * abs(test_V - result.test_voltage_V) / setup.rating.voltage_max_V
    facts.measure("voltage_error_steady_percent", error, "percent", 0.02)


def _short_circuit(facts: Facts, setup: ChargeSetup, rows: Rows) -> None:
    """Tell how fast current and voltage fell after the short-circuit test found one."""
    result = setup.link.result().cable_check
    if result is None or result.reason != "short_circuit":
        why = "no short circuit was present: the test found none to switch off"
        facts.not_applicable("short_circuit_test_current_after_1s_A", "A", why)
        facts.not_applicable("short_circuit_test_voltage_after_2p5s_V", "V", why)
        return
    ran = np.flatnonzero(rows["charger_state"] == ChargerPhase.RUN)
    for name, unit, column, after_s in (
        ("short_circuit_test_current_after_1s_A", "A", "output_current_A", 1.0),
        ("short_circuit_test_voltage_after_2p5s_V", "V", "output_voltage_V", 2.5),
    ):
        at = int(np.searchsorted(rows["time_s"], rows["time_s"][ran[-1]] + after_s))
        if at < len(rows["time_s"]):
            facts.measure(name, abs(float(rows[column][at])), unit, 0.1)
        else:
            facts.missing(name, unit, f"the session ended within {after_s:g} s of the test")


def _precharge(facts: Facts, setup: ChargeSetup, log: ChargeLog) -> None:
    """Pre-charge from its full-rate window."""
    span = _span(setup, SessionPhase.PRE_CHARGE, SessionPhase.CONTACTORS_CLOSING)
    window = log.windows.get("pre-charge")
    why = "the session ended before pre-charge was over"
    if span is None or window is None:
        facts.missing("precharge_duration_s", "s", why)
        facts.missing("precharge_overshoot_V", "V", why)
        facts.missing("voltage_slew_V_per_ms", "V/ms", why)
        return
    facts.measure("precharge_duration_s", span[1] - span[0], "s", 0.01)
    time_s, values = window
    voltage = values[:, RING.index("output_voltage_V")].astype(float)
    target = log.bench.battery_terminal_V() if log.instants.vehicle_close_s is None else None
    closing = setup.link.result().contactor_closing
    if closing is not None:
        target = closing.battery_voltage_V
    if target is None:
        facts.missing("precharge_overshoot_V", "V", why)
    else:
        facts.measure("precharge_overshoot_V", max(float(voltage.max()) - target, 0.0), "V", 0.1)
    per_ms = max(round(1e-3 / (time_s[1] - time_s[0])), 1)
    slew = np.abs(voltage[per_ms:] - voltage[:-per_ms]).max()
    facts.measure("voltage_slew_V_per_ms", float(slew), "V/ms", 0.01)


def _contactors(facts: Facts, log: ChargeLog) -> None:
    """Volts and amps that the contactors saw."""
    i = log.instants
    never = "the vehicle's contactors never closed"
    if i.vehicle_close_difference_V is None:
        facts.missing("contactor_close_voltage_difference_V", "V", never)
        facts.missing("contactor_close_inrush_current_A", "A", never)
    else:
        facts.measure(
            "contactor_close_voltage_difference_V", abs(i.vehicle_close_difference_V), "V", 0.1
        )
        window = log.windows.get("vehicle contactors close")
        if window is None or i.vehicle_close_s is None:
            facts.missing("contactor_close_inrush_current_A", "A", "no full-rate window")
        else:
            after = window[0] >= i.vehicle_close_s - 2e-3
            current = window[1][after, RING.index("battery_current_A")]
            rest = float(np.median(window[1][~after, RING.index("battery_current_A")]))
            facts.measure(
                "contactor_close_inrush_current_A", float(np.abs(current - rest).max()), "A", 0.1
            )
    opened = i.vehicle_open_current_A
    if opened is None:
        facts.missing("contactor_open_current_A", "A", "the vehicle's contactors never opened")
    else:
        facts.measure("contactor_open_current_A", abs(opened), "A", 0.01)


def _steady(log: ChargeLog) -> tuple[NDArray[np.float64], NDArray[np.float32]] | None:
    return log.windows.get(STEADY)


def _delivery(facts: Facts, setup: ChargeSetup, log: ChargeLog, rows: Rows) -> None:
    """Regulation, ripple, over-voltage and power while charging."""
    o = log.bench.observer[0]
    T = log.bench.plant.T_s
    facts.measure("output_voltage_max_V", float(o["u_out_max"]), "V", 0.1)
    facts.measure("overvoltage_longest_s", float(o["over_longest"]) * T, "s", T)
    power = 100 * (float(o["peak_power"]) / setup.rating.power_W - 1)
    facts.measure("delivered_power_excess_percent", max(power, 0.0), "percent", 0.05)
    _current_error(facts, rows)
    window = _steady(log)
    for name, unit in (("current_ripple_below_5kHz_A", "A"), ("voltage_ripple_V", "V")):
        if window is None:
            facts.missing(name, unit, "the charge was too short for a steady-state window")
            continue
        column = "output_current_A" if unit == "A" else "output_voltage_V"
        values = window[1][:, RING.index(column)].astype(float)
        trend = np.polyval(
            np.polyfit(window[0] - window[0][0], values, 1), window[0] - window[0][0]
        )
        facts.measure(name, float(np.ptp(values - trend)), unit, 0.01)
    charging = rows["current_request_A"] > 5.0
    low = _slow_ripple(rows, charging)
    if low is None:
        facts.missing("current_ripple_below_10Hz_A", "A", "no steady second in this charge")
    else:
        facts.measure("current_ripple_below_10Hz_A", low, "A", 0.05)
    facts.not_applicable("current_ripple_below_150kHz_A", "A", _NO_RIPPLE)
    facts.not_applicable("ramp_up_duration_s", "s", "the vehicle ramps its own request")
    _latency(facts, setup)


def _latency(facts: Facts, setup: ChargeSetup) -> None:
    result = setup.link.result()
    if result.current_demand_requests:
        facts.measure("current_demand_response_latency_s", result.worst_response_s, "s", 1e-4)
    else:
        facts.missing("current_demand_response_latency_s", "s", "no CurrentDemand in this session")


def _stable(rows: Rows) -> NDArray[np.bool_]:
    """Tell which rows lie in a second of constant request that nothing else limits."""
    request, limit = rows["current_request_A"], rows["current_limit_A"]
    n = 50  # one second of rows
    same = np.zeros(len(request), bool)
    if len(request) > n:
        moved = np.abs(request[n:] - request[:-n])
        busy = np.abs(np.diff(request, prepend=request[0])) > 0.05
        recent = np.convolve(busy, np.ones(n), "full")[: len(busy)] > 0
        same[n:] = (moved < 0.05) & ~recent[n:]
    result: NDArray[np.bool_] = same & (request > 5.0) & (request < limit - 1.0)
    return result


def _current_error(facts: Facts, rows: Rows) -> None:
    """Largest difference between requested and true current while the request stood still."""
    stable = _stable(rows)
    if not stable.any():
        facts.missing("current_error_steady_A", "A", "the request never stood still for a second")
        return
    error = np.abs(rows["output_current_A"] - rows["current_request_A"])
    at = int(np.argmax(np.where(stable, error, 0.0)))
    facts.measure("current_error_steady_A", float(error[at]), "A", 0.01)
    facts.session_is("current_error_at_A", float(rows["current_request_A"][at]))


def _slow_ripple(rows: Rows, charging: NDArray[np.bool_]) -> float | None:
    """Return the largest peak-to-peak current over a steady second."""
    stable = _stable(rows) & charging
    current, n, worst = rows["output_current_A"], 50, None
    starts = np.flatnonzero(stable[n:])[::n] if len(stable) > n else np.zeros(0, int)
    for start in starts:
        if stable[start : start + n].all():
            worst = max(worst or 0.0, float(np.ptp(current[start : start + n])))
    return worst


def _stop(facts: Facts, log: ChargeLog, rows: Rows) -> None:
    """Ramp down, and the voltage at which the inlet was unlocked."""
    setup = log.setup
    span = _span(setup, SessionPhase.RAMP_DOWN, SessionPhase.WELDING_DETECTION)
    facts.not_applicable("emergency_ramp_down_rate_A_per_s", "A/s", "no emergency stop")
    if span is None:
        facts.missing("ramp_down_rate_A_per_s", "A/s", "no orderly stop")
        facts.missing("ramp_down_time_to_5A_s", "s", "no orderly stop")
    else:
        _ramp_down(facts, rows, span)
    unlocked = setup.link.result().unlocked_s
    if unlocked is None:
        facts.missing("unlock_voltage_V", "V", "the inlet was never unlocked")
    else:
        at = int(np.searchsorted(rows["time_s"], unlocked))
        at = min(at, len(rows["time_s"]) - 1)
        facts.measure("unlock_voltage_V", float(rows["inlet_voltage_V"][at]), "V", 0.1)


def _ramp_down(facts: Facts, rows: Rows, span: tuple[float, float]) -> None:
    inside = _within(rows, (span[0] - 0.1, span[1] + 1.0))
    time_s, current = rows["time_s"][inside], rows["output_current_A"][inside]
    start = float(current[0])
    below = np.flatnonzero(current < 5.0)
    if not below.size or start < 10.0:
        reason = "the current was below 10 A already" if below.size else "it stayed above 5 A"
        facts.not_applicable("ramp_down_rate_A_per_s", "A/s", reason)
        facts.not_applicable("ramp_down_time_to_5A_s", "s", reason)
        return
    taken = float(time_s[below[0]] - span[0])
    high = np.flatnonzero(current > 0.9 * start)[-1]
    low = np.flatnonzero(current < max(0.1 * start, 5.0))[0]
    if low > high:
        rate = float((current[high] - current[low]) / (time_s[low] - time_s[high]))
        facts.measure("ramp_down_rate_A_per_s", rate, "A/s", 0.05 * rate)
    else:
        facts.missing("ramp_down_rate_A_per_s", "A/s", "the current did not fall steadily")
    facts.measure("ramp_down_time_to_5A_s", max(taken, 0.0), "s", 0.02)


def _grid(facts: Facts, setup: ChargeSetup, log: ChargeLog, rows: Rows) -> None:
    """Power factor and distortion at the charger's terminals."""
    o = setup.options
    rated_A = setup.rating.power_W / (math.sqrt(3) * o.grid.voltage_V)
    short_A = o.grid.short_circuit_power_VA / (math.sqrt(3) * o.grid.voltage_V)
    facts.session_is("short_circuit_ratio", short_A / rated_A)
    facts.session_is("rated_phase_current_A", rated_A)
    nominal_V = o.grid.voltage_V / math.sqrt(3)
    healthy = (abs(rows["grid_voltage_V"] / nominal_V - 1) < 0.1) & (rows["fault_bits"] == 0)
    least_W = _LOADED * setup.rating.power_W
    loaded = healthy & (rows["output_power_W"] > least_W)
    if loaded.any():
        # one mains cycle each; the lowest of a moving second, so that one ramp does not count
        pf = _lowest_second(rows["grid_power_factor"], loaded)
        facts.measure("power_factor_min", pf, "1", 0.0005)
    else:
        most_kW = max(float(rows["output_power_W"].max(initial=0.0)), 0.0) / 1e3
        _no_grid_figures(facts, f"rated from {least_W / 1e3:g} kW; this charge: {most_kW:.3g} kW")
        return
    window = _steady(log) or log.windows.get(LAST_CURRENT)
    orders = _harmonics(window, o.grid.frequency_Hz) if window is not None else None
    if orders is None or orders[1] < 1.0:
        for name in _DISTORTION:
            facts.missing(name, "percent", "no full-rate window with current of this charge")
        return
    rated_peak = rated_A * math.sqrt(2)
    distortion = float(np.sqrt(np.sum(orders[2:] ** 2)))
    for name, amount, whole in (
        ("grid_current_tdd_percent", distortion, rated_peak),
        ("grid_current_harmonic_below_11_percent", float(orders[2:11].max()), rated_peak),
        ("grid_current_thd_percent", distortion, float(orders[1])),
    ):
        facts.measure(name, 100 * amount / whole, "percent", 0.02, ripple_note(setup.charger))


_DISTORTION = (
    "grid_current_tdd_percent",
    "grid_current_harmonic_below_11_percent",
    "grid_current_thd_percent",
)


def _no_grid_figures(facts: Facts, why: str) -> None:
    """Say that the charge drew too little for figures that are rated above a load."""
    facts.not_applicable("power_factor_min", "1", why)
    for name in _DISTORTION:
        facts.not_applicable(name, "percent", why)


def _lowest_second(values: NDArray[np.float64], chosen: NDArray[np.bool_]) -> float:
    n = min(50, int(chosen.sum()))
    return float(np.convolve(values[chosen], np.ones(n) / n, "valid").min())


def _harmonics(
    window: tuple[NDArray[np.float64], NDArray[np.float32]], f: float
) -> NDArray[np.float64]:
    """Return the peak of each order 0..50 of the worst phase, over whole mains cycles."""
    time_s, values = window
    T = (time_s[-1] - time_s[0]) / (len(time_s) - 1)
    cycles = math.floor(len(time_s) * T * f + 1e-6)
    n = round(cycles / f / T)
    columns = [RING.index(f"grid_current_{phase}_A") for phase in "abc"]
    spectrum = 2 / n * np.abs(np.fft.rfft(values[:n, columns].astype(float), axis=0))
    orders = spectrum[: 51 * cycles : cycles]
    worst: NDArray[np.float64] = orders[:, np.argmax(orders[2:].max(axis=0))]
    return worst


def _heat_and_energy(facts: Facts, setup: ChargeSetup, log: ChargeLog, rows: Rows) -> None:
    """Temperatures, derating, energy."""
    plant = log.bench.plant
    hottest = float(plant.modules["thermal"]["T_j_max"].max())
    facts.measure("junction_temperature_max_degC", hottest, "degC", 1.0)
    both = np.maximum(rows["pin_temperature_degC"], rows["inlet_temperature_degC"])
    facts.measure("pin_temperature_max_degC", float(both.max()), "degC", 1.0)
    facts.measure("derating_oscillation_A", _hunting(setup, rows), "A", 0.05)
    ledger = energy_ledger(setup)
    residual = ledger.residual_percent
    if math.isfinite(residual):
        facts.measure("energy_balance_residual_percent", residual, "percent", 1e-4)
    else:
        facts.missing("energy_balance_residual_percent", "percent", "no energy was supplied yet")
    given_J = float(plant.state[0]["ledger"]["connector"]) + _cable_J(plant.state[0])
    least_J = _LEAST_METERED_H * 3600 * setup.rating.power_W
    if given_J > least_J:  # the charger's own voltage and current sensors, every interrupt
        error = 100 * abs(float(log.bench.observer[0]["metered"]) / given_J - 1)
        facts.measure("energy_meter_error_percent", error, "percent", 0.02)
    else:
        why = f"rated from {least_J / 3600:.4g} Wh; this charge: {given_J / 3600:.4g} Wh"
        facts.not_applicable("energy_meter_error_percent", "percent", why)


def _cable_J(x: np.void) -> float:
    """Return what the cable lost between the charger's meter and the inlet."""
    e = x["ledger"]
    return float(e["cable"] + e["pins"] + e["output_contactors"])


def _outcome(facts: Facts, setup: ChargeSetup, rows: Rows) -> None:
    """Tell how far the charge fell short of the state of charge it was asked for."""
    reached = float(rows["soc_percent"][-1])
    short = max(setup.options.soc_end_percent - reached, 0.0)
    facts.measure("charge_shortfall_percent", short, "percent", 0.01)


def _hunting(setup: ChargeSetup, rows: Rows) -> float:
    """Return the largest swing of the current limit while derating held it below the rating.

    A limit that settles falls, or creeps; one that hunts rises and falls again. The measure
    is the largest fall that follows a rise of at least the same size: zero for a limit that
    only falls or only recovers.
    """
    high = setup.link.result().high_range
    voltage, limit = rows["output_voltage_V"], rows["current_limit_A"]
    rating = np.array([setup.rating.current_at(u, high) for u in voltage[::50]])
    values = limit[::50][limit[::50] < 0.98 * rating]  # once a second: thermal loops are slower
    if not values.size:
        return 0.0
    lowest, highest, swing = values[0], -math.inf, 0.0
    for value in values:
        if value < lowest:
            lowest, highest = value, -math.inf
        highest = max(highest, value)
        swing = max(swing, min(highest - lowest, highest - value))
    return float(swing)
