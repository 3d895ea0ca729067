"""A part of the validation page: what is compared, on what terms, and the rows."""

from dataclasses import dataclass, field
from typing import Literal

from voltbench.hil.validation.row import ValidationRow

Kind = Literal["validation", "consistency", "numerics"]


@dataclass(frozen=True)
class Section:
    """Rows that belong together.

    Parameters
    ----------
    title : heading on the page
    kind : ``validation`` compares with published values that were not inputs;
        ``consistency`` compares with values that parameters were made from;
        ``numerics`` compares the simulation with itself or an identity
    basis : where the published values come from and how ours were obtained
    rows : the comparison
    fitted : parameters that were fitted, with value and to what
    residuals : what the fit leaves
    not_matched : differences that stay, and why
    figures : file names of figures next to the page
    """

    title: str
    kind: Kind
    basis: str
    rows: tuple[ValidationRow, ...]
    fitted: tuple[str, ...] = ()
    residuals: tuple[str, ...] = ()
    not_matched: tuple[str, ...] = ()
    figures: tuple[str, ...] = field(default=())
