"""``voltbench bode``: a loop measured on the switched converter."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from voltbench.hil.errors import BadInput, SimulationStopped

if TYPE_CHECKING:
    from voltbench.calibration.analysis.bode import Bode

T = TypeVar("T")
NAME = "bode"
Values = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help="A value by its name, as parameters.load_resistance_Ohm=20.",
        metavar="NAME=VALUE",
    ),
]  # fmt: skip
Converters = Annotated[
    list[str] | None,
    typer.Option("--adc", help="An ADC, as u_o=0:500:12.", metavar="PROBE=LOW:HIGH:BITS"),
]
Page = Annotated[Path | None, typer.Option(help="HTML page of the plot.", metavar="FILE")]


def command(
    loop: Annotated[
        str,
        typer.Argument(
            help="A loop's name, as dab-voltage; loops are listed by tune --help.", metavar="LOOP"
        ),
    ],
    k_p: Annotated[float | None, typer.Option("--k-p", help="Proportional gain.")] = None,
    k_i: Annotated[float | None, typer.Option("--k-i", help="Integral gain.")] = None,
    bandwidth: Annotated[
        float, typer.Option(help="Without gains: by formula for this crossover, Hz.", metavar="HZ")
    ] = 1500.0,
    phase_margin: Annotated[
        float, typer.Option(help="Without gains: by formula for this margin, deg.", metavar="DEG")
    ] = 55.0,
    low: Annotated[float | None, typer.Option(help="First tone, Hz.", metavar="HZ")] = None,
    high: Annotated[float | None, typer.Option(help="Last tone, Hz.", metavar="HZ")] = None,
    points: Annotated[int, typer.Option(help="Tones.")] = 25,
    peak: Annotated[
        float | None, typer.Option(help="Peak of the injection, V or A.", metavar="PEAK")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the tones' phases.")] = 1,
    values: Values = None,
    adc: Converters = None,
    out: Page = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object on stdout, progress on stderr.")
    ] = False,
) -> int:
    """Measure a loop on the switched converter, its averaged model beside it."""
    from voltbench.hil.loop_report import bode_summary, show_bode

    check_page(out)
    if (k_p is None) != (k_i is None):
        raise BadInput("--k-p and --k-i; expected: both or neither")

    def measured() -> "Bode":
        from voltbench.calibration.analysis.bode import bode
        from voltbench.calibration.switched_loops.tappable import PiGains
        from voltbench.hil.loop_setup import loop_plant

        plant = loop_plant(loop, values or [], adc or [])
        if k_p is None or k_i is None:
            gains = plant.formula(bandwidth, phase_margin)
        else:
            gains = PiGains(k_p, k_i)
        return bode(plant, gains, low, high, points, peak, seed=seed)

    found = guarded(measured)
    if as_json:
        print(json.dumps(bode_summary(found), ensure_ascii=False, allow_nan=False))
    else:
        show_bode(found)
    finish(found, out)
    return 0


def check_page(out: Path | None) -> None:
    """Refuse a page that cannot be written, before anything runs."""
    if out is not None and out.is_dir():
        raise BadInput(f"out = {out}: is a folder; expected: an HTML file")


def guarded(run: Callable[[], T]) -> T:
    """Run with a word on the terminal; turn what a loop refuses into one line.

    Raises
    ------
    BadInput
        If a value has no meaning.
    SimulationStopped
        If the record does not show the loop, or the run met a state it cannot continue from.
    """
    from rich.console import Console

    from voltbench.calibration.analysis.response import MeasurementError
    from voltbench.calibration.analysis.tune import TuneMissed
    from voltbench.plant_models.switched.averaged.active_bridges import NoSteadyState
    from voltbench.plant_models.switched.errors import CircuitError, SwitchedRunError

    console = Console(stderr=True, highlight=False)
    try:
        with console.status("measuring on the switched converter (compiles the first time)"):
            return run()
    except SwitchedRunError as error:
        raise SimulationStopped("switched_run", str(error)) from None
    except MeasurementError as error:
        raise SimulationStopped("measurement", str(error)) from None
    except TuneMissed as error:
        raise SimulationStopped("tune_missed", str(error)) from None
    except (CircuitError, NoSteadyState, ValueError) as error:
        raise BadInput(str(error)) from None


def finish(found: "Bode", out: Path | None) -> None:
    """Write the page, where one is asked for, and say where."""
    from voltbench.hil.loop_report import write_page

    if out is None:
        return
    write_page(found, out)
    print(f"plot: {out}", file=sys.stderr)
