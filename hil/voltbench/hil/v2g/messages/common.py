"""Types that DIN 70121 and ISO 15118-2 declare with the same fields."""

from typing import Annotated

from voltbench.hil.v2g.messages.schema import (
    SHORT,
    UNSIGNED_INT,
    UNSIGNED_SHORT,
    Element,
    Physical,
    Text,
    element,
)

VOLT = Physical("V")
AMPERE = Physical("A")
WATT = Physical("W")
WATT_HOUR = Physical("Wh")
SECOND = Physical("s")
SERVICE_ID = UNSIGNED_SHORT
SERVICE_NAME = Text(32)


@element("SelectedService")
class SelectedService:
    """One service the vehicle selects."""

    service_id: Annotated[int, Element("ServiceID", SERVICE_ID)]
    parameter_set_id: Annotated[int | None, Element("ParameterSetID", SHORT)] = None


@element("RelativeTimeInterval")
class RelativeTimeInterval:
    """Interval of a schedule, from now.

    Declared without ISO 15118-2's upper limit of a day: real chargers exceed it.
    """

    start_s: Annotated[int, Element("start", UNSIGNED_INT)]
    duration_s: Annotated[int | None, Element("duration", UNSIGNED_INT)] = None
