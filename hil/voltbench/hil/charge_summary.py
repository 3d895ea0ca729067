"""The figures of a run: ``summary.json`` and the table a user sees."""

from typing import Any

from voltbench.hil.charge_log import ChargeLog
from voltbench.hil.charge_setup import ChargeSetup
from voltbench.hil.evidence.ledger import EnergyLedger
from voltbench.plant_models.ledger import LOSSES
from voltbench.plant_models.slow_path import stored_energy

WH = 1.0 / 3600.0


def energy_ledger(setup: ChargeSetup) -> EnergyLedger:
    """Return where every watt-hour went."""
    plant = setup.bench.plant
    e = plant.state[0]["ledger"]
    stored = stored_energy(plant.params[0], plant.state[0], plant.modules)
    return EnergyLedger(
        supplied={"grid source": float(e["grid_source"]) * WH},
        delivered={
            "battery (open-circuit voltage)": float(e["battery"]) * WH,
            "vehicle auxiliaries": float(e["vehicle_auxiliary"]) * WH,
        },
        lost={text: float(e[name]) * WH for name, text in LOSSES.items()},
        stored={"capacitors, inductors, RC pairs": float(stored) * WH},
    )


def grid_energy_Wh(setup: ChargeSetup) -> float:
    """Return the energy at the charger's grid terminals, behind the grid impedance."""
    plant = setup.bench.plant
    e, p, x = plant.state[0]["ledger"], plant.params[0], plant.state[0]
    in_L_g = 0.75 * p["L_g"] * (x["i_g_al"] ** 2 + x["i_g_be"] ** 2)
    return float(e["grid_source"] - e["grid_impedance"] - in_L_g) * WH


def summarise(setup: ChargeSetup, log: ChargeLog, wall_s: float) -> dict[str, Any]:
    """Return the summary of a finished run (wall time and speed live only here)."""
    bench, rows = setup.bench, log.rows()
    junction = float(bench.plant.modules["thermal"]["T_j_max"].max())
    result = setup.link.result()
    modules = setup.rating.modules
    return {
        "duration_s": bench.now_s,
        "energy_delivered_Wh": float(bench.plant.state[0]["ledger"]["connector"]) * WH,
        "energy_from_grid_Wh": grid_energy_Wh(setup),
        "peak_power_W": float(rows["output_power_W"].max(initial=0.0)),
        "max_junction_temperature_degC": junction,
        "max_pin_temperature_degC": float(rows["pin_temperature_degC"].max(initial=0.0)),
        "max_inlet_temperature_degC": float(rows["inlet_temperature_degC"].max(initial=0.0)),
        "soc_percent": [float(rows["soc_percent"][k]) for k in (0, -1)],
        "real_time_factor": bench.now_s / wall_s,
        "wall_time_s": wall_s,
        "control_periods": bench.control_periods,
        "module_interrupts": bench.control_periods * modules,
        "ns_per_interrupt": 1e9 * wall_s / max(bench.control_periods, 1),
        "timer_profile": setup.timer_profile,
        "ended": _ended(result.evse_reason, result.ev_reason),
        "session": result.to_json(),
        "energy_ledger": energy_ledger(setup),
    }


def _ended(evse: str | None, ev: str | None) -> str:
    return f"charger: {evse or '-'}; vehicle: {ev or '-'}"
