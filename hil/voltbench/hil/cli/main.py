"""Entry of the ``voltbench`` command: the verbs, and one way out for every error.

A verb returns its exit code or raises; here an error becomes one line (or, with
``--json``, one JSON object on stdout) and an exit code of :class:`ExitCode`.
"""

import os
import sys
from collections.abc import Sequence
from typing import Any

import typer

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # our matrices are 19 x 19: threads only spin

from voltbench.hil.cli import (
    bode,
    charge,
    chargers,
    map,
    recover,
    simulate,
    sweep,
    tune,
    vehicles,
    version,
)
from voltbench.hil.cli.failure import report
from voltbench.hil.errors import BadInput, ExitCode, Interrupted, VoltbenchError

# typer carries its own copy of click in newer releases: take the base class from what is public.
_ClickError: Any = typer.BadParameter.__mro__[2]

app = typer.Typer(
    name="voltbench",
    help="Hardware-in-the-loop control stack for EV DC fast chargers.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
for verb in (charge, simulate, bode, map, sweep, vehicles, chargers, recover, version):
    app.command(name=verb.NAME)(verb.command)
app.add_typer(tune.app, name="tune")


class UsageError(BadInput):
    """The command line itself is wrong: an unknown option, a missing value."""


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code; a user's mistake prints no traceback."""
    as_json = "--json" in arguments
    try:
        code = typer.main.get_command(app).main(
            args=list(arguments) or ["--help"], prog_name="voltbench", standalone_mode=False
        )
    except typer.Exit as done:
        return int(done.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return report(Interrupted("stopped by the user"), as_json)
    except VoltbenchError as error:
        return report(error, as_json)
    except _ClickError as error:
        return report(UsageError(_one_line(error)), as_json)
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone: nothing left to say to it
        return ExitCode.OK
    return int(code or 0)


def _one_line(error: Any) -> str:
    text = " ".join(str(error.format_message()).split())
    context = getattr(error, "ctx", None)
    where = context.command_path if context else "voltbench"
    return f"{text} (see {where} --help)" if text else f"see {where} --help"


def main() -> None:
    """Run the command line of this process and exit."""
    sys.exit(run(sys.argv[1:]))
