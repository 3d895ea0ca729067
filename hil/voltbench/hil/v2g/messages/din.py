"""Messages of DIN SPEC 70121 (namespace urn:din:70121:2012:MsgDef) for a DC charge.

Field order, optionality and ranges follow the schema V2G_CI_MsgBody and
V2G_CI_MsgDataTypes (EcoG-io/iso15118 shared/schemas/din_spec). Left out: contract,
certificate and AC messages, service details, tariffs and signatures.
"""

from typing import Annotated

from voltbench.hil.v2g.messages.common import (
    AMPERE,
    SECOND,
    SERVICE_ID,
    SERVICE_NAME,
    VOLT,
    WATT,
    WATT_HOUR,
    RelativeTimeInterval,
    SelectedService,
)
from voltbench.hil.v2g.messages.enums import (
    DinResponseCode,
    EnergyTransferMode,
    EvErrorCode,
    EvseNotification,
    EvseProcessing,
    EvseStatusCode,
    IsolationStatus,
    PaymentOption,
    ServiceCategory,
    SupportedTransferDin,
)
from voltbench.hil.v2g.messages.schema import (
    BOOLEAN,
    LONG,
    PERCENT,
    SHORT,
    UNBOUNDED,
    UNSIGNED_INT,
    Element,
    HexBinary,
    Text,
    element,
)

NAMESPACE = "urn:din:70121:2012:MsgDef"


@element("DC_EVStatus")
class DcEvStatus:
    """State of the vehicle."""

    ready: Annotated[bool, Element("EVReady", BOOLEAN)]
    cabin_conditioning: Annotated[bool | None, Element("EVCabinConditioning", BOOLEAN)] = None
    ress_conditioning: Annotated[bool | None, Element("EVRESSConditioning", BOOLEAN)] = None
    error_code: Annotated[EvErrorCode, Element("EVErrorCode")]
    soc_percent: Annotated[int, Element("EVRESSSOC", PERCENT)]


@element("DC_EVSEStatus")
class DcEvseStatus:
    """State of the charger."""

    isolation: Annotated[IsolationStatus | None, Element("EVSEIsolationStatus")] = None
    status_code: Annotated[EvseStatusCode, Element("EVSEStatusCode")]
    notification_max_delay_s: Annotated[int, Element("NotificationMaxDelay", UNSIGNED_INT)]
    notification: Annotated[EvseNotification, Element("EVSENotification")]


@element("SessionSetupReq")
class SessionSetupReq:
    """Open a session."""

    evcc_id: Annotated[str, Element("EVCCID", HexBinary(8))]


@element("SessionSetupRes")
class SessionSetupRes:
    """The session's id is in the header."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    evse_id: Annotated[str, Element("EVSEID", HexBinary(32))]
    timestamp_s: Annotated[int | None, Element("DateTimeNow", LONG)] = None


@element("ServiceDiscoveryReq")
class ServiceDiscoveryReq:
    """Ask for the charger's services."""

    service_scope: Annotated[str | None, Element("ServiceScope", Text(32))] = None
    service_category: Annotated[ServiceCategory | None, Element("ServiceCategory")] = None


@element("PaymentOptions")
class PaymentOptions:
    """Ways of payment the charger offers."""

    options: Annotated[tuple[PaymentOption, ...], Element("PaymentOption", max_occurs=UNBOUNDED)]


@element("ServiceTag")
class ServiceTag:
    """Name of a service."""

    service_id: Annotated[int, Element("ServiceID", SERVICE_ID)]
    service_name: Annotated[str | None, Element("ServiceName", SERVICE_NAME)] = None
    service_category: Annotated[ServiceCategory, Element("ServiceCategory")]
    service_scope: Annotated[str | None, Element("ServiceScope", Text(32))] = None


@element("ChargeService")
class ChargeService:
    """The charging service."""

    tag: Annotated[ServiceTag, Element("ServiceTag")]
    free: Annotated[bool, Element("FreeService", BOOLEAN)]
    transfer: Annotated[SupportedTransferDin, Element("EnergyTransferType")]


@element("ServiceDiscoveryRes")
class ServiceDiscoveryRes:
    """The charger's services."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    payment_options: Annotated[PaymentOptions, Element("PaymentOptions")]
    charge_service: Annotated[ChargeService, Element("ChargeService")]


@element("SelectedServiceList")
class SelectedServiceList:
    """Services the vehicle selects."""

    services: Annotated[
        tuple[SelectedService, ...], Element("SelectedService", max_occurs=UNBOUNDED)
    ]


@element("ServicePaymentSelectionReq")
class ServicePaymentSelectionReq:
    """Select payment and services."""

    payment_option: Annotated[PaymentOption, Element("SelectedPaymentOption")]
    service_list: Annotated[SelectedServiceList, Element("SelectedServiceList")]


@element("ServicePaymentSelectionRes")
class ServicePaymentSelectionRes:
    """Answer to the selection."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]


