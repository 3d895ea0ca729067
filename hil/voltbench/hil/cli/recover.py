"""``voltbench recover DIR``: rebuild the folder of a run that was killed."""

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from voltbench.hil.errors import BadInput

NAME = "recover"


def command(
    folder: Annotated[Path, typer.Argument(help="Folder of the run.", metavar="DIR")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> int:
    """Rebuild the trace and manifest of a run that was killed."""
    from voltbench.hil.evidence.recover import RecoverError, recover

    try:
        recovered = recover(folder)
    except RecoverError as error:
        raise BadInput(str(error)) from None
    if as_json:
        content = {**dataclasses.asdict(recovered), "folder": str(recovered.folder)}
        print(json.dumps(content, ensure_ascii=False))
    else:
        print(recovered)
    return 0
