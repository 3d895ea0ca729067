"""Limits that depend on the session, as named functions; their numbers stay in the limit file."""

from collections.abc import Callable, Mapping

Session = Mapping[str, float | str]
Numbers = Mapping[str, float]


class UnknownSession(LookupError):
    """A limit depends on a session quantity nobody gave."""


def quantity(session: Session, key: str) -> float:
    """Return a number of the session.

    Raises
    ------
    UnknownSession
        If the session does not hold it as a number.
    """
    value = session.get(key)
    if not isinstance(value, int | float):
        raise UnknownSession(f"the session's {key} is not known")
    return float(value)


def cable_check_voltage_V(session: Session, numbers: Numbers) -> float:
    """Return the insulation test voltage in V.

    IEC 61851-23:2023 CC.4.1.2 with formula CC.1, as EVerest applies it: up to ``knee_V`` of the
    vehicle's maximum a fixed step above it but not above ``knee_V``, beyond that a multiple of
    it, and never above what the charger can do.
    """
    vehicle = quantity(session, "ev_max_voltage_V")
    charger = quantity(session, "evse_max_voltage_V")
    if vehicle <= numbers["knee_V"]:
        return min(numbers["knee_V"], vehicle + numbers["step_V"], charger)
    return min(charger, numbers["factor"] * vehicle)


def cable_check_current_A(session: Session, numbers: Numbers) -> float:
    """Return the largest current during the cable check in A: test voltage over 110 ohm."""
    return cable_check_voltage_V(session, numbers) / numbers["resistance_Ohm"]


def current_accuracy_A(session: Session, numbers: Numbers) -> float:
    """Return the allowed current error in A at the current where the largest one was found."""
    at = abs(quantity(session, "current_error_at_A"))
    return numbers["fixed_A"] if at <= numbers["knee_A"] else numbers["share"] * at


def ramp_up_duration_s(session: Session, numbers: Numbers) -> float:
    """Return the time in s in which a step of the target current must be reached."""
    return max(numbers["fixed_s"], quantity(session, "current_step_A") / numbers["rate_A_per_s"])


FORMULAS: dict[str, Callable[[Session, Numbers], float]] = {
    "cable_check_voltage_V": cable_check_voltage_V,
    "cable_check_current_A": cable_check_current_A,
    "current_accuracy_A": current_accuracy_A,
    "ramp_up_duration_s": ramp_up_duration_s,
}
