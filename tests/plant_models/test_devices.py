"""Device files: printed values come back, laws between them hold, mistakes give one line."""

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from voltbench.plant_models.catalog_errors import CatalogError
from voltbench.plant_models.device_energy import (
    off_energy,
    on_energy,
    oss_charge,
    oss_energy,
    recovery_energy,
)
from voltbench.plant_models.devices import device_names, load_device
from voltbench.plant_models.foster import foster_network

# E_on, E_off in uJ at 25 degC and 2.5 ohm: transistor database, C3M0016120K
CURRENTS = np.array([20.0, 30.0, 40.0, 50.0, 75.0, 100.0])
PRINTED = {
    600.0: ([316, 412, 521, 641, 992, 1424], [60, 88, 133, 190, 379, 606]),
    800.0: ([349, 466, 596, 742, 1168, 1653], [72, 114, 176, 248, 463, 722]),
}


@pytest.mark.parametrize("name", device_names())
def test_every_file_names_its_source_and_gives_physical_energies(name: str) -> None:
    d = load_device(name)
    assert d.source
    assert d.assumed
    i = np.linspace(0.0, 150.0, 301)
    for u in (100.0, 400.0, 800.0):
        on, off = on_energy(d, i, u), off_energy(d, i, u)
        assert np.all(np.diff(on) >= 0.0)
        assert np.all(on > 0.0)
        assert np.all(off > 0.0)
        assert off[-1] > off[0]


@pytest.mark.parametrize("u", [600.0, 800.0])
def test_printed_energies_come_back(u: float) -> None:
    d = load_device("C3M0016120K")
    on, off = PRINTED[u]
    assert on_energy(d, CURRENTS, u) * 1e6 == pytest.approx(on)
    assert off_energy(d, CURRENTS, u) * 1e6 == pytest.approx(off)


def test_voltage_follows_a_power_law_at_each_current() -> None:
    d = load_device("C3M0016120K")
    for k, i in enumerate(CURRENTS):
        for energy, column in ((on_energy, 0), (off_energy, 1)):
            low, high = PRINTED[600.0][column][k], PRINTED[800.0][column][k]
            n = np.log(high / low) / np.log(800 / 600)
            expected = low * (400.0 / 600.0) ** n
            assert energy(d, np.array([i]), 400.0)[0] * 1e6 == pytest.approx(expected)


def test_energies_beyond_the_table_continue_the_last_slope() -> None:
    d = load_device("C3M0016120K")
    for u in (600.0, 800.0):
        e = on_energy(d, np.array([75.0, 100.0, 150.0]), u)
        slope = (e[2] - e[1]) / 50.0
        # at 800 V the exponent of the last current goes on: 3 % steeper, never flatter
        assert slope == pytest.approx((e[1] - e[0]) / 25.0, rel=0.04)
        assert slope > 0.9999 * (e[1] - e[0]) / 25.0


def test_charge_and_energy_belong_to_one_capacitance() -> None:
    """Energy is the integral of v dQ, also against the published capacitance curve."""
    d = load_device("C3M0016120K")
    for a, b in ((60.0, 200.0), (200.0, 800.0), (800.0, 1100.0)):
        stored, _ = quad(lambda v: v * _slope(d, v), a, b, limit=200)
        assert stored == pytest.approx(oss_energy(d, b) - oss_energy(d, a), rel=1e-3)
    v = np.array([182.33, 245.36, 307.2, 379.4, 476.3, 600.0, 738.1, 927.8])
    c = np.array([431.8, 364.8, 326.1, 291.4, 260.1, 238.5, 218.6, 223.2]) * 1e-12
    published = float(np.trapezoid(c, v))
    ours = oss_charge(d, v[-1]) - oss_charge(d, v[0])
    assert ours == pytest.approx(published, rel=0.06)  # two digitised curves of one data sheet


def _slope(d: object, v: float) -> float:
    return (oss_charge(d, v * 1.0001) - oss_charge(d, v * 0.9999)) / (v * 0.0002)  # type: ignore[arg-type]


def test_on_resistance_parabola_passes_the_printed_points() -> None:
    for name in device_names():
        d = load_device(name)
        r = d.resistance_coefficients()
        for T, R in zip(
            d.on_resistance.temperature_degC, d.on_resistance.resistance_Ohm, strict=True
        ):
            fit = r[0] + r[1] * (T - 25.0) + r[2] * (T - 25.0) ** 2
            assert fit == pytest.approx(R, rel=0.025), name  # read from plotted curves


def test_recovery_is_zero_only_where_none_is_published() -> None:
    i = np.array([50.0])
    assert recovery_energy(load_device("CBB011M12GM4T"), i, 800.0)[0] == pytest.approx(339e-6)
    assert recovery_energy(load_device("C3M0016120K"), i, 800.0)[0] == 0.0


@pytest.mark.parametrize(
    ("name", "total"), [("C3M0065100J", 1.117), ("FF200R12KE3", 0.120), ("DD600N16K", 0.0745)]
)
def test_foster_networks_add_up_to_the_published_resistance(name: str, total: float) -> None:
    assert sum(foster_network(name).resistance_K_per_W) == pytest.approx(total, abs=1e-3)


def test_a_device_keeps_the_shape_and_gets_its_own_resistance() -> None:
    group = load_device("C3M0016120K").thermal_group(4)
    assert sum(group.R_K_per_W) == pytest.approx(0.27)
    assert group.tau_s == foster_network("C3M0065100J").time_constant_s
    assert group.devices == 4


def _broken(tmp_path: Path, old: str, new: str) -> str:
    import voltbench.plant_models.devices as module

    text = (Path(module.__file__).parent / "data/devices/C3M0016120K.toml").read_text("utf-8")
    assert old in text
    path = tmp_path / "broken.toml"
    path.write_text(text.replace(old, new), "utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("drop_V = 3.3", "drop_V = -3.3", ["body_diode.drop_V", "-3.3 V", "from 0"]),
        ("drop_V = 3.3", "dropV = 3.3", ["body_diode"]),
        ("[20.0, 30.0, 40.0,", "[20.0, 10.0, 40.0,", ["current_A must rise"]),
        ("on_J = [316e-6, ", "on_J = [", ["lengths differ"]),
        (
            "off_change_per_K = 0.00118",
            "off_change_per_K = 0.00118\non_voltage_exponent = 1",
            ["exponents"],
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, old: str, new: str, words: list[str]) -> None:
    with pytest.raises(CatalogError) as caught:
        load_device(_broken(tmp_path, old, new))
    text = str(caught.value)
    assert "\n" not in text
    assert all(word in text for word in words), text


def test_an_unknown_device_names_the_nearest() -> None:
    with pytest.raises(CatalogError, match="C3M0016120K"):
        load_device("C3M0016120")