@element("ContractAuthenticationReq")
class ContractAuthenticationReq:
    """Ask whether charging is authorised."""


@element("ContractAuthenticationRes")
class ContractAuthenticationRes:
    """Whether charging is authorised, or still being decided."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    processing: Annotated[EvseProcessing, Element("EVSEProcessing")]


@element("DC_EVChargeParameter")
class DcEvChargeParameter:
    """The vehicle's limits."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]
    max_current_A: Annotated[float, Element("EVMaximumCurrentLimit", AMPERE)]
    max_power_W: Annotated[float | None, Element("EVMaximumPowerLimit", WATT)] = None
    max_voltage_V: Annotated[float, Element("EVMaximumVoltageLimit", VOLT)]
    energy_capacity_Wh: Annotated[float | None, Element("EVEnergyCapacity", WATT_HOUR)] = None
    energy_request_Wh: Annotated[float | None, Element("EVEnergyRequest", WATT_HOUR)] = None
    full_soc_percent: Annotated[int | None, Element("FullSOC", PERCENT)] = None
    bulk_soc_percent: Annotated[int | None, Element("BulkSOC", PERCENT)] = None


@element("ChargeParameterDiscoveryReq")
class ChargeParameterDiscoveryReq:
    """The vehicle's limits."""

    requested_transfer: Annotated[EnergyTransferMode, Element("EVRequestedEnergyTransferType")]
    dc_parameter: Annotated[
        DcEvChargeParameter, Element("DC_EVChargeParameter", group="EVChargeParameter")
    ]


@element("PMaxScheduleEntry")
class PMaxScheduleEntry:
    """Power limit of an interval. A 16-bit number of watts: 32767 W at most."""

    interval: Annotated[RelativeTimeInterval, Element("RelativeTimeInterval", group="TimeInterval")]
    power_max_W: Annotated[int, Element("PMax", SHORT)]


@element("PMaxSchedule")
class PMaxSchedule:
    """Power limit over time."""

    schedule_id: Annotated[int, Element("PMaxScheduleID", SHORT)]
    entries: Annotated[
        tuple[PMaxScheduleEntry, ...], Element("PMaxScheduleEntry", max_occurs=UNBOUNDED)
    ]


@element("SAScheduleTuple")
class SaScheduleTuple:
    """One schedule the vehicle may choose."""

    tuple_id: Annotated[int, Element("SAScheduleTupleID", SHORT)]
    power_schedule: Annotated[PMaxSchedule, Element("PMaxSchedule")]


@element("SAScheduleList")
class SaScheduleList:
    """Schedules the vehicle may choose from."""

    tuples: Annotated[tuple[SaScheduleTuple, ...], Element("SAScheduleTuple", max_occurs=UNBOUNDED)]


@element("DC_EVSEChargeParameter")
class DcEvseChargeParameter:
    """The charger's limits."""

    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    max_current_A: Annotated[float, Element("EVSEMaximumCurrentLimit", AMPERE)]
    max_power_W: Annotated[float | None, Element("EVSEMaximumPowerLimit", WATT)] = None
    max_voltage_V: Annotated[float, Element("EVSEMaximumVoltageLimit", VOLT)]
    min_current_A: Annotated[float, Element("EVSEMinimumCurrentLimit", AMPERE)]
    min_voltage_V: Annotated[float, Element("EVSEMinimumVoltageLimit", VOLT)]
    current_tolerance_A: Annotated[
        float | None, Element("EVSECurrentRegulationTolerance", AMPERE)
    ] = None
    peak_ripple_A: Annotated[float, Element("EVSEPeakCurrentRipple", AMPERE)]
    energy_to_deliver_Wh: Annotated[float | None, Element("EVSEEnergyToBeDelivered", WATT_HOUR)] = (
        None
    )


@element("ChargeParameterDiscoveryRes")
class ChargeParameterDiscoveryRes:
    """The charger's limits and schedules."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    processing: Annotated[EvseProcessing, Element("EVSEProcessing")]
    schedules: Annotated[SaScheduleList, Element("SAScheduleList", group="SASchedules")]
    dc_parameter: Annotated[
        DcEvseChargeParameter, Element("DC_EVSEChargeParameter", group="EVSEChargeParameter")
    ]


@element("CableCheckReq")
class CableCheckReq:
    """Ask for the cable check, then poll it."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]


