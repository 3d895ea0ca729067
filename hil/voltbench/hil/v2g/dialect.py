"""What the two dialects share and where they differ, for machines that speak both.

A machine thinks in steps and quantities; a :class:`Dialect` builds the bodies of
DIN 70121 or ISO 15118-2 from them.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType

from voltbench.hil.v2g.messages import din, iso2
from voltbench.hil.v2g.messages.enums import (
    DinResponseCode,
    EvErrorCode,
    EvseNotification,
    EvseStatusCode,
    Iso2ResponseCode,
)
from voltbench.hil.v2g.messages.frame import Protocol

SessionSetupReq = din.SessionSetupReq | iso2.SessionSetupReq
SessionSetupRes = din.SessionSetupRes | iso2.SessionSetupRes
PaymentSelectionReq = din.ServicePaymentSelectionReq | iso2.PaymentServiceSelectionReq
AuthorizationRes = din.ContractAuthenticationRes | iso2.AuthorizationRes
ChargeParameterReq = din.ChargeParameterDiscoveryReq | iso2.ChargeParameterDiscoveryReq
ChargeParameterRes = din.ChargeParameterDiscoveryRes | iso2.ChargeParameterDiscoveryRes
CableCheckReq = din.CableCheckReq | iso2.CableCheckReq
CableCheckRes = din.CableCheckRes | iso2.CableCheckRes
PreChargeReq = din.PreChargeReq | iso2.PreChargeReq
PreChargeRes = din.PreChargeRes | iso2.PreChargeRes
PowerDeliveryReq = din.PowerDeliveryReq | iso2.PowerDeliveryReq
PowerDeliveryRes = din.PowerDeliveryRes | iso2.PowerDeliveryRes
CurrentDemandReq = din.CurrentDemandReq | iso2.CurrentDemandReq
CurrentDemandRes = din.CurrentDemandRes | iso2.CurrentDemandRes
WeldingDetectionRes = din.WeldingDetectionRes | iso2.WeldingDetectionRes
EvStatus = din.DcEvStatus | iso2.DcEvStatus
EvseStatus = din.DcEvseStatus | iso2.DcEvseStatus
ResponseCode = DinResponseCode | Iso2ResponseCode


class Delivery(StrEnum):
    """What a PowerDeliveryReq asks for."""

    START = "start"
    STOP = "stop"
    RENEGOTIATE = "renegotiate"


@dataclass(frozen=True, slots=True)
class EvseLimits:
    """The charger's limits, already on the wire's grid (quantities)."""

    max_current_A: float
    max_power_W: float
    max_voltage_V: float
    min_current_A: float
    min_voltage_V: float
    current_tolerance_A: float
    peak_ripple_A: float
    evse_id: str


@dataclass(frozen=True, slots=True)
class EvLimits:
    """The vehicle's limits, already on the wire's grid (quantities)."""

    max_current_A: float
    max_power_W: float
    max_voltage_V: float
    energy_capacity_Wh: float
    energy_request_Wh: float
    full_soc_percent: int
    bulk_soc_percent: int


@dataclass(frozen=True, slots=True)
class Measured:
    """What a CurrentDemandRes reports, as quantities."""

    voltage_V: float
    current_A: float
    current_limit_achieved: bool
    voltage_limit_achieved: bool
    power_limit_achieved: bool
    max_voltage_V: float
    max_current_A: float
    max_power_W: float


class Dialect(ABC):
    """Builds bodies; the parts both dialects declare alike are here."""

    protocol: Protocol
    namespace: str
    bodies: ModuleType
    codes: type[DinResponseCode] | type[Iso2ResponseCode]

    # --- the charger's side -------------------------------------------------------

    @abstractmethod
    def evse_status(
        self, isolation: str, code: EvseStatusCode, notification: EvseNotification
    ) -> EvseStatus:
        """Build DC_EVSEStatus."""

    def session_setup_res(self, code: ResponseCode, evse_id: str) -> object:
        """Build SessionSetupRes."""
        body: object = self.bodies.SessionSetupRes(
            response_code=code, evse_id=self.evse_id_on_wire(evse_id)
        )
        return body

    @abstractmethod
    def evse_id_on_wire(self, evse_id: str) -> str:
        """Return the charger's id as the dialect writes it."""

    @abstractmethod
    def service_discovery_res(self, code: ResponseCode) -> object:
        """Build ServiceDiscoveryRes: DC charging, external payment."""

    @abstractmethod
    def payment_selection_res(self, code: ResponseCode) -> object:
        """Build the response to the payment and service selection."""

    @abstractmethod
    def authorization_res(self, code: ResponseCode, finished: bool) -> object:
        """Build the response to the authorisation request."""

    @abstractmethod
    def charge_parameters_res(
        self, code: ResponseCode, finished: bool, status: EvseStatus, limits: EvseLimits
    ) -> object:
        """Build ChargeParameterDiscoveryRes with one schedule of constant power."""

    @abstractmethod
    def cable_check_res(self, code: ResponseCode, finished: bool, status: EvseStatus) -> object:
        """Build CableCheckRes."""

    def pre_charge_res(self, code: ResponseCode, status: EvseStatus, voltage_V: float) -> object:
        """Build PreChargeRes."""
        body: object = self.bodies.PreChargeRes(
            response_code=code, evse_status=status, present_voltage_V=voltage_V
        )
        return body

    def power_delivery_res(self, code: ResponseCode, status: EvseStatus) -> object:
        """Build PowerDeliveryRes."""
        body: object = self.bodies.PowerDeliveryRes(response_code=code, evse_status=status)
        return body

    @abstractmethod
    def current_demand_res(
        self, code: ResponseCode, status: EvseStatus, measured: Measured, evse_id: str
    ) -> object:
        """Build CurrentDemandRes."""

    def welding_detection_res(
        self, code: ResponseCode, status: EvseStatus, voltage_V: float
    ) -> object:
        """Build WeldingDetectionRes."""
        body: object = self.bodies.WeldingDetectionRes(
            response_code=code, evse_status=status, present_voltage_V=voltage_V
        )
        return body

    def session_stop_res(self, code: ResponseCode) -> object:
        """Build SessionStopRes."""
        body: object = self.bodies.SessionStopRes(response_code=code)
        return body

    @abstractmethod
    def delivery(self, request: PowerDeliveryReq) -> Delivery:
        """Return what a PowerDeliveryReq asks for."""

    # --- the vehicle's side -------------------------------------------------------

    def ev_status(self, ready: bool, error: EvErrorCode, soc_percent: int) -> EvStatus:
        """Build DC_EVStatus."""
        status: EvStatus = self.bodies.DcEvStatus(
            ready=ready, error_code=error, soc_percent=soc_percent
        )
        return status

    def session_setup_req(self, evcc_id: str) -> object:
        """Build SessionSetupReq."""
        body: object = self.bodies.SessionSetupReq(evcc_id=evcc_id)
        return body

    def service_discovery_req(self) -> object:
        """Build ServiceDiscoveryReq."""
        body: object = self.bodies.ServiceDiscoveryReq()
        return body

    @abstractmethod
    def payment_selection_req(self) -> object:
        """Build the selection of external payment and the charging service."""

    @abstractmethod
    def authorization_req(self) -> object:
        """Build the authorisation request."""

    @abstractmethod
    def charge_parameters_req(self, status: EvStatus, limits: EvLimits) -> object:
        """Build ChargeParameterDiscoveryReq."""

    def cable_check_req(self, status: EvStatus) -> object:
        """Build CableCheckReq."""
        body: object = self.bodies.CableCheckReq(ev_status=status)
        return body

    def pre_charge_req(self, status: EvStatus, voltage_V: float, current_A: float) -> object:
        """Build PreChargeReq."""
        body: object = self.bodies.PreChargeReq(
            ev_status=status, target_voltage_V=voltage_V, target_current_A=current_A
        )
        return body

    @abstractmethod
    def power_delivery_req(self, start: bool, status: EvStatus, complete: bool) -> object:
        """Build PowerDeliveryReq: start or stop."""

    def current_demand_req(
        self,
        status: EvStatus,
        target_voltage_V: float,
        target_current_A: float,
        limits: EvLimits,
        complete: bool,
    ) -> object:
        """Build CurrentDemandReq."""
        body: object = self.bodies.CurrentDemandReq(
            ev_status=status,
            target_current_A=target_current_A,
            max_voltage_V=limits.max_voltage_V,
            max_current_A=limits.max_current_A,
            max_power_W=limits.max_power_W,
            charging_complete=complete,
            target_voltage_V=target_voltage_V,
        )
        return body

    def welding_detection_req(self, status: EvStatus) -> object:
        """Build WeldingDetectionReq."""
        body: object = self.bodies.WeldingDetectionReq(ev_status=status)
        return body

    @abstractmethod
    def session_stop_req(self) -> object:
        """Build SessionStopReq."""
