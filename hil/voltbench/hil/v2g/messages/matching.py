"""Messages before TCP: SLAC (ISO 15118-3) and SDP, as typed objects without bytes.

Only what the session decides on is kept: the sound count, the attenuation of the
58 carrier groups as one average number, the endpoint's port.
"""

from typing import Annotated

from voltbench.hil.v2g.messages.schema import (
    BOOLEAN,
    UNSIGNED_BYTE,
    UNSIGNED_SHORT,
    Element,
    HexBinary,
    Physical,
    element,
)

_MAC = HexBinary(6)
_DECIBEL = Physical("dB")


@element("CM_SLAC_PARM.REQ")
class SlacParmReq:
    """The vehicle starts matching."""

    run_id: Annotated[str, Element("RunID", HexBinary(8))]


@element("CM_SLAC_PARM.CNF")
class SlacParmCnf:
    """The charger answers with the number of sounds it wants."""

    run_id: Annotated[str, Element("RunID", HexBinary(8))]
    sounds: Annotated[int, Element("NUM_SOUNDS", UNSIGNED_BYTE)]
    timeout_ms: Annotated[int, Element("Time_Out", UNSIGNED_SHORT)]


@element("CM_START_ATTEN_CHAR.IND")
class StartAttenCharInd:
    """Announces sounding; sent three times."""

    sounds: Annotated[int, Element("NUM_SOUNDS", UNSIGNED_BYTE)]
    timeout_ms: Annotated[int, Element("Time_Out", UNSIGNED_SHORT)]


@element("CM_MNBC_SOUND.IND")
class MnbcSoundInd:
    """One sound; counts down to 0."""

    count: Annotated[int, Element("Cnt", UNSIGNED_BYTE)]


@element("CM_ATTEN_CHAR.IND")
class AttenCharInd:
    """Attenuation the charger measured, averaged over groups and sounds."""

    sounds: Annotated[int, Element("NUM_SOUNDS", UNSIGNED_BYTE)]
    average_attenuation_dB: Annotated[float, Element("AAG", _DECIBEL)]


@element("CM_ATTEN_CHAR.RSP")
class AttenCharRsp:
    """The vehicle has received the attenuation."""

    result: Annotated[int, Element("Result", UNSIGNED_BYTE)]


@element("CM_SLAC_MATCH.REQ")
class SlacMatchReq:
    """The vehicle chooses this charger."""

    pev_mac: Annotated[str, Element("PEV_MAC", _MAC)]


@element("CM_SLAC_MATCH.CNF")
class SlacMatchCnf:
    """The charger hands over the network's key."""

    evse_mac: Annotated[str, Element("EVSE_MAC", _MAC)]
    network_id: Annotated[str, Element("NID", HexBinary(7))]


@element("SECCDiscoveryReq")
class SdpReq:
    """Looks for the charger's endpoint on the link."""

    tls: Annotated[bool, Element("Security", BOOLEAN)]


@element("SECCDiscoveryRes")
class SdpRes:
    """The charger's endpoint."""

    port: Annotated[int, Element("Port", UNSIGNED_SHORT)]
    tls: Annotated[bool, Element("Security", BOOLEAN)]