@element("CableCheckRes")
class CableCheckRes:
    """State of the cable check."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    processing: Annotated[EvseProcessing, Element("EVSEProcessing")]


@element("PreChargeReq")
class PreChargeReq:
    """Ask for the battery's voltage at the open contactors."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]
    target_voltage_V: Annotated[float, Element("EVTargetVoltage", VOLT)]
    target_current_A: Annotated[float, Element("EVTargetCurrent", AMPERE)]


@element("PreChargeRes")
class PreChargeRes:
    """Measured output voltage."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    present_voltage_V: Annotated[float, Element("EVSEPresentVoltage", VOLT)]


@element("DC_EVPowerDeliveryParameter")
class DcEvPowerDeliveryParameter:
    """State of the vehicle at start and stop of energy transfer."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]
    bulk_complete: Annotated[bool | None, Element("BulkChargingComplete", BOOLEAN)] = None
    charging_complete: Annotated[bool, Element("ChargingComplete", BOOLEAN)]


@element("ProfileEntry")
class ProfileEntry:
    """One step of the vehicle's charging profile."""

    start_s: Annotated[int, Element("ChargingProfileEntryStart", UNSIGNED_INT)]
    power_max_W: Annotated[int, Element("ChargingProfileEntryMaxPower", SHORT)]


@element("ChargingProfile")
class ChargingProfile:
    """Power the vehicle intends to take over time."""

    tuple_id: Annotated[int, Element("SAScheduleTupleID", SHORT)]
    entries: Annotated[tuple[ProfileEntry, ...], Element("ProfileEntry", max_occurs=UNBOUNDED)]


@element("PowerDeliveryReq")
class PowerDeliveryReq:
    """Start (true) or stop (false) energy transfer."""

    ready_to_charge: Annotated[bool, Element("ReadyToChargeState", BOOLEAN)]
    charging_profile: Annotated[ChargingProfile | None, Element("ChargingProfile")] = None
    dc_parameter: Annotated[
        DcEvPowerDeliveryParameter | None,
        Element("DC_EVPowerDeliveryParameter", group="EVPowerDeliveryParameter"),
    ] = None


@element("PowerDeliveryRes")
class PowerDeliveryRes:
    """Whether energy transfer was started or stopped."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus", group="EVSEStatus")]


@element("CurrentDemandReq")
class CurrentDemandReq:
    """Target voltage and current of the moment."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]
    target_current_A: Annotated[float, Element("EVTargetCurrent", AMPERE)]
    max_voltage_V: Annotated[float | None, Element("EVMaximumVoltageLimit", VOLT)] = None
    max_current_A: Annotated[float | None, Element("EVMaximumCurrentLimit", AMPERE)] = None
    max_power_W: Annotated[float | None, Element("EVMaximumPowerLimit", WATT)] = None
    bulk_complete: Annotated[bool | None, Element("BulkChargingComplete", BOOLEAN)] = None
    charging_complete: Annotated[bool, Element("ChargingComplete", BOOLEAN)]
    time_to_full_s: Annotated[float | None, Element("RemainingTimeToFullSoC", SECOND)] = None
    time_to_bulk_s: Annotated[float | None, Element("RemainingTimeToBulkSoC", SECOND)] = None
    target_voltage_V: Annotated[float, Element("EVTargetVoltage", VOLT)]


@element("CurrentDemandRes")
class CurrentDemandRes:
    """Measured output and the charger's present limits (required by V2G-DC-948/949/950)."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    present_voltage_V: Annotated[float, Element("EVSEPresentVoltage", VOLT)]
    present_current_A: Annotated[float, Element("EVSEPresentCurrent", AMPERE)]
    current_limit_achieved: Annotated[bool, Element("EVSECurrentLimitAchieved", BOOLEAN)]
    voltage_limit_achieved: Annotated[bool, Element("EVSEVoltageLimitAchieved", BOOLEAN)]
    power_limit_achieved: Annotated[bool, Element("EVSEPowerLimitAchieved", BOOLEAN)]
    max_voltage_V: Annotated[float | None, Element("EVSEMaximumVoltageLimit", VOLT)] = None
    max_current_A: Annotated[float | None, Element("EVSEMaximumCurrentLimit", AMPERE)] = None
    max_power_W: Annotated[float | None, Element("EVSEMaximumPowerLimit", WATT)] = None


@element("WeldingDetectionReq")
class WeldingDetectionReq:
    """Ask for the voltage left at the output."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]


@element("WeldingDetectionRes")
class WeldingDetectionRes:
    """Measured output voltage."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    present_voltage_V: Annotated[float, Element("EVSEPresentVoltage", VOLT)]


@element("SessionStopReq")
class SessionStopReq:
    """Close the session."""


@element("SessionStopRes")
class SessionStopRes:
    """The session is closed."""

    response_code: Annotated[DinResponseCode, Element("ResponseCode")]
