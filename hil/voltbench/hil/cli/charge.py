"""``voltbench charge``: a vehicle through a full charge, live, with a verdict at the end."""

import gc
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from voltbench.hil import options as opt
from voltbench.hil.errors import BadInput, Interrupted, VoltbenchError
from voltbench.hil.module_fault import parse_module_fault
from voltbench.hil.progress import ProgressObserver

if TYPE_CHECKING:
    from voltbench.hil.charge import ChargeResult

NAME = "charge"


def command(
    charger: Annotated[
        str, typer.Option(help="Charger: a catalog name or a TOML file.", metavar="NAME")
    ] = "dc150",
    vehicle: Annotated[
        str, typer.Option(help="Vehicle: a catalog name or a TOML file.", metavar="NAME")
    ] = "ioniq5",
    soc: Annotated[
        str, typer.Option(help="State of charge from:to in %.", metavar="A:B")
    ] = "10:80",
    ambient: Annotated[
        str, typer.Option(help="Ambient temperature, -40 to 60 degC.", metavar="DEGC")
    ] = "25",
    grid: Annotated[
        str,
        typer.Option(
            help="Grid: 400V50Hz, then any of ssc=5MVA xr=3 h5=3% sag=0.7@10:0.2 loss=a@20:0.5.",
            metavar="SPEC",
        ),
    ] = "400V50Hz",
    rate: Annotated[
        str, typer.Option(help="Control interrupts, 10kHz to 50kHz.", metavar="HZ")
    ] = "20kHz",
    protocol: Annotated[
        str | None,
        typer.Option(help="din or iso2; by default the vehicle's first choice.", metavar="NAME"),
    ] = None,
    din_timers: Annotated[
        str,
        typer.Option(help="Which published set of DIN 70121 timers: 2014 or 2024.", metavar="YEAR"),
    ] = "2014",
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            help="A value of the charger's file, such as sharing.shedding=true; repeatable.",
            metavar="NAME=VALUE",
        ),
    ] = None,
    module_fault: Annotated[
        list[str] | None,
        typer.Option(
            help="Fault of a power module: 3@120:temperature (or current, link); repeatable.",
            metavar="N@S:KIND",
        ),
    ] = None,
    seed: Annotated[
        str, typer.Option(help="Seed of sensor tolerances and noise.", metavar="N")
    ] = "1",
    out: Annotated[
        Path | None,
        typer.Option(help="Folder of the result; by default below runs/.", metavar="DIR"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")
    ] = False,
) -> int:
    """Take a vehicle through a full charge and judge it."""
    start, end = opt.parse_soc(soc)
    asked = opt.ChargeOptions(
        charger=charger,
        vehicle=vehicle,
        soc_start_percent=start,
        soc_end_percent=end,
        ambient_degC=opt.parse_ambient(ambient),
        grid=opt.parse_grid(grid),
        seed=opt.parse_seed(seed),
        control_rate_Hz=opt.parse_rate(rate),
        protocol=opt.parse_protocol(protocol),
        din_timers=opt.parse_din_timers(din_timers),
        changes=tuple(settings or ()),
        module_faults=tuple(parse_module_fault(text) for text in module_fault or ()),
    )
    check_names(asked)
    return execute(opt.with_folder(asked, out), as_json)


def check_names(asked: opt.ChargeOptions) -> None:
    """Refuse unknown or malformed chargers and vehicles before anything is compiled.

    Raises
    ------
    BadInput
        One line; for an unknown name the nearest one and all known.
    """
    from voltbench.plant_models import catalog

    try:
        catalog.find(asked.charger, "chargers")
        offered = catalog.vehicle(asked.vehicle).session.protocols
    except catalog.CatalogError as error:
        raise BadInput(str(error)) from None
    if asked.protocol is not None and asked.protocol not in offered:
        raise BadInput(
            f"protocol = {asked.protocol!r}; allowed: {', '.join(offered)} ({asked.vehicle})"
        )


def execute(asked: opt.ChargeOptions, as_json: bool) -> int:
    """Run a charge with the screen around it; returns the exit code."""
    from voltbench.hil.cli.charge_screen import ChargeScreen
    from voltbench.hil.cli.charge_summary import print_summary

    try:
        with ChargeScreen(asked, to_stderr=as_json) as screen:
            outcome = run_charge(asked, screen.update)
    except KeyboardInterrupt:
        raise _kept(Interrupted("stopped by the user"), asked) from None
    except VoltbenchError as error:
        if error.summary is not None and error.folder is not None and not as_json:
            print_summary(error.summary, error.folder)
        raise _kept(error, asked) from None
    if as_json:
        print(json.dumps(outcome.summary, ensure_ascii=False, allow_nan=False))
    else:
        print_summary(outcome.summary, outcome.folder)
    return outcome.exit_code


def _kept(error: VoltbenchError, asked: opt.ChargeOptions) -> VoltbenchError:
    """Return the error with the folder of the run, where there is one."""
    if error.folder is None and asked.out is not None and asked.out.exists():
        error.folder = asked.out
    return error


def run_charge(asked: opt.ChargeOptions, observer: ProgressObserver) -> "ChargeResult":
    """Call the charge run itself; imported late because it loads the compiled kernels.

    What is made while importing stays: looking through it for garbage, again and again,
    would take a tenth of the time until the first interrupt.
    """
    gc.disable()
    try:
        from voltbench.hil.charge import run_charge as run

        gc.freeze()
    finally:
        gc.enable()
    return run(asked, observer)
