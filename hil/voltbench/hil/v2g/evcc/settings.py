"""Everything about a vehicle's session that is data."""

from dataclasses import dataclass, field, fields

from voltbench.control.session.limits import MATCH_VOLTAGE
from voltbench.hil.v2g.messages.catalog import Step
from voltbench.hil.v2g.messages.frame import Protocol
from voltbench.hil.v2g.profiles import DIN_2014, ISO2, TimerProfile, profile
from voltbench.hil.v2g.sdp import SdpSettings
from voltbench.hil.v2g.slac import SlacSettings

INF = float("inf")


@dataclass(frozen=True, slots=True)
class BmsLimits:
    """What the battery allows at this moment."""

    current_A: float
    voltage_V: float
    full: bool = False


@dataclass(frozen=True, slots=True)
class VehicleSession:
    """A vehicle as its session sees it. Times in s; unsourced unless a line says otherwise."""

    max_voltage_V: float
    max_current_A: float
    max_power_W: float
    energy_capacity_Wh: float
    protocols: tuple[Protocol, ...] = (Protocol.DIN, Protocol.ISO2)
    """In order of preference."""
    soc_target_percent: float = 80.0
    current_demand_period_s: float = 0.2
    """From one CurrentDemandReq to the next; 0.09 to 0.47 on real cars. A later response
    delays the next request."""
    poll_period_s: float = 0.1
    """The same for authorisation, cable check, pre-charge and welding detection."""
    processing_s: float = 0.05
    """From a response to the next request where there is no period."""
    current_start_A: float = 1.0
    current_ramp_A_per_s: float = 10.0
    """Rise of the request: a 28 kWh Ioniq asks about 11 A/s from 1 A (Ioniq28 captures)."""
    current_fall_A_per_s: float = 100.0
    """Fall of the request when the vehicle stops in good order."""
    pre_charge_offset_V: float = 0.0
    """Pre-charge target minus measured battery voltage."""
    pre_charge_target_V: float | None = None
    """Fixed pre-charge target, for vehicles that do not follow their battery."""
    pre_charge_current_A: float = 1.0
    pre_charge_settle_s: float = 0.2
    """The voltages must match for this long before the contactors close."""
    contactor_tolerance_V: float = MATCH_VOLTAGE.value
    """Largest difference across the open contactors; EVerest docs bringup/dc.rst."""
    contactor_timeout_s: float = 3.0
    """Contactor feedback must follow within; contactor budget of A3 (EVerest)."""
    plug_in_s: float = 0.5
    """Time at which the driver plugs in."""
    pwm_detection_s: float = 0.05
    """A change of the duty cycle counts after this long."""
    wake_s: float = 0.2
    """From PWM seen to the first SLAC request."""
    lock_s: float = 0.5
    """Time the inlet lock takes."""
    welding_requests_min: int = 2
    welding_requests_max: int = 15
    welding_voltage_V: float = 60.0
    """WeldingDetection ends below this."""
    ramp_down_timeout_s: float = 5.0
    """PowerDelivery(stop) is sent even if the current has not fallen by then."""
    forced_open_s: float = 3.0
    """After an abort the contactors open under load if the current does not stop."""
    inlet_missing_V: float = 50.0
    """Closed contactors and this difference between inlet and battery: something is broken."""
    inlet_missing_s: float = 0.5
    no_current_timeout_s: float = INF
    """Give up after this long in CurrentDemand without current (30 s on a Taycan, EVlogs)."""
    unlock_timeout_s: float = 15.0
    message_timeout_s: dict[Step, float] = field(default_factory=dict)
    """Own message timeouts where the car differs from the profile."""
    cable_check_timeout_s: float | None = None
    """Own patience (20 s on a Taycan, EVlogs); None: the profile's."""
    pre_charge_timeout_s: float | None = None
    """Own patience if shorter than the profile's, which no vehicle may exceed."""
    timer_profiles: dict[Protocol, str] = field(
        default_factory=lambda: {Protocol.DIN: DIN_2014, Protocol.ISO2: ISO2}
    )
    slac: SlacSettings = field(default_factory=SlacSettings)
    sdp: SdpSettings = field(default_factory=SdpSettings)
    evcc_id: str = "02A5E0000001"
    """Six bytes in hexadecimal."""

    def __post_init__(self) -> None:
        """Refuse what no vehicle can be, naming field, value, unit and range."""
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, float | int) and not value >= 0.0 and "offset" not in item.name:
                raise ValueError(f"{item.name} {value} is below 0")
        for name in ("max_voltage_V", "max_current_A", "max_power_W", "energy_capacity_Wh"):
            value = getattr(self, name)
            if not 0.0 < value < INF:
                unit = name.rsplit("_", 1)[1]
                raise ValueError(f"{name} {value} {unit} is not above 0 {unit} and finite")
        if not 0.0 < self.soc_target_percent <= 100.0:
            raise ValueError(f"soc_target_percent {self.soc_target_percent} % is outside 0..100 %")
        if len(self.evcc_id) != 12 or any(c not in "0123456789ABCDEF" for c in self.evcc_id):
            raise ValueError(f"evcc_id {self.evcc_id!r} is not 12 upper-case hexadecimal digits")
        if not self.protocols:
            raise ValueError("protocols is empty: a vehicle offers at least one")

    def profile(self, protocol: Protocol) -> TimerProfile:
        """Return the timer profile used with a protocol."""
        return profile(self.timer_profiles[protocol])

    def timeout_s(self, step: Step, using: TimerProfile) -> float:
        """How long this vehicle waits for a response, in s."""
        own = self.message_timeout_s.get(step)
        return using.timeout_s(step) if own is None else own
