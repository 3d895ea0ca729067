"""Error over-voltage rule at the output: above the negotiated limit for too long.

IEC 61851-23:2023 6.3.1.106.3, Table 104 (source: EVerest over_voltage_monitor.yaml):
under 200 ms must be tolerated, above 400 ms the charger shuts down. The emergency
rule (Table 103, 9 ms) is faster than a session and lives in the stage's protection.
"""

from voltbench.control.session.sourced import Sourced

SHUTDOWN_AFTER = Sourced(
    0.4, "s", "IEC 61851-23:2023 6.3.1.106.3", "EVerest/EVerest@aa8113f over_voltage_monitor.yaml"
)


class ErrorOverVoltage:
    """Times how long the output has been above the negotiated maximum."""

    def __init__(self, negotiated_max_V: float) -> None:
        self.negotiated_max_V = negotiated_max_V
        self._since_s: float | None = None

    def exceeded(self, now_s: float, voltage_V: float) -> bool:
        """Whether the charger has to shut down now."""
        if voltage_V <= self.negotiated_max_V:
            self._since_s = None
            return False
        if self._since_s is None:
            self._since_s = now_s
        return now_s >= self._since_s + SHUTDOWN_AFTER.value

    @property
    def next_deadline_s(self) -> float:
        """When the rule bites if the voltage stays up, in s."""
        since = self._since_s
        return float("inf") if since is None else since + SHUTDOWN_AFTER.value
