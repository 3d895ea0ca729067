"""Margins of every control loop of a charger, as ``voltbench tune show`` prints them.

The gains are those that the control interrupt runs with (``tuning.charger_gains``), the
plant is discretised by the same functions as the simulated one, the margins come from
python-control. Rows name what they assume: grid strength, vehicle, where a loop settles.
"""

import numpy as np

from voltbench.calibration.loops import Loop, margins
from voltbench.calibration.loops_grid import current_loop, link_loop, pll_loop
from voltbench.calibration.loops_output import trim_loop, voltage_loop
from voltbench.calibration.loops_thermal import DeviceLoss, cable_loops, heatsink_loop
from voltbench.calibration.tuning import charger_gains
from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid import Grid
from voltbench.plant_models.output_values import output_network
from voltbench.plant_models.vehicle import VehiclePlant, vehicle_plant

WEAK_RATIO = 10.0
"""Short-circuit power of the weak grid over the charger's rated power. IEC 61000-3-12
measures from 33 upwards, so a charger that is stable here has a reserve."""
_COLD_DEGC, _MID_SOC = -10.0, 50.0


def charger_loops(charger: Charger, rate_Hz: float | None = None) -> list[Loop]:
    """Return every loop of a charger at a control rate (its own by default)."""
    rate = rate_Hz or charger.control.rate_Hz
    gains = charger_gains(charger, rate, charger.grid.voltage_V, charger.grid.frequency_Hz)[0]
    return [*_grid_side(charger, gains), *_output_side(charger, gains), *_thermal(charger, gains)]


def margins_table(charger_name: str) -> list[dict[str, object]]:
    """Return one row a loop: bandwidth, crossover, margins, stability, assumptions.

    Raises
    ------
    CatalogError
        If the charger is unknown or its file is wrong.
    """
    charger = catalog.load(charger_name, Charger, "chargers")
    return [row(loop) for loop in charger_loops(charger)]


def row(loop: Loop) -> dict[str, object]:
    """Return a loop's row; margins that do not exist are ``None``."""
    m = margins(loop)
    note = loop.note
    if m.phase_margin_Hz and m.crossover_Hz and m.phase_margin_Hz > 1.05 * m.crossover_Hz:
        note = f"{note}; margin at {m.phase_margin_Hz:.0f} Hz"
    return {
        "loop": loop.name,
        "asked_Hz": loop.asked_Hz,
        "crossover_Hz": m.crossover_Hz,
        "phase_margin_deg": m.phase_margin_deg,
        "gain_margin_dB": m.gain_margin_dB,
        "modulus_margin": m.modulus_margin,
        "sampling_Hz": 1.0 / loop.T_s,
        "stable": "yes" if m.stable else "NO",
        "note": note,
    }


def _grid_side(charger: Charger, gains: np.void) -> list[Loop]:
    c = charger.grid
    asked = charger.control.current_bandwidth_of_rate / float(gains["T_s"])
    found = [pll_loop(charger, gains)]
    alone = current_loop(charger, gains, 0.0, 0.0)
    found.append(alone.loop("current, between modules", asked, "deviation"))
    weak = WEAK_RATIO * charger.rating.power_W
    strong = Grid(c.voltage_V, c.frequency_Hz)
    inner = alone
    for grid in (strong, Grid(c.voltage_V, c.frequency_Hz, short_circuit_power_VA=weak)):
        R, L = (charger.rating.modules * z for z in grid.impedance())
        inner = current_loop(charger, gains, R, L)
        power = grid.short_circuit_power_VA
        ratio = power / charger.rating.power_W
        note = f"grid {power / 1e6:g} MVA, ratio {ratio:.0f}"
        found.append(inner.loop("current, grid", asked, note))
        found.append(link_loop(charger, gains, inner, f"rated power, grid {power / 1e6:g} MVA"))
    return found


def _output_side(charger: Charger, gains: np.void) -> list[Loop]:
    found = []
    packs = _packs()
    low, high = packs[0], packs[-1]
    network = output_network(charger, low[1], low[2])
    note = f"cable and inlet of {low[0]}, no battery"
    found.append(voltage_loop(charger, gains, network, False, note))
    for name, vehicle, ratio, text in (low, high):
        network = output_network(charger, vehicle, ratio)
        found.append(voltage_loop(charger, gains, network, True, f"{name}, {text}"))
    network = output_network(charger, low[1], low[2])
    found.append(trim_loop(charger, gains, network, True, "against the other modules"))
    found.append(trim_loop(charger, gains, network, False, f"into {low[0]}"))
    return found


def _packs() -> list[tuple[str, VehiclePlant, float, str]]:
    """Return the catalog's packs from the least to the largest resistance, cold ones too."""
    found = []
    for name in catalog.vehicles():
        for degC in (25.0, _COLD_DEGC):
            vehicle = vehicle_plant(catalog.vehicle(name), degC)
            ratio = vehicle.pack.resistance_ratio(_MID_SOC, degC)
            R = vehicle.pack.R_0 * ratio + vehicle.R_w
            found.append((R, name, vehicle, ratio, f"{degC:g} degC, {1e3 * R:.0f} mohm"))
    found.sort(key=lambda one: one[0])
    return [one[1:] for one in found]


def _thermal(charger: Charger, gains: np.void) -> list[Loop]:
    loss = DeviceLoss(charger)
    found = [
        heatsink_loop(charger, gains, loss, fan, air) for fan, air in ((0.3, 40.0), (0.0, 25.0))
    ]
    hardest = max(
        (vehicle_plant(catalog.vehicle(name), 25.0) for name in catalog.vehicles()),
        key=lambda vehicle: vehicle.R_w,
    )
    return found + cable_loops(charger, gains, hardest, 45.0)
