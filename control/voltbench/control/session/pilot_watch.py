"""Debounced reading of the pilot state: short bounces of a wiggled plug do not count."""

from voltbench.control.session.pilot import PilotReading, PilotState, classify

INF = float("inf")


class PilotWatch:
    """Takes readings, gives the state that has lasted for the debounce time."""

    def __init__(self, debounce_s: float) -> None:
        self.debounce_s = debounce_s
        self.state = PilotState.A
        self.next_deadline_s = INF
        self._raw = PilotState.A
        self._reading: PilotReading | None = None

    def update(self, now_s: float, reading: PilotReading) -> PilotState | None:
        """Take a reading; return the previous state if the state has just changed."""
        if reading is not self._reading:
            self._reading = reading
            raw = classify(reading)
            if raw is not self._raw:
                self._raw = raw
                self.next_deadline_s = INF if raw is self.state else now_s + self.debounce_s
        if self._raw is self.state or now_s < self.next_deadline_s:
            return None
        before, self.state = self.state, self._raw
        self.next_deadline_s = INF
        return before
