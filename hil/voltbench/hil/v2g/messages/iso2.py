"""Messages of ISO 15118-2 (namespace urn:iso:15118:2:2013:MsgDef) for a DC charge.

Field order, optionality and ranges follow the schema V2G_CI_MsgBody and
V2G_CI_MsgDataTypes (EcoG-io/iso15118 shared/schemas/iso15118_2). Left out: contract,
certificate and AC messages, service details, metering receipts, tariffs and signatures.
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
    ChargeProgress,
    ChargingSession,
    EnergyTransferMode,
    EvErrorCode,
    EvseNotification,
    EvseProcessingIso2,
    EvseStatusCode,
    Iso2ResponseCode,
    IsolationStatusIso2,
    PaymentOption,
    ServiceCategory,
)
from voltbench.hil.v2g.messages.schema import (
    BOOLEAN,
    LONG,
    PERCENT,
    SHORT,
    UNSIGNED_INT,
    UNSIGNED_LONG,
    UNSIGNED_SHORT,
    Base64,
    Element,
    HexBinary,
    Integer,
    Text,
    element,
)

NAMESPACE = "urn:iso:15118:2:2013:MsgDef"
EVSE_ID = Text(37, min_length=7)
TUPLE_ID = Integer(1, 255)


@element("DC_EVStatus")
class DcEvStatus:
    """State of the vehicle."""

    ready: Annotated[bool, Element("EVReady", BOOLEAN)]
    error_code: Annotated[EvErrorCode, Element("EVErrorCode")]
    soc_percent: Annotated[int, Element("EVRESSSOC", PERCENT)]


@element("DC_EVSEStatus")
class DcEvseStatus:
    """State of the charger."""

    notification_max_delay_s: Annotated[int, Element("NotificationMaxDelay", UNSIGNED_SHORT)]
    notification: Annotated[EvseNotification, Element("EVSENotification")]
    isolation: Annotated[IsolationStatusIso2 | None, Element("EVSEIsolationStatus")] = None
    status_code: Annotated[EvseStatusCode, Element("EVSEStatusCode")]


@element("SessionSetupReq")
class SessionSetupReq:
    """Open a session."""

    evcc_id: Annotated[str, Element("EVCCID", HexBinary(6))]


@element("SessionSetupRes")
class SessionSetupRes:
    """The session's id is in the header."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
    evse_id: Annotated[str, Element("EVSEID", EVSE_ID)]
    timestamp_s: Annotated[int | None, Element("EVSETimeStamp", LONG)] = None


@element("ServiceDiscoveryReq")
class ServiceDiscoveryReq:
    """Ask for the charger's services."""

    service_scope: Annotated[str | None, Element("ServiceScope", Text(64))] = None
    service_category: Annotated[ServiceCategory | None, Element("ServiceCategory")] = None


@element("PaymentOptionList")
class PaymentOptions:
    """Ways of payment the charger offers."""

    options: Annotated[tuple[PaymentOption, ...], Element("PaymentOption", max_occurs=2)]


@element("SupportedEnergyTransferMode")
class SupportedEnergyTransferMode:
    """Kinds of energy transfer the charger offers."""

    modes: Annotated[tuple[EnergyTransferMode, ...], Element("EnergyTransferMode", max_occurs=6)]


@element("ChargeService")
class ChargeService:
    """The charging service."""

    service_id: Annotated[int, Element("ServiceID", SERVICE_ID)]
    service_name: Annotated[str | None, Element("ServiceName", SERVICE_NAME)] = None
    service_category: Annotated[ServiceCategory, Element("ServiceCategory")]
    service_scope: Annotated[str | None, Element("ServiceScope", Text(64))] = None
    free: Annotated[bool, Element("FreeService", BOOLEAN)]
    transfer: Annotated[SupportedEnergyTransferMode, Element("SupportedEnergyTransferMode")]


@element("ServiceDiscoveryRes")
class ServiceDiscoveryRes:
    """The charger's services."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
    payment_options: Annotated[PaymentOptions, Element("PaymentOptionList")]
    charge_service: Annotated[ChargeService, Element("ChargeService")]


@element("SelectedServiceList")
class SelectedServiceList:
    """Services the vehicle selects."""

    services: Annotated[tuple[SelectedService, ...], Element("SelectedService", max_occurs=16)]


@element("PaymentServiceSelectionReq")
class PaymentServiceSelectionReq:
    """Select payment and services."""

    payment_option: Annotated[PaymentOption, Element("SelectedPaymentOption")]
    service_list: Annotated[SelectedServiceList, Element("SelectedServiceList")]


@element("PaymentServiceSelectionRes")
class PaymentServiceSelectionRes:
    """Answer to the selection."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]


@element("AuthorizationReq")
class AuthorizationReq:
    """Ask whether charging is authorised."""


@element("AuthorizationRes")
class AuthorizationRes:
    """Whether charging is authorised, or still being decided."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
    processing: Annotated[EvseProcessingIso2, Element("EVSEProcessing")]


@element("DC_EVChargeParameter")
class DcEvChargeParameter:
    """The vehicle's limits."""

    departure_time_s: Annotated[int | None, Element("DepartureTime", UNSIGNED_INT)] = None
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

    max_schedule_tuples: Annotated[
        int | None, Element("MaxEntriesSAScheduleTuple", UNSIGNED_SHORT)
    ] = None
    requested_transfer: Annotated[EnergyTransferMode, Element("RequestedEnergyTransferMode")]
    dc_parameter: Annotated[
        DcEvChargeParameter, Element("DC_EVChargeParameter", group="EVChargeParameter")
    ]


@element("PMaxScheduleEntry")
class PMaxScheduleEntry:
    """Power limit of an interval."""

    interval: Annotated[RelativeTimeInterval, Element("RelativeTimeInterval", group="TimeInterval")]
    power_max_W: Annotated[float, Element("PMax", WATT)]


