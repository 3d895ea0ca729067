"""Every mistake in a data file is one line: file, field, value, unit, allowed range."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from voltbench.plant_models import catalog
from voltbench.plant_models.catalog_errors import unit_of
from voltbench.plant_models.charger_data import Charger

GOOD = catalog.find("zoe", "vehicles").read_text("utf-8")


def complaint(tmp_path: Path, old: str, new: str) -> str:
    assert GOOD.count(old) >= 1, f"{old!r} is no longer in the file"
    path = tmp_path / "mine.toml"
    path.write_text(GOOD.replace(old, new, 1), "utf-8")
    with pytest.raises(catalog.CatalogError) as caught:
        catalog.vehicle(str(path))
    text = str(caught.value)
    assert "\n" not in text
    assert text.startswith(str(path))
    return text.removeprefix(f"{path}: ")


NESTED = {
    "arrays": lambda n: "[" * n + "]" * n,
    "inline tables": lambda n: "{a = " * n + "1" + "}" * n,
}


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("levels", [50, 400, 950, 5000])
def test_nesting_is_refused_by_one_line(kind: str, levels: int, tmp_path: Path) -> None:
    new = f"maximum_current_A = {NESTED[kind](levels)}"
    text = complaint(tmp_path, "maximum_current_A = 165", new)
    assert "nested too deeply" in text or "limits.maximum_current_A" in text
    assert levels < 5000 or "nested too deeply" in text


def test_dotted_nesting_is_refused_by_one_line(tmp_path: Path) -> None:
    new = f"maximum_current_A.{'.'.join('a' * 5000)} = 1"
    text = complaint(tmp_path, "maximum_current_A = 165", new)
    assert text.startswith("limits.maximum_current_A = a table")


def test_a_users_own_file_is_as_good_as_ours(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD, "utf-8")
    assert catalog.vehicle(str(path)) == catalog.vehicle("zoe")


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            'protocols = ["din", "iso2"]',
            'protocols = ["din", "din"]',
            "session: protocols = din, din; allowed: din and iso2, each at most once",
        ),
        (
            "maximum_current_A = 165",
            "maximum_current_A = 9000",
            "limits.maximum_current_A = 9000 A; allowed: from 1 to 3000 A",
        ),
        (
            "maximum_current_A = 165",
            'maximum_current_A = "165"',
            "limits.maximum_current_A = '165'; allowed: from 1 to 3000 A",
        ),
        ("maximum_current_A = 165", "maximum_current_A = nan", "limits.maximum_current_A = nan A"),
        (
            "maximum_current_A = 165\n",
            "",
            "limits.maximum_current_A is missing; allowed: from 1 to 3000 A",
        ),
        (
            "heat_capacity_J_per_K = 260000",
            "heat_capacity_J_per_K = -1",
            "battery.thermal.heat_capacity_J_per_K = -1 J/K; allowed: from 1000 to 1e+07 J/K",
        ),
        (
            "usable_energy_kWh",
            "usable_energie_kWh",
            "battery.usable_energie_kWh is not a field of this file; "
            "did you mean usable_energy_kWh?",
        ),
        (
            'protocols = ["din", "iso2"]',
            'protocols = ["din", "iso20"]',
            "session.protocols[1] = 'iso20'; allowed: din, iso2",
        ),
        (
            "soc_percent = [0, 52, 80, 100]",
            "soc_percent = [0, 80, 52, 100]",
            "charge_curve: soc_percent[2] = 52 after 80; allowed: ascending values",
        ),
        (
            "soc_percent = [0, 52, 80, 100]",
            "soc_percent = [0, 52, 100]",
            "charge_curve: soc_percent has 3 entries, power_kW has 4: must be equal",
        ),
        (
            "soc_percent = [0, 52, 80, 100]",
            "soc_percent = [0, 52, 80, 101]",
            "charge_curve.soc_percent[3] = 101 %; allowed: from 0 to 100 %",
        ),
        (
            "maximum_voltage_V = 412",
            "maximum_voltage_V = 390",
            "limits.maximum_voltage_V = 390 V is below the battery's voltage at 100 %; "
            "allowed: from 401.3 to 1500 V",
        ),
        (
            "minimum_voltage_V = 268.8",
            "minimum_voltage_V = 450",
            "limits: minimum_voltage_V = 450 V; allowed: below maximum_voltage_V = 412 V",
        ),
        (
            'ocv_table = "nmc_demonstration"',
            'ocv_table = "nmc_demonstratoin"',
            "battery = 'nmc_demonstratoin' is unknown (did you mean nmc_demonstration?)",
        ),
        ("[battery.thermal]", "[battery.thermal", "malformed TOML: "),
    ],
)
def test_one_line_names_field_value_unit_and_range(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    assert line in complaint(tmp_path, old, new)


def test_a_group_without_origin_is_refused(tmp_path: Path) -> None:
    group = GOOD[GOOD.index("[limits.derating]") : GOOD.index("[charge_curve]")]
    assumed = next(line for line in group.splitlines() if line.startswith("assumed"))
    line = complaint(tmp_path, assumed, "")
    assert line.startswith("limits.derating: needs source = '...' or assumed = '...'")


def test_unknown_name_lists_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(catalog.CatalogError, match=r"did you mean ioniq5\?.*known: .*polestar2"):
        catalog.vehicle("Ionic5")
    with pytest.raises(catalog.CatalogError, match=r"'qqqq' is unknown; known: "):
        catalog.vehicle("qqqq")


def test_missing_file_is_named() -> None:
    with pytest.raises(catalog.CatalogError, match=r"vehicle file = 'nowhere.toml' does not exist"):
        catalog.vehicle("nowhere.toml")


def test_unreadable_text_is_named(tmp_path: Path) -> None:
    path = tmp_path / "latin.toml"
    path.write_bytes(b'title = "\xe9"')
    with pytest.raises(catalog.CatalogError, match="cannot be read"):
        catalog.vehicle(str(path))


class Unknown(BaseModel):
    """A model the catalog has never seen."""

    model_config = ConfigDict(extra="forbid")
    wheels: int = Field(ge=2, le=8)


def test_the_loader_serves_any_model(tmp_path: Path) -> None:
    path = tmp_path / "thing.toml"
    path.write_text("wheels = 4")
    assert catalog.load(str(path), Unknown, "things").wheels == 4
    path.write_text("wheels = 1")
    with pytest.raises(catalog.CatalogError, match="wheels = 1; allowed: a whole number from 2"):
        catalog.load(str(path), Unknown, "things")


@pytest.mark.parametrize(
    ("field", "unit"),
    [
        ("power_kW", "kW"),
        ("current_ramp_A_per_s", "A/s"),
        ("heat_capacity_J_per_K", "J/K"),
        ("temperature_coefficient_per_K", "1/K"),
        ("soc_percent", "%"),
        ("factor", ""),
        ("V", ""),
    ],
)
def test_the_unit_is_in_the_name(field: str, unit: str) -> None:
    assert unit_of(field) == unit


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            'type = "lcl"',
            'type = "lc"',
            "front_end.filter.type = 'lc'; allowed: lcl, boost_inductor",
        ),
        (
            'type = "lcl"\n',
            "",
            "front_end.filter.type is missing; allowed: lcl, boost_inductor",
        ),
        (
            "filter_capacitance_F = 20e-6",
            "filter_capacitance_F = 0.0",
            "front_end.filter.filter_capacitance_F = 0 F; allowed: above 0 F",
        ),
        (
            'type = "lcl"',
            'type = "boost_inductor"',
            "front_end.filter.filter_capacitance_F is not a field of this file",
        ),
    ],
)
def test_the_kind_of_a_table_is_no_part_of_its_path(
    tmp_path: Path, old: str, new: str, line: str
) -> None:
    text = catalog.find("dc30", "chargers").read_text("utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(catalog.CatalogError) as caught:
        catalog.load(str(path), Charger, "chargers")
    assert str(caught.value).startswith(f"{path}: {line}")
    assert "\n" not in str(caught.value)


def test_range_of_the_sensor_filter(tmp_path: Path) -> None:
    text = catalog.find("dc22", "chargers").read_text("utf-8")
    path = tmp_path / "mine.toml"
    path.write_text(text.replace("voltage_filter_Hz = 5e3", "voltage_filter_Hz = 10.0"), "utf-8")
    with pytest.raises(catalog.CatalogError, match="10 Hz; allowed: from 500 to 100000 Hz"):
        catalog.load(str(path), Charger, "chargers")
