"""What current and voltage a vehicle asks for, request by request."""

from voltbench.hil.v2g.evcc.settings import BmsLimits, VehicleSession

INF = float("inf")


class Demand:
    """The request's course: up at the vehicle's ramp, down at once with its limits."""

    def __init__(self, session: VehicleSession) -> None:
        self.session = session
        self.current_A = 0.0
        self.stopping = False
        self.evse_max_voltage_V = INF
        self.evse_max_current_A = INF
        self.evse_max_power_W = INF
        self._last_s = -INF

    def next_current_A(self, now_s: float, bms: BmsLimits, voltage_V: float) -> float:
        """Return the current to ask for now, at the present voltage."""
        session = self.session
        elapsed = now_s - self._last_s
        self._last_s = now_s
        if self.stopping:
            fall = 0.0 if elapsed == INF else session.current_fall_A_per_s * elapsed
            self.current_A = max(0.0, self.current_A - fall)
            return self.current_A
        first = elapsed == INF
        rise = self.current_A + (0.0 if first else session.current_ramp_A_per_s * elapsed)
        power = min(session.max_power_W, self.evse_max_power_W)
        by_power = power / voltage_V if voltage_V > 0.0 else INF
        limit = min(bms.current_A, session.max_current_A, self.evse_max_current_A, by_power)
        start = session.current_start_A
        self.current_A = max(0.0, min(max(rise, start), limit))
        return self.current_A

    def target_voltage_V(self, bms: BmsLimits) -> float:
        """Return the voltage not to be exceeded."""
        return min(bms.voltage_V, self.session.max_voltage_V, self.evse_max_voltage_V)
