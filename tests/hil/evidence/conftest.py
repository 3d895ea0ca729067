"""A plausible charge of an 800 V car on a 150 kW charger, for tests of what is recorded.

Quasi-static formulas, not the plant model: the evidence code must not care where rows come from.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from voltbench.hil.evidence.facts import Facts
from voltbench.hil.evidence.ledger import EnergyLedger
from voltbench.hil.evidence.manifest import RunStart
from voltbench.hil.evidence.outcome import Outcome
from voltbench.hil.evidence.recorder import RunRecorder
from voltbench.hil.evidence.signals import Signal, charge_signals

Columns = dict[str, NDArray[Any]]
PHASES = (
    ("plugged_in", 0.0), ("slac", 1.2), ("sdp", 7.4), ("session_setup", 7.7),
    ("service_discovery", 8.1), ("payment_selection", 8.4), ("authorization", 8.7),
    ("charge_parameters", 11.2), ("cable_check", 12.6), ("pre_charge", 27.1),
    ("contactors_closing", 28.6), ("power_delivery", 29.0), ("current_demand", 29.5),
    ("ramp_down", 1166.0), ("welding_detection", 1168.2), ("session_stop", 1171.4),
    ("unlocked", 1172.1),
)  # fmt: skip
END_S = 1174.0
MODULES = 5
ROW_S = 0.02
RATE_HZ = 20e3
STATES = ("off", "ready", "run")
FAULTS = ("over_voltage", "over_current", "over_temperature", "link", "insulation", "emergency")


def signals() -> tuple[Signal, ...]:
    return charge_signals(MODULES, [name for name, _ in PHASES], STATES, FAULTS)


def start() -> RunStart:
    return RunStart(
        charger="dc150",
        vehicle="ioniq5",
        command=("voltbench", "charge", "--vehicle", "ioniq5", "--soc", "10:80"),
        seed=1,
        control_rate_Hz=RATE_HZ,
        row_period_s=ROW_S,
        parameters={"grid": "400V50Hz", "ambient_temperature_degC": 25.0, "modules": MODULES},
    )


def _lag(x: NDArray[Any], tau_s: float, first: float) -> NDArray[Any]:
    """First-order lag on the row grid, by convolution in blocks of one pole."""
    from scipy.signal import lfilter

    a = np.exp(-ROW_S / tau_s)
    out, _ = lfilter([1 - a], [1, -a], x, zi=[a * first])
    return np.asarray(out)


def charge() -> Columns:
    """Return the decimated rows."""
    t = np.arange(0.0, END_S, ROW_S) + ROW_S
    rng = np.random.default_rng(7)
    noise = rng.standard_normal(len(t))
    begin = np.array([at for _, at in PHASES])
    phase = np.searchsorted(begin, t, side="right") - 1.0
    demand = (t >= 29.9) & (t < 1166)
    ramp = np.clip((t - 29.9) * 12, 0, None)
    request = np.where(
        demand, np.minimum(ramp, np.interp(t, [0, 700, 900, 1166], [205, 205, 175, 120])), 0
    )
    limit = np.interp(t, [0, 520, 560, 800, 1174], [203, 203, 188, 193, 200])
    down = np.clip(1 - (t - 1166) / 1.3, 0, 1) * (t >= 1166)
    current = _lag(np.minimum(request, limit) + down * 120, 0.08, 0.0) + 0.15 * noise * demand
    soc = 10 + 70 * np.cumsum(current) / np.sum(current)
    ocv = np.interp(soc, [0, 10, 40, 60, 80, 100], [640, 676, 712, 738, 768, 800])
    battery = ocv + 0.085 * current
    check = np.clip((t - 13.5) * 900, 0, 825) * ((t > 13.5) & (t < 26)) + 825 * np.exp(
        -np.clip(t - 26, 0, None) / 0.25
    ) * (t >= 26) * (t < 27.1)
    pre = 674 * (1 - np.exp(-np.clip(t - 27.2, 0, None) / 0.25))
    after = 420 * np.exp(-np.clip(t - 1168, 0, None) / 0.9)
    voltage = np.where(t < 27.1, check, np.where(t < 28.6, pre, battery + 0.012 * current))
    voltage = np.where(t > 1168, after, voltage)
    power = voltage * current
    loss = 420 * (t > 5) + 0.014 * power + 1.5e-7 * power**2 / 5
    grid = power + loss
    grid_current = np.hypot(grid, 1200.0) / (3 * 231.0)
    heat = _lag(25 + loss * 0.0062, 150, 25)
    columns: Columns = {
        "time_s": t,
        "session_phase": phase,
        "charger_state": np.select([t < 9, t < 13], [0.0, 1.0], 2.0),
        "fault_bits": np.zeros(len(t)),
        "output_voltage_V": voltage,
        "output_current_A": current,
        "output_power_W": power,
        "voltage_request_V": np.where(demand, 812.0, np.where(t > 27.1, 676.0, np.nan)),
        "current_request_A": np.where(t > 29.5, request, np.nan),
        "inlet_voltage_V": voltage - 0.012 * current,
        "battery_voltage_V": battery,
        "battery_current_A": current,
        "soc_percent": soc,
        "dc_link_voltage_V": 800 + 0.6 * noise + 3 * np.gradient(current),
        "dc_link_midpoint_V": 0.4 * rng.standard_normal(len(t)),
        "grid_voltage_V": 231 - 0.008 * grid_current,
        "grid_current_A": grid_current,
        "grid_power_W": grid,
        "grid_reactive_power_var": 1200 + 40 * noise,
        "grid_power_factor": grid / np.hypot(grid, 1200),
        "grid_current_thd_percent": 1.6 + 220 / (grid_current + 4) + 0.05 * noise,
        "insulation_resistance_Ohm": np.where(t > 22, 2.1e6 + 2e4 * noise, np.nan),
        "loss_power_W": loss,
        "phase_shift_deg": 12.0 * current / 200 * 1.7,
        "battery_temperature_degC": 22 + 0.011 * np.cumsum(current**2) / np.sum(current**2) * 1300,
        "cable_temperature_degC": _lag(25 + 0.00085 * current**2, 240, 25),
        "pin_temperature_degC": _lag(25 + 0.00125 * current**2, 170, 25),
        "inlet_temperature_degC": _lag(24 + 0.00105 * current**2, 260, 24),
        "ambient_temperature_degC": np.full(len(t), 25.0),
        "current_limit_A": limit,
        "rating_limit_A": np.full(len(t), 203.0),
        "modules_derating_percent": np.full(len(t), 100.0),
        "pin_derating_percent": 100 * limit / 203,
        "cable_derating_percent": np.full(len(t), 100.0),
    }
    for k in range(1, MODULES + 1):
        share = current / MODULES * (1 + 0.004 * (k - 3))
        columns[f"module{k}_output_current_A"] = share
        columns[f"module{k}_heatsink_temperature_degC"] = heat + 0.8 * k
        columns[f"module{k}_junction_temperature_degC"] = heat + 0.8 * k + share * 1.25
    return columns


def zoom(at_s: float, seed: int, battery: bool) -> Columns:
    """Return full-rate rows around an instant: contactors close or current is switched off."""
    t = at_s + np.arange(-2000, 2000) / RATE_HZ
    x = t - at_s
    rng = np.random.default_rng(seed)
    step = (x > 0) * (1 - np.exp(-np.clip(x, 0, None) / 2e-3))
    ring = (x > 0) * np.exp(-np.clip(x, 0, None) / 4e-3) * np.sin(2 * np.pi * 900 * x)
    voltage = 672 + 4.2 * step + 3 * ring + 0.15 * rng.standard_normal(len(t))
    current = 6 * ring + 0.05 * rng.standard_normal(len(t))
    theta = 2 * np.pi * 50 * t
    rows: Columns = {
        "time_s": t,
        "output_voltage_V": voltage,
        "output_current_A": current,
        "inlet_voltage_V": voltage - 0.3,
        "dc_link_voltage_V": 800 + 1.5 * np.cos(6 * theta) + ring,
        "dc_link_midpoint_V": 0.8 * np.cos(3 * theta),
        "grid_voltage_a_V": 326.6 * np.cos(theta),
        "phase_shift_deg": 0.6 + 0.2 * step,
        "module1_output_current_A": current / MODULES,
    }
    for k, p in enumerate("abc"):
        rows[f"grid_current_{p}_A"] = 4 * np.cos(theta - 2 * np.pi * k / 3) + 0.3 * np.cos(
            5 * theta
        )
    if battery:
        rows["battery_current_A"] = current
    return rows


def facts() -> Facts:
    """Return what such a run would measure."""
    given = Facts(
        profile="iso-15118-2:2014", ev_max_voltage_V=812.0, evse_max_voltage_V=1000.0,
        current_error_at_A=198.0, rated_phase_current_A=225.0, current_step_A=205.0,
    )  # fmt: skip
    measured: list[tuple[str, float, str, float]] = [
        ("cable_check_voltage_V", 893.0, "V", 1.0),
        ("insulation_resistance_Ohm", 2.1e6, "Ohm", 6e4),
        ("voltage_after_cable_check_V", 21.0, "V", 0.5),
        ("cable_check_duration_s", 14.5, "s", 0.01),
        ("contactor_close_voltage_difference_V", 4.2, "V", 0.5),
        ("output_voltage_max_V", 893.4, "V", 1.0),
        ("contactor_close_inrush_current_A", 5.8, "A", 0.1),
        ("overvoltage_longest_s", 0.0, "s", 5e-5),
        ("voltage_error_steady_percent", 0.12, "percent", 0.02),
        ("current_error_steady_A", 0.6, "A", 0.1),
        ("current_ripple_below_10Hz_A", 0.4, "A", 0.05),
        ("current_ripple_below_5kHz_A", 1.1, "A", 0.1),
        ("ramp_down_rate_A_per_s", 92.0, "A/s", 1.0),
        ("ramp_down_time_to_5A_s", 1.25, "s", 0.01),
        ("pin_temperature_max_degC", 68.4, "degC", 1.0),
        ("precharge_duration_s", 1.5, "s", 0.01),
        ("current_demand_response_latency_s", 0.0245, "s", 0.001),
        ("unlock_voltage_V", 8.0, "V", 0.5),
        ("grid_current_tdd_percent", 2.6, "percent", 0.1),
        ("grid_current_thd_percent", 2.6, "percent", 0.1),
        ("junction_temperature_max_degC", 98.3, "degC", 2.0),
        ("power_factor_min", 0.9985, "1", 0.0005),
        ("delivered_power_excess_percent", 0.0, "percent", 0.1),
        ("precharge_overshoot_V", 0.4, "V", 0.2),
        ("contactor_open_current_A", 1.2, "A", 0.05),
        ("energy_meter_error_percent", 0.2, "percent", 0.05),
        ("energy_balance_residual_percent", 0.012, "percent", 0.0),
        ("dc_link_ripple_V", 3.1, "V", 0.1),
    ]
    for name, value, unit, uncertainty in measured:
        given.measure(name, value, unit, uncertainty)
    why = "no short circuit was applied in this run"
    given.not_applicable("short_circuit_test_current_after_1s_A", "A", why)
    given.not_applicable("short_circuit_test_voltage_after_2p5s_V", "V", why)
    return given


def ledger() -> EnergyLedger:
    return EnergyLedger(
        supplied={"grid": 51630.0},
        delivered={"battery_chemical": 47702.0},
        lost={
            "grid_filter": 204.0, "pfc_switches_conduction": 388.0, "pfc_switching": 291.0,
            "dab_switches": 486.0, "dab_transformer": 231.0, "dab_inductor": 96.0,
            "output_filter": 88.0, "cable": 361.0, "connector_pins": 62.0, "contactors": 22.0,
            "battery_resistance": 1554.0, "auxiliary": 138.0, "discharge_resistor": 0.4,
        },
        stored={"dc_link": -0.3, "battery_polarisation": 5.2},
    )  # fmt: skip


SUMMARY = {
    "duration_s": END_S, "energy_delivered_Wh": 49620.0, "energy_from_grid_Wh": 51630.0,
    "peak_power_W": 149_300.0, "max_junction_temperature_degC": 98.3,
    "control_periods": int(END_S * RATE_HZ), "real_time_factor": 71.0,
}  # fmt: skip
WINDOWS = (
    (28.62, "vehicle contactors close"),
    (29.9, "first current"),
    (1168.0, "contactors open"),
)


def write_events(recorder: RunRecorder) -> None:
    for name, at in PHASES:
        recorder.event(at, "phase", phase=name)
    recorder.event(13.4, "output_contactors_close", voltage_difference_V=0.2)
    recorder.event(28.62, "vehicle_contactors_close", voltage_difference_V=4.2, current_A=0.1)
    recorder.event(520.0, "derating_begins", hottest="connector pin", temperature_degC=67.0)
    recorder.event(1168.0, "vehicle_contactors_open", current_A=1.2)
    recorder.event(1172.1, "unlock", voltage_V=8.0)


def record(folder: Path, end: bool = True) -> RunRecorder:
    """Record the synthetic run, flushed each simulated second."""
    rows = charge()
    recorder = RunRecorder(folder, signals(), start())
    write_events(recorder)
    per_second = round(1 / ROW_S)
    for first in range(0, len(rows["time_s"]), per_second):
        recorder.rows({name: y[first : first + per_second] for name, y in rows.items()})
        now_s = rows["time_s"][first]
        recorder.message({"t_s": float(now_s), "from": "EVCC", "name": "CurrentDemandReq"})
        recorder.flush()
    for k, (at_s, reason) in enumerate(WINDOWS, start=1):
        recorder.window(zoom(at_s, k, battery=k > 1), k, reason)
    return recorder


@dataclass(frozen=True)
class Synthetic:
    """The fixture: how to record the synthetic run and what it holds."""

    record: Callable[[Path], RunRecorder]
    rows: Callable[[], Columns]
    zoom: Callable[[float, int, bool], Columns]
    signals: Callable[[], tuple[Signal, ...]]
    start: Callable[[], RunStart]
    facts: Callable[[], Facts]
    ledger: Callable[[], EnergyLedger]
    summary: dict[str, Any]

    def run(self, folder: Path) -> Outcome:
        """Record and finish the whole run."""
        summary = {**self.summary, "energy_ledger": self.ledger()}
        return self.record(folder).finish(summary, self.facts())


@pytest.fixture(scope="session")
def synthetic() -> Synthetic:
    return Synthetic(record, charge, zoom, signals, start, facts, ledger, SUMMARY)


@pytest.fixture(scope="session")
def finished(synthetic: Synthetic, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One finished run, shared by tests that only read it."""
    return synthetic.run(tmp_path_factory.mktemp("evidence") / "run")
