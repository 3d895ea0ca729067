"""Numbers and names as a reader wants them, and the small pieces of HTML around them."""

import math
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

_UNITS = {
    "degC": "°C",
    "percent": "%",
    "Ohm": "Ω",
    "1": "",
    "V_per_ms": "V/ms",
    "A_per_s": "A/s",
}  # fmt: skip
_NAMED_UNITS = ("V", "A", "W", "Hz", "s", "dB", "degC", "percent", "Ohm")
_COMPARISON = {"max": "≤", "below": "<", "min": "≥", "above": ">", "near": "="}


def unit_of(unit: str) -> str:
    """Return the sign of a unit."""
    return _UNITS.get(unit, unit)


def number(value: Any, digits: int = 4) -> str:
    """Return a number with that many significant digits, never in exponent form if it is usual."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return "" if value is None else escape(str(value))
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else str(value)
    size = math.floor(math.log10(abs(value)))
    if not -4 <= size < 9:
        return f"{value:.{digits - 1}e}"
    return f"{value:,.{max(digits - 1 - size, 0)}f}".replace(",", "\u2009")


def quantity(value: Any, unit: str, digits: int = 4) -> str:
    """Return value and unit; resistances in kilo-ohm or mega-ohm."""
    if value is None:
        return "—"
    if unit == "Ohm" and isinstance(value, int | float) and abs(value) >= 1e3:
        mega = abs(value) >= 1e6
        return f"{number(value / (1e6 if mega else 1e3), digits)} {'M' if mega else 'k'}Ω"
    return f"{number(value, digits)} {unit_of(unit)}".strip()


def words_of(name: str, unit: str = "") -> str:
    """Return a name as words, without its unit (``unlock_voltage_V`` -> unlock voltage)."""
    ending = "_" + unit.replace("/", "_per_")
    stem = name[: -len(ending)] if unit and name.endswith(ending) else name
    return escape(stem.replace("_", " "))


def limit_words(verdict: dict[str, Any]) -> str:
    """Return what the limit asks for."""
    bound, unit = verdict["limit"], verdict["unit"]
    if bound is None:
        return "—"
    if isinstance(bound, list):
        return f"{bound[0]:.6g} to {_exact(bound[1], unit)}"
    spread = f" ± {_exact(verdict['tolerance'], unit)}" if verdict["tolerance"] else ""
    sign = _COMPARISON.get(verdict["comparison"], "")
    return f"{sign} {_exact(bound, unit)}{spread}".strip()


def _exact(value: float, unit: str) -> str:
    """Return a limit as it was written, without digits it does not have."""
    if unit == "Ohm" and value >= 1e3:
        return f"{value / 1e3:.6g} kΩ"
    return f"{value:.6g} {unit_of(unit)}".strip()


def named(key: str, value: object) -> str:
    """Return a name with its value: five digits at most, the unit behind it, yes and no."""
    stem, _, unit = key.rpartition("_")
    known = bool(stem) and unit in _NAMED_UNITS
    return f"{words_of(stem if known else key)} {plain(value, unit if known else '')}"


def plain(value: object, unit: str = "") -> str:
    """Return a value as a reader wants it: no digits that mean nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return escape(f"{value} {unit_of(unit)}".strip())
    if unit == "Ohm" and abs(value) >= 1e3:
        return quantity(value, unit, 5)
    shown = f"{value:.5g}" if isinstance(value, float) else str(value)
    return f"{shown} {unit_of(unit)}".strip()


def clock(seconds: float) -> str:
    """Return a duration as minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{seconds:.1f} s"


def cells(*content: str) -> list[str]:
    """Return one row of a table; the content is HTML."""
    return list(content)


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[str]],
    numbers: Sequence[int] = (),
    kind: str = "",
) -> str:
    """Return a table; columns in `numbers` are right-aligned, `kind` is its style class."""

    def row(tag: str, content: Sequence[str]) -> str:
        return "".join(
            f'<{tag} class="number">{c}</{tag}>' if k in numbers else f"<{tag}>{c}</{tag}>"
            for k, c in enumerate(content)
        )

    body = "\n".join(f"<tr>{row('td', r)}</tr>" for r in rows)
    mark = f' class="{kind}"' if kind else ""
    return (
        f"<table{mark}><thead><tr>{row('th', head)}</tr></thead><tbody>\n{body}\n</tbody></table>"
    )
