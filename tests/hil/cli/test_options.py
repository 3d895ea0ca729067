"""Values typed by a user: what is read, and the one line when it is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from voltbench.hil import options as opt
from voltbench.hil.grid_spec import GridSpec, PhaseLossSpec, SagSpec, parse_grid

DISTURBED = "400V50Hz,ssc=0.5MVA,xr=5,h5=3%,h7=-2%,sag=0.7@10:0.2,sag=0.4bc@20:0.1,loss=a@30:0.5"


def test_grid_reads_every_item() -> None:
    assert parse_grid(DISTURBED) == GridSpec(
        voltage_V=400,
        frequency_Hz=50,
        short_circuit_power_VA=500e3,
        x_over_r=5,
        harmonics=((5, 0.03), (7, -0.02)),
        sags=(SagSpec(10, 0.2, 0.7), SagSpec(20, 0.1, 0.4, "bc")),
        phase_loss=PhaseLossSpec(30, 0.5, "a"),
    )


@pytest.mark.parametrize("text", ["400V50Hz", "480V60Hz", DISTURBED, "690V50Hz,loss=c@1"])
def test_grid_is_written_as_it_is_read(text: str) -> None:
    assert str(parse_grid(text)) == text
    assert parse_grid(str(parse_grid(text))) == parse_grid(text)


def test_grid_reaches_the_plant_unchanged() -> None:
    plant = parse_grid(DISTURBED).plant()
    assert plant.harmonics == {5: 0.03, 7: -0.02}
    assert plant.sags[1].phases == (False, True, True)
    assert plant.phase_loss is not None
    assert plant.phase_loss.phase == 0
    # short-circuit impedance by hand: 400^2 / 500 kVA = 0.32 ohm
    R, L = plant.impedance()
    assert (R**2 + (100 * 3.14159265 * L) ** 2) ** 0.5 == pytest.approx(0.32, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("0V50Hz", "grid voltage = 0 V; allowed: 80 to 690 V"),
        ("400V", "grid = '400V'; allowed: volts and hertz such as 400V50Hz"),
        ("400V0Hz", "grid frequency = 0 Hz; allowed: 45 to 65 Hz"),
        ("400V50Hz,h5=50%", "grid h5 = 50 %; allowed: -30 to 30 %"),
        ("400V50Hz,h9=1%", "grid h9 = 1%; allowed: orders not divisible by 3"),
        ("400V50Hz,sag=2@1:1", "grid sag residual = 2 per unit; allowed: 0 to 1.5 per unit"),
        ("400V50Hz,sag=0.5@1", "grid sag = '0.5@1'; allowed: residual@start:duration"),
        ("400V50Hz,loss=d@1", "grid loss = 'd@1'; allowed: phase@start:duration"),
        ("400V50Hz,loss=a@1,loss=b@1", "allowed: one lost phase a run"),
        ("400V50Hz,ssc=5", "grid ssc = '5'; allowed: 0.1 to 10000 MVA"),
        ("400V50Hz,flicker=1", "grid item = 'flicker=1'; allowed: ssc=5MVA"),
        ("400V50Hz" + ",sag=0.5@1:1" * 9, "grid sags = 9; allowed: at most 8"),
    ],
)
def test_a_bad_grid_is_one_line(text: str, line: str) -> None:
    with pytest.raises(opt.OptionError) as caught:
        parse_grid(text)
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (opt.parse_soc, "10:80", (10, 80)),
        (opt.parse_soc, "0%:100%", (0, 100)),
        (opt.parse_ambient, "-40degC", -40),
        (opt.parse_rate, "20kHz", 20e3),
        (opt.parse_rate, "12500", 12.5e3),
        (opt.parse_rate, "50k", 50e3),
        (opt.parse_seed, "0", 0),
    ],
)
def test_good_values(parse: Callable[[str], object], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "line"),
    [
        (opt.parse_soc, "90:10", "soc = 90:10 %; allowed: start below end, 0 to 100 %"),
        (opt.parse_soc, "50:50", "soc = 50:50 %"),
        (opt.parse_soc, "10:101", "soc end = 101 %; allowed: 0 to 100 %"),
        (opt.parse_soc, "ten:20", "soc start = 'ten' is not a number"),
        (opt.parse_soc, "80", "soc = '80'; allowed: start:end in %"),
        (opt.parse_ambient, "-200", "ambient = -200 degC; allowed: -40 to 60 degC"),
        (opt.parse_ambient, "nan", "ambient = nan degC; allowed: -40 to 60 degC"),
        (opt.parse_rate, "9.9kHz", "rate = 9900 Hz; allowed: 10000 to 50000 Hz"),
        (opt.parse_rate, "xkHz", "rate = 'xkHz' is not a number"),
        (opt.parse_seed, "-1", "seed = -1; allowed: 0 to 4294967295"),
        (opt.parse_seed, "1.5", "seed = '1.5' is not a whole number"),
        (opt.parse_protocol, "iso20", "protocol = 'iso20'; allowed: din, iso2"),
        (opt.parse_din_timers, "2012", "din-timers = '2012'; allowed: 2014, 2024"),
    ],
)
def test_a_bad_value_is_one_line(parse: Callable[[str], object], text: str, line: str) -> None:
    with pytest.raises(opt.OptionError) as caught:
        parse(text)
    assert line in str(caught.value)


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keep").write_text("mine")
    with pytest.raises(opt.OptionError, match="is not empty"):
        opt.with_folder(opt.ChargeOptions(), tmp_path)
    with pytest.raises(opt.OptionError, match="is a file"):
        opt.with_folder(opt.ChargeOptions(), tmp_path / "keep")
    with pytest.raises(opt.OptionError, match="cannot write to"):
        opt.with_folder(opt.ChargeOptions(), tmp_path / "keep" / "below")


def test_default_folder_is_never_one_that_exists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = opt.ChargeOptions(vehicle="cars/mine.toml").default_out()
    assert first == Path("runs/dc150-mine-10-80-seed1")
    first.mkdir(parents=True)
    second = opt.ChargeOptions(vehicle="cars/mine.toml").default_out()
    assert second == Path("runs/dc150-mine-10-80-seed1-2")
