"""Verdicts: a fact held against a limit, never a bare boolean."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from voltbench.hil.evidence.facts import Fact, Facts
from voltbench.hil.evidence.formula import Session, UnknownSession
from voltbench.hil.evidence.limit import Bound, Limit

Result = Literal["pass", "fail", "inconclusive", "informative"]


@dataclass(frozen=True)
class Verdict:
    """One judged fact; the first eight fields are what a reader needs first."""

    name: str
    value: float | None
    limit: Bound | None
    unit: str
    result: Result
    clause: str
    verified: bool
    """Whether somebody compared the limit with the standard's own text."""
    edition: str
    comparison: str
    tolerance: float
    uncertainty: float
    margin: float | None
    """Distance to the widened limit, positive inside."""
    reason: str
    source: str
    verified_by: str
    fact: str

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order, for JSON."""
        return asdict(self)


def margin_of(limit: Limit, bound: Bound, value: float) -> float:
    """Return how far a value is inside the limit widened by its tolerance (negative: outside)."""
    low, high = bound if isinstance(bound, tuple) else (bound, bound)
    below_top = high + limit.tolerance - value
    above_bottom = value - (low - limit.tolerance)
    if limit.comparison in ("max", "below"):
        return below_top
    if limit.comparison in ("min", "above"):
        return above_bottom
    return min(below_top, above_bottom)


def _sized(limit: Limit, margin: float, uncertainty: float) -> tuple[Result, str]:
    """Return the result of a measured value: the whole uncertainty must lie on one side."""
    if abs(margin) < uncertainty:
        return (
            "inconclusive",
            f"within its uncertainty of the limit (± {uncertainty:g} {limit.unit})",
        )
    strict = limit.comparison in ("below", "above")
    inside = margin > 0 or (margin == 0 and not strict)
    return ("pass", "") if inside else ("fail", "")


def _verdict(
    limit: Limit, fact: Fact | None, bound: Bound | None, result: Result, reason: str
) -> Verdict:
    """Return the verdict; whatever the limit says, an unsourced one only informs."""
    value = fact.value if fact else None
    margin = margin_of(limit, bound, value) if value is not None and bound is not None else None
    words = [reason, fact.reason if fact and fact.value is not None else "", limit.note]
    return Verdict(
        name=limit.name,
        value=value,
        limit=bound,
        unit=limit.unit,
        result="informative" if limit.unsourced else result,
        clause=limit.clause,
        verified=limit.verified,
        edition=limit.edition,
        comparison=limit.comparison,
        tolerance=limit.tolerance,
        uncertainty=fact.uncertainty if fact else 0.0,
        margin=margin,
        reason="; ".join(word for word in words if word),
        source=limit.source,
        verified_by=limit.verified_by,
        fact=limit.fact,
    )


def judge(limit: Limit, fact: Fact | None, session: Session) -> Verdict:
    """Hold one fact against one limit.

    Raises
    ------
    ValueError
        If fact and limit have different units: a mistake in the run, not a result.
    """
    if fact is not None and fact.unit != limit.unit:
        raise ValueError(f"fact {fact.name}: unit {fact.unit}, limit {limit.name} has {limit.unit}")
    if limit.applies_when is not None and limit.applies_when.excludes(session):
        return _verdict(limit, fact, None, "informative", limit.applies_when.otherwise)
    try:
        bound = limit.bound(session)
    except UnknownSession as unknown:
        return _verdict(limit, fact, None, "inconclusive", str(unknown))
    if fact is None:
        return _verdict(limit, fact, bound, "inconclusive", "the run did not report it")
    if fact.value is None:
        applies = fact.status != "not_applicable"
        return _verdict(
            limit, fact, bound, "inconclusive" if applies else "informative", fact.reason
        )
    result, reason = _sized(limit, margin_of(limit, bound, fact.value), fact.uncertainty)
    if limit.unsourced:
        words = {"pass": "within", "fail": "outside", "inconclusive": "too close to"}
        reason = f"{words[result]} the commonly quoted value, which no public source confirms"
    return _verdict(limit, fact, bound, result, reason)


def _unjudged(fact: Fact) -> Verdict:
    """Return the verdict on a fact without any limit: kept, and said so."""
    reason = "; ".join(word for word in ("no limit on file", fact.reason) if word)
    return Verdict(
        fact.name, fact.value, None, fact.unit, "informative", "", False, "", "", 0.0,
        fact.uncertainty, None, reason, "", "", fact.name,
    )  # fmt: skip


def judge_all(facts: Facts, limits: Sequence[Limit]) -> list[Verdict]:
    """Return one verdict a limit, in order, then the facts no limit speaks about."""
    verdicts = []
    for limit in limits:
        fact = facts.get(limit.fact)
        if fact is not None or limit.required:
            verdicts.append(judge(limit, fact, facts.session))
    judged = {limit.fact for limit in limits}
    return verdicts + [_unjudged(fact) for fact in facts if fact.name not in judged]


def exit_code(verdicts: Sequence[Verdict]) -> int:
    """Return 1 if any verdict failed, else 3 if any is inconclusive, else 0."""
    results = {verdict.result for verdict in verdicts}
    if "fail" in results:
        return 1
    return 3 if "inconclusive" in results else 0


def counts(verdicts: Sequence[Verdict]) -> dict[str, int]:
    """Return how many verdicts had each result."""
    kinds: tuple[Result, ...] = ("pass", "fail", "inconclusive", "informative")
    return {kind: sum(v.result == kind for v in verdicts) for kind in kinds}
