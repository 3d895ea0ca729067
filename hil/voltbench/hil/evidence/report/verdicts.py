"""The verdict table: every result with value, limit, clause and where the limit comes from."""

from html import escape
from typing import Any

from voltbench.hil.evidence.report import style
from voltbench.hil.evidence.report.run import Run
from voltbench.hil.evidence.report.words import cells, limit_words, quantity, table, words_of

_ORDER = {"fail": 0, "inconclusive": 1, "pass": 2, "informative": 3}


def chip(result: str, text: str = "") -> str:
    """Return a result as a coloured word."""
    return f'<span class="chip" style="background:{style.RESULT[result]}">{text or result}</span>'


def counts_line(run: Run) -> str:
    """Return how many verdicts had each result; results that did not occur are left out."""
    counts = run.verdicts["counts"]
    chips = [chip(kind, f"{counts[kind]} {kind}") for kind in _ORDER if counts.get(kind)]
    return f'<div class="counts">{"".join(chips)}</div>'


def attention(run: Run, most: int = 8) -> str:
    """Return what failed or stayed open, for the head of the page."""
    open_ones = [v for v in run.verdicts["verdicts"] if v["result"] in ("fail", "inconclusive")]
    open_ones.sort(key=lambda verdict: _ORDER[verdict["result"]])
    lines = []
    for verdict in open_ones[:most]:
        unit = verdict["unit"]
        given = quantity(verdict["value"], unit) if verdict["value"] is not None else "no value"
        asked = f", limit {limit_words(verdict)}" if verdict["limit"] is not None else ""
        why = f" ({escape(verdict['reason'])})" if verdict["reason"] else ""
        name = words_of(verdict["name"], unit)
        lines.append(f"<li>{chip(verdict['result'])} {name}: {given}{asked}{why}</li>")
    if len(open_ones) > most:
        lines.append(f"<li>and {len(open_ones) - most} more in the table of verdicts</li>")
    return f'<ul class="attention">{"".join(lines)}</ul>' if lines else ""


def _standing(verdict: dict[str, Any]) -> str:
    """Return how far the limit itself can be trusted."""
    if not verdict["clause"]:
        return ""
    if verdict["verified"]:
        return f"verified: {escape(verdict['verified_by'])}"
    source = escape(verdict["source"])
    return "<b>unsourced</b>" if source == "unsourced" else f"not verified; {source}"


def _row(verdict: dict[str, Any]) -> list[str]:
    """Return one row of the table."""
    unit = verdict["unit"]
    value = quantity(verdict["value"], unit)
    if verdict["value"] is not None and verdict["uncertainty"]:
        value += f" <span class='faint'>± {quantity(verdict['uncertainty'], unit, 2)}</span>"
    where = (
        f"{escape(verdict['edition'])}<br><span class='faint'>{escape(verdict['clause'])}</span>"
    )
    return cells(
        chip(verdict["result"]),
        words_of(verdict["name"], unit),
        value,
        limit_words(verdict),
        where,
        f"<span class='faint'>{_standing(verdict)}</span>",
        f"<span class='faint'>{escape(verdict['reason'])}</span>",
    )


def verdict_table(run: Run) -> str:
    """Return all verdicts, what needs attention first."""
    verdicts = sorted(run.verdicts["verdicts"], key=lambda verdict: _ORDER[verdict["result"]])
    head = ("result", "quantity", "value", "limit", "edition, clause", "limit from", "remark")
    return table(head, [_row(verdict) for verdict in verdicts], numbers=(2, 3))
