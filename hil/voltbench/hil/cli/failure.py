"""How a command says that it failed: one line on stderr, or one JSON object on stdout."""

import json
import sys
from typing import Any

from voltbench.hil.errors import VoltbenchError


def report(error: VoltbenchError, as_json: bool) -> int:
    """Print an error and return the exit code to leave with."""
    line, code = " ".join(str(error).split()), int(error.exit_code)
    if as_json:
        content = {"name": error.name, "message": line}
        if error.folder is not None:
            content["folder"] = str(error.folder)
        answer: dict[str, Any] = {"error": content, "exit_code": code}
        if error.summary is not None:
            answer["summary"] = error.summary
        print(json.dumps(answer, ensure_ascii=False, allow_nan=False))
        return code
    kept = "" if error.folder is None else f" (kept: {error.folder})"
    print(f"voltbench: {error.name}: {line}{kept}", file=sys.stderr)
    return code
