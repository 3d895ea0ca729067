"""``voltbench tune show``: bandwidths, gains and margins of a charger's loops."""

import json
from typing import Annotated

import typer

from voltbench.hil.errors import BadInput

app = typer.Typer(help="Control loops of a charger.", rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Control loops of a charger."""


@app.command("show")
def show(
    charger: Annotated[
        str, typer.Option(help="Charger: a catalog name or a TOML file.", metavar="NAME")
    ] = "dc150",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array on stdout.")] = False,
) -> int:
    """Show the bandwidth and the margins of every loop, by python-control."""
    from voltbench.plant_models import catalog

    try:
        catalog.find(charger, "chargers")
        from voltbench.calibration.margins import margins_table

        listed = margins_table(charger)
    except catalog.CatalogError as error:
        raise BadInput(str(error)) from None
    if as_json:
        print(json.dumps(listed, ensure_ascii=False))
        return 0
    from rich.console import Console

    from voltbench.hil.cli.tables import plain_table

    shown = [{_head(key): shorten(value) for key, value in row.items()} for row in listed]
    numeric = tuple(_head(key) for key, value in listed[0].items() if not isinstance(value, str))
    Console().print(plain_table(shown, right=numeric))
    return 0


def shorten(value: object) -> str:
    """Return a cell of the table: three digits of a number, a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
    return str(value)


def _head(key: str) -> str:
    """Return a column's head: its words one below the other."""
    return key.replace("_", "\n")
