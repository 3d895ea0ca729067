"""The recorder of a run: rows, messages and events in; a folder of evidence out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from voltbench.hil.evidence import manifest
from voltbench.hil.evidence.facts import Facts
from voltbench.hil.evidence.journal import EVENTS, MESSAGES, Journal
from voltbench.hil.evidence.limit import Limit, load_all
from voltbench.hil.evidence.manifest import RunStart, State
from voltbench.hil.evidence.outcome import Outcome, conclude
from voltbench.hil.evidence.rows import Block, MatrixLayout, stored
from voltbench.hil.evidence.signals import Signal, checked
from voltbench.hil.evidence.stream import TraceStream


@dataclass(frozen=True)
class WindowRange:
    """Where a full-rate window stands: reason and last time, so that it can grow."""

    reason: str
    last_s: float


class RunRecorder:
    """Records one run into a new folder.

    The constructor checks everything before it creates the folder. Call :meth:`flush` each
    simulated second: what was flushed survives a SIGKILL. End with :meth:`finish` or
    :meth:`abort`; as a context manager the recorder aborts on its own when an exception passes.

    Parameters
    ----------
    folder
        Must not exist, or be empty.
    signals
        Columns of the trace, for instance from
        :func:`~voltbench.hil.evidence.signals.charge_signals`.
    start
        What is known about the run before it starts.
    limits
        What to judge by; the shipped limits if not given.

    Raises
    ------
    FileExistsError
        If the folder holds anything.
    ValueError
        If a signal or a limit file is wrong.
    """

    def __init__(
        self,
        folder: Path,
        signals: Sequence[Signal],
        start: RunStart,
        limits: Sequence[Limit] | None = None,
    ) -> None:
        self.folder = Path(folder)
        self._signals = checked(signals)
        self._decimated = [s for s in self._signals if s.decimated]
        self._layout = MatrixLayout(self._signals, self._decimated)
        self._full_rate = [s for s in self._signals if s.full_rate]
        self._limits = load_all() if limits is None else tuple(limits)
        if self.folder.exists() and (not self.folder.is_dir() or any(self.folder.iterdir())):
            raise FileExistsError(f"out: {self.folder} is not empty; choose a new folder")
        self.folder.mkdir(parents=True, exist_ok=True)
        manifest.begin(self.folder, start)
        self._stream = TraceStream(self.folder, self._signals, start.about_rows())
        self._messages = Journal(self.folder / MESSAGES)
        self._events = Journal(self.folder / EVENTS)
        self._last_s = float("-inf")
        self._windows: dict[int, WindowRange] = {}
        self._open = True

    @property
    def row_signals(self) -> list[str]:
        """Names of the signals in a matrix of decimated rows, in their order."""
        return [signal.name for signal in self._decimated]

    def rows(self, block: Block) -> None:
        """Append decimated rows.

        Parameters
        ----------
        block
            Every decimated signal, time increasing; see
            :func:`~voltbench.hil.evidence.rows.stored` for the forms (a matrix is the fastest).
            The arrays may be reused by the caller.
        """
        if isinstance(block, Mapping) or block.dtype.names is not None:
            rows = stored(block, self._signals, self._decimated, self._last_s)
        else:
            rows = self._layout.stored(block, self._last_s)
        if len(rows):
            self._last_s = rows.last_s
            self._stream.append(0, "", rows)

    def window(self, block: Block, window_id: int, reason: str) -> None:
        """Append full-rate rows.

        Parameters
        ----------
        block
            Any of the signals with ``time_s``; a matrix has the full-rate ones in order.
        window_id
            From 1; repeated calls continue the window.
        reason
            Why this window was kept ("EV contactors close"); one for all calls of a window.
        """
        if not 1 <= window_id <= 32767:
            raise ValueError(f"window_id: {window_id}, allowed 1 to 32767")
        known = self._windows.get(window_id, WindowRange(reason, float("-inf")))
        if known.reason != reason:
            raise ValueError(f"window {window_id}: reason {reason!r}, was {known.reason!r}")
        matrix = not isinstance(block, Mapping) and block.dtype.names is None
        required = self._full_rate if matrix else self._signals[:1]
        rows = stored(block, self._signals, required, known.last_s)
        if len(rows):
            self._windows[window_id] = WindowRange(reason, rows.last_s)
            self._stream.append(window_id, reason, rows)

    def message(self, message: Mapping[str, Any]) -> None:
        """Append one V2G message; must hold ``t_s``."""
        self._messages.append(message)

    def event(self, t_s: float, kind: str, **fields: Any) -> None:
        """Append one event at simulated time `t_s`."""
        self._events.append({"t_s": t_s, "kind": kind, **fields})

    def flush(self) -> None:
        """Hand everything recorded so far to the operating system."""
        self._stream.flush()
        self._messages.flush()
        self._events.flush()

    def finish(self, summary: Mapping[str, Any], facts: Facts) -> Outcome:
        """End a run that came to its end: judge it and write all files.

        Parameters
        ----------
        summary
            Figures with units in the names; an entry ``energy_ledger`` may hold an
            :class:`~voltbench.hil.evidence.ledger.EnergyLedger`. Wall time, host and speed
            belong here, and only here.
        facts
            What the run measured.
        """
        return self._end("complete", summary, facts, {})

    def abort(
        self,
        error: BaseException | str,
        summary: Mapping[str, Any] | None = None,
        facts: Facts | None = None,
    ) -> Outcome:
        """End a run that stopped early: keep what there is, name the error in the summary."""
        if isinstance(error, BaseException):
            named = {"name": type(error).__name__, "message": str(error)}
        else:
            named = {"name": error.split(":")[0], "message": error}
        return self._end("stopped", summary or {}, facts or Facts(), {"error": named})

    def _end(
        self, state: State, summary: Mapping[str, Any], facts: Facts, extra: dict[str, Any]
    ) -> Outcome:
        """Close the growing files and draw the conclusion."""
        if not self._open:
            raise RuntimeError(f"{self.folder}: the run has ended already")
        self._open = False
        self._stream.close()
        self._messages.close()
        self._events.close()
        return conclude(self.folder, state, {**summary, **extra}, facts, self._limits)

    @property
    def ended(self) -> bool:
        """Whether the run was ended, or its ending has begun."""
        return not self._open

    def __enter__(self) -> Self:
        """Return the recorder."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Abort a run that was not ended, so that nothing recorded is lost."""
        if self._open:
            self.abort(error or "not_finished: the run was left without finish")
