"""Errors that end a command in one clear line; anything else is a defect of the program.

The process exit codes of the commands are here too, so that scripts and tests name them.
"""

from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from typing import Any


class ExitCode(IntEnum):
    """Exit codes of the commands."""

    OK = 0
    """Nothing failed."""
    VERDICT_FAILED = 1
    BAD_INPUT = 2
    INCONCLUSIVE = 3
    """No verdict failed, but at least one could not be decided."""
    STOPPED = 4
    """The simulation stopped with a named error."""
    INTERRUPTED = 130
    """Ctrl-C (128 + SIGINT)."""


class VoltbenchError(Exception):
    """Base of the errors a user can cause or must be told about in one line."""

    exit_code = ExitCode.STOPPED
    folder: Path | None = None
    """Where what was recorded until then is kept."""
    summary: Mapping[str, Any] | None = None
    """What a run had come to until then, if it could be summed up."""

    @property
    def name(self) -> str:
        """Name shown before the message and in JSON."""
        return type(self).__name__


class BadInput(VoltbenchError):
    """A value given by the user is wrong: field, value, unit, allowed range."""

    exit_code = ExitCode.BAD_INPUT


class SimulationStopped(VoltbenchError):
    """A run ended early for a named reason; what was recorded until then is kept."""

    exit_code = ExitCode.STOPPED

    def __init__(self, name: str, message: str) -> None:
        """Keep the reason's `name` (stable, for scripts) beside the `message` for people."""
        super().__init__(message)
        self._name = name

    @property
    def name(self) -> str:
        """Name of the reason, for example ``diverged``."""
        return self._name


class Interrupted(VoltbenchError):
    """The user stopped the command."""

    exit_code = ExitCode.INTERRUPTED
