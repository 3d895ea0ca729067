"""Gains: nothing forgotten, each bandwidth where it was asked."""

import math

import numpy as np
import pytest

from voltbench.calibration.loops import margins
from voltbench.calibration.loops_grid import current_loop, link_loop, pll_loop
from voltbench.calibration.loops_output import trim_loop, voltage_loop
from voltbench.calibration.margins import margins_table
from voltbench.calibration.tuning import charger_gains
from voltbench.control.numerics.records import RecordArray
from voltbench.plant_models import catalog
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.grid import Grid
from voltbench.plant_models.output_values import output_network
from voltbench.plant_models.vehicle import vehicle_plant

CHARGER = catalog.load("dc150", Charger, "chargers")


def gains(rate_Hz: float = 20e3, charger: Charger = CHARGER) -> RecordArray:
    return charger_gains(charger, rate_Hz, 400.0, 50.0)


def tuned(**control: float) -> Charger:
    return CHARGER.model_copy(update={"control": CHARGER.control.model_copy(update=control)})


@pytest.mark.parametrize("rate_Hz", [10e3, 20e3, 50e3])
def test_no_gain_is_forgotten(rate_Hz: float) -> None:
    def leaves(name: str, value: np.void) -> list[tuple[str, float]]:
        if value.dtype.names is None:
            return [(name, float(value))]
        return [leaf for n in value.dtype.names for leaf in leaves(f"{name}.{n}", value[n])]

    found = leaves("gains", gains(rate_Hz)[0])
    assert len(found) > 50
    unset = {name for name, value in found if not math.isfinite(value) or value <= 0.0}
    # choices of the charger's file that are off by default
    assert unset == {"gains.droop.on", "gains.sharing.ride_on", "gains.sharing.shed"}


def test_times_in_interrupts_follow_the_rate() -> None:
    slow, fast = gains(10e3)[0], gains(50e3)[0]
    for name in ("n_bypass", "n_precharge_max", "n_settled", "n_rest", "divider"):
        assert fast[name] / slow[name] == pytest.approx(5.0, rel=0.02)  # whole interrupts
    assert fast["limits"]["n_slow"] == 5 * slow["limits"]["n_slow"]
    assert fast["limits"]["n_fast"] == slow["limits"]["n_fast"]  # samples, not a time


@pytest.mark.parametrize("f_Hz", [10.0, 20.0, 40.0])
def test_link_crosses_over_where_asked(f_Hz: float) -> None:
    charger = tuned(link_bandwidth_Hz=f_Hz)
    g = gains(charger=charger)[0]
    R, L = (charger.rating.modules * z for z in Grid().impedance())
    loop = link_loop(charger, g, current_loop(charger, g, R, L), "")
    # k_p alone crosses at alpha; the integral at alpha/4 adds 3 %
    assert margins(loop).crossover_Hz == pytest.approx(f_Hz, rel=0.06)


@pytest.mark.parametrize("f_Hz", [5.0, 20.0])
def test_pll_crosses_over_where_two_poles_put_it(f_Hz: float) -> None:
    g = gains(charger=tuned(pll_bandwidth_Hz=f_Hz))[0]
    # |2 a s + a^2| = |s^2| at w = a sqrt(2 + sqrt 5)
    expected = f_Hz * math.sqrt(2.0 + math.sqrt(5.0))
    assert margins(pll_loop(CHARGER, g)).crossover_Hz == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize("f_Hz", [60.0, 120.0])
def test_output_voltage_crosses_over_where_asked(f_Hz: float) -> None:
    charger = tuned(output_bandwidth_Hz=f_Hz)
    network = output_network(charger, vehicle_plant(catalog.vehicle("ioniq5"), 25.0), 1.0)
    loop = voltage_loop(charger, gains(charger=charger)[0], network, False, "")
    assert margins(loop).crossover_Hz == pytest.approx(f_Hz, rel=0.06)  # as the link's


@pytest.mark.parametrize("deviation", [True, False])
def test_trim_crosses_over_where_asked(deviation: bool) -> None:
    network = output_network(CHARGER, vehicle_plant(catalog.vehicle("ioniq5"), 25.0), 1.0)
    loop = trim_loop(CHARGER, gains()[0], network, deviation, "")
    asked = CHARGER.control.trim_bandwidth_Hz
    assert margins(loop).crossover_Hz == pytest.approx(asked, rel=0.02)


def test_whole_feed_forward_is_predicted_to_be_unstable_on_a_weak_grid() -> None:
    g = gains()
    R, L = (5 * z for z in Grid(short_circuit_power_VA=1e6).impedance())
    assert current_loop(CHARGER, g[0], R, L).loop("", 800.0, "").stable()
    g[0]["pfc"]["k_ff"] = 1.0
    g[0]["pfc"]["k_i"] *= 2.5  # alpha^2 L/4, as the internal model control asks for
    assert not current_loop(CHARGER, g[0], R, L).loop("", 800.0, "").stable()


def test_the_table_names_every_loop() -> None:
    rows = margins_table("dc150")
    names = {str(row["loop"]).split(",")[0] for row in rows}
    grid, output = {"PLL", "current", "DC-link voltage"}, {"output voltage", "module current"}
    assert names == grid | output | {"derating"}
    assert len({tuple(row) for row in rows}) == 1
    assert {row["stable"] for row in rows} == {"yes"}
    assert all(len(str(row["note"])) < 60 for row in rows)
