"""The end of a run: seal the trace, judge the facts, write summary, report and manifest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voltbench.hil.evidence import jsontext, manifest
from voltbench.hil.evidence.facts import Facts
from voltbench.hil.evidence.ledger import EnergyLedger
from voltbench.hil.evidence.limit import Limit
from voltbench.hil.evidence.parquet import TRACE, Sealed, seal
from voltbench.hil.evidence.stream import STREAM
from voltbench.hil.evidence.verdict import Verdict, counts, exit_code, judge_all

VERDICTS = "verdicts.json"
SUMMARY = "summary.json"


@dataclass(frozen=True)
class Outcome:
    """What a run came to."""

    folder: Path
    state: manifest.State
    verdicts: tuple[Verdict, ...]
    summary: Mapping[str, Any]
    """As in ``summary.json``, with the verdicts in it."""
    sealed: Sealed

    @property
    def exit_code(self) -> int:
        """0 nothing failed, 1 a verdict failed, 3 inconclusive."""
        return exit_code(self.verdicts)


def _editions(limits: Sequence[Limit]) -> list[str]:
    """Return the editions judged by, in order."""
    return list(dict.fromkeys(limit.edition for limit in limits))


def write_verdicts(folder: Path, facts: Facts, limits: Sequence[Limit]) -> tuple[Verdict, ...]:
    """Judge the facts and write ``verdicts.json``: simulated quantities only, no wall time."""
    verdicts = tuple(judge_all(facts, limits))
    content = {
        "format": "voltbench verdicts 1",
        "session": dict(sorted(facts.session.items())),
        "editions": _editions(limits),
        "counts": counts(verdicts),
        "verdicts": [verdict.as_dict() for verdict in verdicts],
    }
    jsontext.write(folder / VERDICTS, jsontext.page(content))
    return verdicts


def write_summary(
    folder: Path, summary: Mapping[str, Any], sealed: Sealed, verdicts: Sequence[Verdict]
) -> dict[str, Any]:
    """Write ``summary.json`` and return its content."""
    content = dict(summary)
    ledger = content.pop("energy_ledger", None)
    if isinstance(ledger, EnergyLedger):
        content["energy_ledger"] = ledger.as_dict()
    elif ledger is not None:
        content["energy_ledger"] = ledger
    content["trace"] = {
        "rows": sealed.rows,
        "window_rows": sealed.window_rows,
        "windows": sealed.windows,
        "last_time_s": sealed.last_time_s,
        "torn_bytes": sealed.torn_bytes,
    }
    content.setdefault("duration_s", sealed.last_time_s)
    content["verdicts"] = [verdict.as_dict() for verdict in verdicts]
    jsontext.write(folder / SUMMARY, jsontext.page(content))
    written: dict[str, Any] = jsontext.plain(content)
    return written


def conclude(
    folder: Path,
    state: manifest.State,
    summary: Mapping[str, Any],
    facts: Facts,
    limits: Sequence[Limit],
    **extra: Any,
) -> Outcome:
    """Turn a folder whose stream is closed into evidence.

    The stream goes last, when the manifest already vouches for what replaces it: a kill at any
    instant leaves a folder that can be recovered. A report that cannot be drawn is named in the
    manifest and never costs the data.
    """
    from voltbench.hil.evidence.report import write_report

    sealed = seal(folder / STREAM, folder / TRACE)
    verdicts = write_verdicts(folder, facts, limits)
    content = write_summary(folder, summary, sealed, verdicts)
    if state == "complete":
        write_report(folder)
    else:
        try:
            write_report(folder)
        except Exception as error:  # whatever it is, the data of a failed run come first
            extra["report_error"] = f"{type(error).__name__}: {error}"
    manifest.finish(folder, state, **extra)
    (folder / STREAM).unlink()
    return Outcome(folder, state, verdicts, content, sealed)
