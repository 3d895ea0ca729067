"""What a vehicle's file says reaches the session's machines."""

from pathlib import Path

from voltbench.hil.charge_setup import prepare
from voltbench.hil.options import ChargeOptions
from voltbench.plant_models.catalog_files import find


def test_the_file_s_patience_in_pre_charge_reaches_the_vehicle_s_session(tmp_path: Path) -> None:
    text = find("ioniq5", "vehicles").read_text("utf-8")
    own = tmp_path / "impatient.toml"
    own.write_text(text.replace("precharge_timeout_s = 7\n", "precharge_timeout_s = 3\n"), "utf-8")
    assert own.read_text("utf-8") != text
    setup = prepare(ChargeOptions(vehicle=str(own)))
    assert setup.link.evcc.session.pre_charge_timeout_s == 3.0
