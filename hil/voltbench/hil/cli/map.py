"""``voltbench map``: efficiency, temperature, soft switching and reach of a DC-DC converter."""

import json
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from voltbench.hil.cli.bode import Page, check_page

if TYPE_CHECKING:
    from voltbench.calibration.analysis.maps.operating_map import OperatingMap

NAME = "map"
Values = Annotated[
    list[str] | None,
    typer.Option("--set", help="A value by its name, as cooling.sink_C=80.", metavar="NAME=VALUE"),
]


def command(
    converter: Annotated[str, typer.Argument(help="dab, llc or psfb.", metavar="CONVERTER")],
    modulation: Annotated[
        str | None,
        typer.Option(help="Of a DAB: single, extended or triple phase shift.", metavar="NAME"),
    ] = None,
    voltage: Annotated[
        str, typer.Option(help="Output voltages, V.", metavar="FROM:TO:COUNT")
    ] = "150:500:30",
    current: Annotated[
        str, typer.Option(help="Output currents, A.", metavar="FROM:TO:COUNT")
    ] = "0:50:30",
    values: Values = None,
    out: Page = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")
    ] = False,
) -> int:
    """Map efficiency, junction temperature, zero-voltage switching and reach of a converter."""
    check_page(out)
    found = _made(converter, modulation, voltage, current, values or [])
    from voltbench.hil.map_report import show_map, write_map

    if as_json:
        print(json.dumps(found.summary(), ensure_ascii=False, allow_nan=False))
    else:
        show_map(found)
    if out is not None:
        write_map(found, out)
        print(f"page: {out}", file=sys.stderr)
    return 0


def _made(
    converter: str, modulation: str | None, voltage: str, current: str, values: list[str]
) -> "OperatingMap":
    from rich.console import Console

    from voltbench.hil.map_setup import make_map

    console = Console(stderr=True, highlight=False)
    with console.status("solving the steady states (compiles the first time)"):
        return make_map(converter, modulation, voltage, current, values)
