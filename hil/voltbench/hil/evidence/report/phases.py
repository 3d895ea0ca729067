"""The session's phases as intervals of time."""

from dataclasses import dataclass

from voltbench.hil.evidence.report.run import Run

BEFORE = "idle"
"""Phase of the session until the first event of one."""


@dataclass(frozen=True)
class Interval:
    """A state that lasted."""

    name: str
    begin_s: float
    end_s: float

    @property
    def duration_s(self) -> float:
        """How long it lasted."""
        return self.end_s - self.begin_s


def phases(run: Run) -> list[Interval]:
    """Return the session's phases by the instants of their events; rows are too coarse for it."""
    begins = [
        (float(event["t_s"]), str(event["phase"]))
        for event in run.events
        # each side has its own view of the phase; the session's is the link's
        if event["kind"] == "phase" and event.get("source", "link") == "link"
    ]
    time = run.rows.time_s
    if not begins or not len(time):
        return []
    if begins[0][0] > 0.0:
        begins.insert(0, (0.0, BEFORE))
    ends = [t_s for t_s, _ in begins[1:]] + [max(float(time[-1]), begins[-1][0])]
    return [Interval(name, begin, end) for (begin, name), end in zip(begins, ends, strict=True)]


def longest(phases: list[Interval], most: int = 200) -> list[Interval]:
    """Return the longest intervals in order of time: a chattering state must not fill the page."""
    if len(phases) <= most:
        return phases
    kept = sorted(phases, key=lambda phase: phase.duration_s, reverse=True)[:most]
    return sorted(kept, key=lambda phase: phase.begin_s)
