"""Everything about a charger's session that is data."""

from dataclasses import dataclass, field

from voltbench.control.session.cable_check import CableCheckSettings
from voltbench.control.session.limits import ChargerCapability
from voltbench.control.session.pilot import STATE_F_MIN, STEP_EF_MAX, STEP_EF_MIN
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.frame import Protocol
from voltbench.hil.v2g.profiles import DIN_2014, ISO2, TimerProfile, profile
from voltbench.hil.v2g.sdp import SdpSettings
from voltbench.hil.v2g.slac import SlacSettings


@dataclass(frozen=True, slots=True)
class SeccSettings:
    """A charger as its session sees it. Times in s; unsourced unless a line says otherwise."""

    capability: ChargerCapability
    protocols: tuple[Protocol, ...] = (Protocol.DIN, Protocol.ISO2)
    timer_profiles: dict[Protocol, str] = field(
        default_factory=lambda: {Protocol.DIN: DIN_2014, Protocol.ISO2: ISO2}
    )
    cable_check: CableCheckSettings = field(default_factory=CableCheckSettings)
    slac: SlacSettings = field(default_factory=SlacSettings)
    sdp: SdpSettings = field(default_factory=SdpSettings)
    mac: str = "02A5C0000001"
    session_id: str = "5EC0000000000001"
    """Eight bytes in hexadecimal; a charger draws them at random, a simulation from its seed."""
    attenuation_dB: float = 12.0
    """What the charger's modem measures of the vehicle's sounds."""
    response_s: float = 0.010
    """From request to response; Alpitronic and Compleo take 10 to 30 ms (Ioniq28 captures)."""
    response_by_step_s: dict[Step, float] = field(default_factory=dict)
    authorization_s: float | None = 0.1
    """From the first request until charging is authorised; None: never."""
    charge_parameters_s: float = 0.0
    """From the first request until the charger's limits are known (Ongoing before)."""
    pre_charge_current_A: float = 2.0
    """Limit where the vehicle names none."""
    ramp_down_off_s: float = 1.0
    """Gates are blocked if the current has not fallen by itself after PowerDelivery(stop)."""
    discharge_timeout_s: float = 10.0
    """The discharge resistor is not rated for longer: contactors are welded, or it is broken."""
    pilot_debounce_s: float = 0.010
    state_f_s: float = STEP_EF_MIN.value
    """State F after a fault: at least Table A.5's 0.3 s; T_step_EF (4 to 8 s) by default."""
    state_f_reaction_s: float = 1.0
    """The pilot says nothing about the vehicle in state E or F: its contactors are taken as
    open after this long without current, and the output is discharged."""
    over_voltage_margin_V: float = 2.0
    """Sensor and regulation tolerance on the negotiated maximum."""
    linger_s: float = 5.0
    """After SessionStopRes the vehicle closes the connection; the charger does it then."""
    stop_grace_s: float = 30.0
    """A vehicle that ignores StopCharging is stopped hard after this."""

    def __post_init__(self) -> None:
        """Refuse malformed ids and unknown profiles early, with one line."""
        for name, digits in (("mac", 12), ("session_id", 16)):
            value = getattr(self, name)
            if len(value) != digits or any(c not in "0123456789ABCDEF" for c in value):
                raise ValueError(f"{name} {value!r} is not {digits} upper-case hexadecimal digits")
        low, high = STATE_F_MIN.value, STEP_EF_MAX.value
        if not low <= self.state_f_s <= high:
            raise ValueError(f"state_f_s {self.state_f_s} s is outside {low}..{high} s")
        if not 0.0 <= self.state_f_reaction_s < float("inf"):
            raise ValueError(
                f"state_f_reaction_s {self.state_f_reaction_s} s is not finite and at least 0 s"
            )
        for protocol in self.protocols:
            self.profile(protocol)

    def profile(self, protocol: Protocol) -> TimerProfile:
        """Return the timer profile used with a protocol."""
        found = profile(self.timer_profiles[protocol])
        if found.protocol is not protocol:
            raise ValueError(f"timer profile {found.name} is for {found.protocol}, not {protocol}")
        return found

    def latency_s(self, step: Step) -> float:
        """Time this charger takes to answer a step, in s."""
        return self.response_by_step_s.get(step, self.response_s)
