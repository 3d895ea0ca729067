"""``voltbench tune``: gains proved on the switched converter; a charger's loops and margins."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from voltbench.calibration.switched_loops.catalog import LOOPS
from voltbench.hil.cli.bode import Converters, Page, Values, check_page, finish, guarded
from voltbench.hil.errors import BadInput

if TYPE_CHECKING:
    from rich.table import Table

    from voltbench.calibration.analysis.tune import Tuned

app = typer.Typer(
    help="From a bandwidth and a phase margin to gains, measured on the switched converter.",
    rich_markup_mode=None,
)


@app.callback()
def _group() -> None:
    """From a bandwidth and a phase margin to gains, measured on the switched converter."""


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

    console = Console(highlight=False)
    for rate_Hz in dict.fromkeys(row["sampling_Hz"] for row in listed):
        group = [row for row in listed if row["sampling_Hz"] == rate_Hz]
        console.print(f"\nloops sampled at {_rate(rate_Hz)}")
        console.print(margin_table(group))
    return 0


_NUMBERS = {
    "asked_Hz": "asked\nHz",
    "crossover_Hz": "cross-\nover\nHz",
    "phase_margin_deg": "phase\nmargin\ndeg",
    "gain_margin_dB": "gain\nmargin\ndB",
    "modulus_margin": "modulus\nmargin",
}
"""Columns and their heads, words one below the other: numbers stay whole at 80 columns."""


def margin_table(rows: Sequence[Mapping[str, Any]]) -> "Table":
    """Return the loops of one sampling rate, the conditions of each below its name."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=0, header_style="bold")
    table.add_column("loop\n conditions")
    for head in _NUMBERS.values():
        table.add_column(head, justify="right", no_wrap=True, min_width=6)
    for row in rows:
        loop = Text(row["loop"])
        if row["stable"] != "yes":
            loop.append(" UNSTABLE", style="bold red")
        if row["note"]:
            loop.append(f"\n {row['note']}", style="dim")
        table.add_row(loop, *(shorten(row[key]) for key in _NUMBERS))
    return table


def shorten(value: object) -> str:
    """Return a cell of the table: three digits of a number, a dash for none."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.0f}" if value >= 1000 else f"{value:.3g}"
    return str(value)


def _rate(rate_Hz: Any) -> str:
    """Return a sampling rate without the digits a float32 period leaves."""
    return f"{rate_Hz / 1e3:.4g} kHz" if rate_Hz >= 1000 else f"{rate_Hz:.4g} Hz"


def _command(name: str) -> Callable[..., int]:
    def command(
        bandwidth: Annotated[
            float, typer.Option(help="Crossover of the open loop, Hz.", metavar="HZ")
        ],
        phase_margin: Annotated[
            float, typer.Option(help="Phase margin at the crossover, deg.", metavar="DEG")
        ],
        seed: Annotated[int, typer.Option(help="Seed of the injected tones.")] = 1,
        values: Values = None,
        adc: Converters = None,
        out: Page = None,
        as_json: Annotated[
            bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")
        ] = False,
    ) -> int:
        check_page(out)

        def tuned() -> "Tuned":
            from voltbench.calibration.analysis.tune import tune
            from voltbench.hil.loop_setup import loop_plant

            return tune(loop_plant(name, values or [], adc or []), bandwidth, phase_margin, seed)

        found = guarded(tuned)
        _tell(found, as_json)
        finish(found.bode, out)
        return 0

    return command


def _tell(found: "Tuned", as_json: bool) -> None:
    from voltbench.hil.loop_report import bode_summary, show_bode

    if as_json:
        formula = {"k_p": found.formula.k_p, "k_i": found.formula.k_i}
        told = {
            "asked": {
                "crossover_Hz": found.bandwidth_Hz,
                "phase_margin_deg": found.phase_margin_deg,
            },
            "formula_gains": formula,
            "measurements": len(found.rounds),
            **bode_summary(found.bode),
        }
        print(json.dumps(told, ensure_ascii=False, allow_nan=False))
        return
    show_bode(found.bode)
    many = "once" if len(found.rounds) == 1 else f"{len(found.rounds)} times"
    print(f"  asked {found.bandwidth_Hz:g} Hz, {found.phase_margin_deg:g} deg; measured {many}")


for _name, (_about, _) in LOOPS.items():
    app.command(_name, help=_about)(_command(_name))
