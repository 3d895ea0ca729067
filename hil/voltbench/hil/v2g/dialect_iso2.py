"""ISO 15118-2 bodies for the machines."""

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
from voltbench.hil.v2g.messages import iso2
from voltbench.hil.v2g.messages.common import RelativeTimeInterval, SelectedService
from voltbench.hil.v2g.messages.enums import (
    ChargeProgress,
    ChargingSession,
    EnergyTransferMode,
    EvseNotification,
    EvseProcessingIso2,
    EvseStatusCode,
    Iso2ResponseCode,
    IsolationStatusIso2,
    PaymentOption,
    ServiceCategory,
)
from voltbench.hil.v2g.messages.frame import Protocol

SCHEDULE_s = 86400
_DELIVERY = {
    ChargeProgress.START: Delivery.START,
    ChargeProgress.STOP: Delivery.STOP,
    ChargeProgress.RENEGOTIATE: Delivery.RENEGOTIATE,
}


class Iso2Dialect(Dialect):
    """Builds ISO 15118-2 bodies."""

    protocol = Protocol.ISO2
    namespace = iso2.NAMESPACE
    bodies = iso2
    codes = Iso2ResponseCode

    def evse_status(
        self, isolation: str, code: EvseStatusCode, notification: EvseNotification
    ) -> EvseStatus:
        """Build DC_EVSEStatus."""
        return iso2.DcEvseStatus(
            notification_max_delay_s=0,
            notification=notification,
            isolation=IsolationStatusIso2(isolation),
            status_code=code,
        )

    def evse_id_on_wire(self, evse_id: str) -> str:
        """Return the id unchanged: text in this dialect."""
        return evse_id

    def service_discovery_res(self, code: ResponseCode) -> object:
        """Build ServiceDiscoveryRes: DC charging, external payment."""
        modes = iso2.SupportedEnergyTransferMode(modes=(EnergyTransferMode.DC_EXTENDED,))
        return iso2.ServiceDiscoveryRes(
            response_code=Iso2ResponseCode(code),
            payment_options=iso2.PaymentOptions(options=(PaymentOption.EXTERNAL_PAYMENT,)),
            charge_service=iso2.ChargeService(
                service_id=1,
                service_category=ServiceCategory.EV_CHARGING,
                free=False,
                transfer=modes,
            ),
        )

    def payment_selection_res(self, code: ResponseCode) -> object:
        """Build PaymentServiceSelectionRes."""
        return iso2.PaymentServiceSelectionRes(response_code=Iso2ResponseCode(code))

    def authorization_res(self, code: ResponseCode, finished: bool) -> object:
        """Build AuthorizationRes."""
        return iso2.AuthorizationRes(
            response_code=Iso2ResponseCode(code), processing=_processing(finished)
        )

    def charge_parameters_res(
        self, code: ResponseCode, finished: bool, status: EvseStatus, limits: EvseLimits
    ) -> object:
        """Build ChargeParameterDiscoveryRes with one schedule of constant power."""
        assert isinstance(status, iso2.DcEvseStatus)
        entry = iso2.PMaxScheduleEntry(
            interval=RelativeTimeInterval(start_s=0, duration_s=SCHEDULE_s),
            power_max_W=limits.max_power_W,
        )
        schedule = iso2.PMaxSchedule(entries=(entry,))
        schedule_tuple = iso2.SaScheduleTuple(tuple_id=1, power_schedule=schedule)
        return iso2.ChargeParameterDiscoveryRes(
            response_code=Iso2ResponseCode(code),
            processing=_processing(finished),
            schedules=iso2.SaScheduleList(tuples=(schedule_tuple,)),
            dc_parameter=iso2.DcEvseChargeParameter(
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
        assert isinstance(status, iso2.DcEvseStatus)
        return iso2.CableCheckRes(
            response_code=Iso2ResponseCode(code),
            evse_status=status,
            processing=_processing(finished),
        )

    def current_demand_res(
        self, code: ResponseCode, status: EvseStatus, measured: Measured, evse_id: str
    ) -> object:
        """Build CurrentDemandRes."""
        return iso2.CurrentDemandRes(
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
            evse_id=evse_id,
            tuple_id=1,
        )

    def delivery(self, request: PowerDeliveryReq) -> Delivery:
        """Return what a PowerDeliveryReq asks for."""
        assert isinstance(request, iso2.PowerDeliveryReq)
        return _DELIVERY[request.progress]

    def payment_selection_req(self) -> object:
        """Build PaymentServiceSelectionReq."""
        return iso2.PaymentServiceSelectionReq(
            payment_option=PaymentOption.EXTERNAL_PAYMENT,
            service_list=iso2.SelectedServiceList(services=(SelectedService(service_id=1),)),
        )

    def authorization_req(self) -> object:
        """Build AuthorizationReq."""
        return iso2.AuthorizationReq()

    def charge_parameters_req(self, status: EvStatus, limits: EvLimits) -> object:
        """Build ChargeParameterDiscoveryReq."""
        assert isinstance(status, iso2.DcEvStatus)
        return iso2.ChargeParameterDiscoveryReq(
            requested_transfer=EnergyTransferMode.DC_EXTENDED,
            dc_parameter=iso2.DcEvChargeParameter(
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
        assert isinstance(status, iso2.DcEvStatus)
        return iso2.PowerDeliveryReq(
            progress=ChargeProgress.START if start else ChargeProgress.STOP,
            tuple_id=1,
            dc_parameter=iso2.DcEvPowerDeliveryParameter(
                ev_status=status, charging_complete=complete
            ),
        )

    def session_stop_req(self) -> object:
        """Build SessionStopReq."""
        return iso2.SessionStopReq(charging_session=ChargingSession.TERMINATE)


def _processing(finished: bool) -> EvseProcessingIso2:
    return EvseProcessingIso2.FINISHED if finished else EvseProcessingIso2.ONGOING
