"""DIN SPEC 70121 bodies for the machines."""

from voltbench.hil.v2g.dialect import (
    Delivery,
    Dialect,
    EvLimits,
    EvseLimits,
    EvseStatus,
    EvStatus,
    Measured,
    PowerDeliveryReq,
    ResponseCode,
)
from voltbench.hil.v2g.messages import din
from voltbench.hil.v2g.messages.common import RelativeTimeInterval, SelectedService
from voltbench.hil.v2g.messages.enums import (
    DinResponseCode,
    EnergyTransferMode,
    EvseNotification,
    EvseProcessing,
    EvseStatusCode,
    IsolationStatus,
    PaymentOption,
    ServiceCategory,
    SupportedTransferDin,
)
from voltbench.hil.v2g.messages.frame import Protocol

SCHEDULE_s = 86400
POWER_MAX_16_BIT_W = 32767
"""PMax is a 16-bit number of watts; a stronger charger reports this much."""


class DinDialect(Dialect):
    """Builds DIN SPEC 70121 bodies."""

    protocol = Protocol.DIN
    namespace = din.NAMESPACE
    bodies = din
    codes = DinResponseCode

    def evse_status(
        self, isolation: str, code: EvseStatusCode, notification: EvseNotification
    ) -> EvseStatus:
        """Build DC_EVSEStatus."""
        return din.DcEvseStatus(
            isolation=IsolationStatus(isolation),
            status_code=code,
            notification_max_delay_s=0,
            notification=notification,
        )

    def evse_id_on_wire(self, evse_id: str) -> str:
        """Return the id's ASCII bytes in hexadecimal, as chargers send it."""
        return evse_id.encode("ascii").hex().upper()

    def service_discovery_res(self, code: ResponseCode) -> object:
        """Build ServiceDiscoveryRes: DC charging, external payment."""
        tag = din.ServiceTag(service_id=1, service_category=ServiceCategory.EV_CHARGING)
        return din.ServiceDiscoveryRes(
            response_code=DinResponseCode(code),
            payment_options=din.PaymentOptions(options=(PaymentOption.EXTERNAL_PAYMENT,)),
            charge_service=din.ChargeService(
                tag=tag, free=False, transfer=SupportedTransferDin.DC_EXTENDED
            ),
        )

    def payment_selection_res(self, code: ResponseCode) -> object:
        """Build ServicePaymentSelectionRes."""
        return din.ServicePaymentSelectionRes(response_code=DinResponseCode(code))

    def authorization_res(self, code: ResponseCode, finished: bool) -> object:
        """Build ContractAuthenticationRes."""
        return din.ContractAuthenticationRes(
            response_code=DinResponseCode(code), processing=_processing(finished)
        )

    def charge_parameters_res(
        self, code: ResponseCode, finished: bool, status: EvseStatus, limits: EvseLimits
    ) -> object:
        """Build ChargeParameterDiscoveryRes with one schedule of constant power."""
        assert isinstance(status, din.DcEvseStatus)
        entry = din.PMaxScheduleEntry(
            interval=RelativeTimeInterval(start_s=0, duration_s=SCHEDULE_s),
            power_max_W=min(int(limits.max_power_W), POWER_MAX_16_BIT_W),
        )
        schedule = din.PMaxSchedule(schedule_id=1, entries=(entry,))
        schedule_tuple = din.SaScheduleTuple(tuple_id=1, power_schedule=schedule)
        return din.ChargeParameterDiscoveryRes(
            response_code=DinResponseCode(code),
            processing=_processing(finished),
            schedules=din.SaScheduleList(tuples=(schedule_tuple,)),
            dc_parameter=din.DcEvseChargeParameter(
                evse_status=status,
                max_current_A=limits.max_current_A,
                max_power_W=limits.max_power_W,
                max_voltage_V=limits.max_voltage_V,
                min_current_A=limits.min_current_A,
                min_voltage_V=limits.min_voltage_V,
                current_tolerance_A=limits.current_tolerance_A,
                peak_ripple_A=limits.peak_ripple_A,
            ),
        )

    def cable_check_res(self, code: ResponseCode, finished: bool, status: EvseStatus) -> object:
        """Build CableCheckRes."""
        assert isinstance(status, din.DcEvseStatus)
        return din.CableCheckRes(
            response_code=DinResponseCode(code),
            evse_status=status,
            processing=_processing(finished),
        )

    def current_demand_res(
        self, code: ResponseCode, status: EvseStatus, measured: Measured, evse_id: str
    ) -> object:
        """Build CurrentDemandRes; the present limits are required here."""
        return din.CurrentDemandRes(
            response_code=code,  # type: ignore[arg-type]
            evse_status=status,  # type: ignore[arg-type]
            present_voltage_V=measured.voltage_V,
            present_current_A=measured.current_A,
            current_limit_achieved=measured.current_limit_achieved,
            voltage_limit_achieved=measured.voltage_limit_achieved,
            power_limit_achieved=measured.power_limit_achieved,
            max_voltage_V=measured.max_voltage_V,
            max_current_A=measured.max_current_A,
            max_power_W=measured.max_power_W,
        )

    def delivery(self, request: PowerDeliveryReq) -> Delivery:
        """Return what a PowerDeliveryReq asks for."""
        assert isinstance(request, din.PowerDeliveryReq)
        return Delivery.START if request.ready_to_charge else Delivery.STOP

    def payment_selection_req(self) -> object:
        """Build ServicePaymentSelectionReq."""
        return din.ServicePaymentSelectionReq(
            payment_option=PaymentOption.EXTERNAL_PAYMENT,
            service_list=din.SelectedServiceList(services=(SelectedService(service_id=1),)),
        )

    def authorization_req(self) -> object:
        """Build ContractAuthenticationReq."""
        return din.ContractAuthenticationReq()

    def charge_parameters_req(self, status: EvStatus, limits: EvLimits) -> object:
        """Build ChargeParameterDiscoveryReq."""
        assert isinstance(status, din.DcEvStatus)
        return din.ChargeParameterDiscoveryReq(
            requested_transfer=EnergyTransferMode.DC_EXTENDED,
            dc_parameter=din.DcEvChargeParameter(
                ev_status=status,
                max_current_A=limits.max_current_A,
                max_power_W=limits.max_power_W,
                max_voltage_V=limits.max_voltage_V,
                energy_capacity_Wh=limits.energy_capacity_Wh,
                energy_request_Wh=limits.energy_request_Wh,
                full_soc_percent=limits.full_soc_percent,
                bulk_soc_percent=limits.bulk_soc_percent,
            ),
        )

    def power_delivery_req(self, start: bool, status: EvStatus, complete: bool) -> object:
        """Build PowerDeliveryReq: start or stop."""
        assert isinstance(status, din.DcEvStatus)
        return din.PowerDeliveryReq(
            ready_to_charge=start,
            dc_parameter=din.DcEvPowerDeliveryParameter(
                ev_status=status, charging_complete=complete
            ),
        )

    def session_stop_req(self) -> object:
        """Build SessionStopReq."""
        return din.SessionStopReq()


def _processing(finished: bool) -> EvseProcessing:
    return EvseProcessing.FINISHED if finished else EvseProcessing.ONGOING