@element("PMaxSchedule")
class PMaxSchedule:
    """Power limit over time."""

    entries: Annotated[tuple[PMaxScheduleEntry, ...], Element("PMaxScheduleEntry", max_occurs=1024)]


@element("SAScheduleTuple")
class SaScheduleTuple:
    """One schedule the vehicle may choose."""

    tuple_id: Annotated[int, Element("SAScheduleTupleID", TUPLE_ID)]
    power_schedule: Annotated[PMaxSchedule, Element("PMaxSchedule")]


@element("SAScheduleList")
class SaScheduleList:
    """Schedules the vehicle may choose from."""

    tuples: Annotated[tuple[SaScheduleTuple, ...], Element("SAScheduleTuple", max_occurs=3)]


@element("DC_EVSEChargeParameter")
class DcEvseChargeParameter:
    """The charger's limits."""

    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    max_current_A: Annotated[float, Element("EVSEMaximumCurrentLimit", AMPERE)]
    max_power_W: Annotated[float, Element("EVSEMaximumPowerLimit", WATT)]
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

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
    processing: Annotated[EvseProcessingIso2, Element("EVSEProcessing")]
    schedules: Annotated[SaScheduleList | None, Element("SAScheduleList", group="SASchedules")] = (
        None
    )
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

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    processing: Annotated[EvseProcessingIso2, Element("EVSEProcessing")]


@element("PreChargeReq")
class PreChargeReq:
    """Ask for the battery's voltage at the open contactors."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]
    target_voltage_V: Annotated[float, Element("EVTargetVoltage", VOLT)]
    target_current_A: Annotated[float, Element("EVTargetCurrent", AMPERE)]


@element("PreChargeRes")
class PreChargeRes:
    """Measured output voltage."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
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
    power_max_W: Annotated[float, Element("ChargingProfileEntryMaxPower", WATT)]
    max_phases: Annotated[
        int | None, Element("ChargingProfileEntryMaxNumberOfPhasesInUse", Integer(1, 3))
    ] = None


@element("ChargingProfile")
class ChargingProfile:
    """Power the vehicle intends to take over time."""

    entries: Annotated[tuple[ProfileEntry, ...], Element("ProfileEntry", max_occurs=24)]


@element("PowerDeliveryReq")
class PowerDeliveryReq:
    """Start, stop or renegotiate energy transfer."""

    progress: Annotated[ChargeProgress, Element("ChargeProgress")]
    tuple_id: Annotated[int, Element("SAScheduleTupleID", TUPLE_ID)]
    charging_profile: Annotated[ChargingProfile | None, Element("ChargingProfile")] = None
    dc_parameter: Annotated[
        DcEvPowerDeliveryParameter | None,
        Element("DC_EVPowerDeliveryParameter", group="EVPowerDeliveryParameter"),
    ] = None


@element("PowerDeliveryRes")
class PowerDeliveryRes:
    """Whether energy transfer was started or stopped."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
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


@element("MeterInfo")
class MeterInfo:
    """Reading of the charger's energy meter; the reading in Wh."""

    meter_id: Annotated[str, Element("MeterID", Text(32))]
    reading_Wh: Annotated[int | None, Element("MeterReading", UNSIGNED_LONG)] = None
    signature: Annotated[str | None, Element("SigMeterReading", Base64(64))] = None
    status: Annotated[int | None, Element("MeterStatus", SHORT)] = None
    time_s: Annotated[int | None, Element("TMeter", LONG)] = None


@element("CurrentDemandRes")
class CurrentDemandRes:
    """Measured output and the charger's present limits."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    present_voltage_V: Annotated[float, Element("EVSEPresentVoltage", VOLT)]
    present_current_A: Annotated[float, Element("EVSEPresentCurrent", AMPERE)]
    current_limit_achieved: Annotated[bool, Element("EVSECurrentLimitAchieved", BOOLEAN)]
    voltage_limit_achieved: Annotated[bool, Element("EVSEVoltageLimitAchieved", BOOLEAN)]
    power_limit_achieved: Annotated[bool, Element("EVSEPowerLimitAchieved", BOOLEAN)]
    max_voltage_V: Annotated[float | None, Element("EVSEMaximumVoltageLimit", VOLT)] = None
    max_current_A: Annotated[float | None, Element("EVSEMaximumCurrentLimit", AMPERE)] = None
    max_power_W: Annotated[float | None, Element("EVSEMaximumPowerLimit", WATT)] = None
    evse_id: Annotated[str, Element("EVSEID", EVSE_ID)]
    tuple_id: Annotated[int, Element("SAScheduleTupleID", TUPLE_ID)]
    meter_info: Annotated[MeterInfo | None, Element("MeterInfo")] = None
    receipt_required: Annotated[bool | None, Element("ReceiptRequired", BOOLEAN)] = None


@element("WeldingDetectionReq")
class WeldingDetectionReq:
    """Ask for the voltage left at the output."""

    ev_status: Annotated[DcEvStatus, Element("DC_EVStatus")]


@element("WeldingDetectionRes")
class WeldingDetectionRes:
    """Measured output voltage."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
    evse_status: Annotated[DcEvseStatus, Element("DC_EVSEStatus")]
    present_voltage_V: Annotated[float, Element("EVSEPresentVoltage", VOLT)]


@element("SessionStopReq")
class SessionStopReq:
    """Close or pause the session."""

    charging_session: Annotated[ChargingSession, Element("ChargingSession")]


@element("SessionStopRes")
class SessionStopRes:
    """The session is closed."""

    response_code: Annotated[Iso2ResponseCode, Element("ResponseCode")]
