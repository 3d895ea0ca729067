"""What every isolated DC/DC stage offers the charger: one contract, one output record.

A `DcDcStage` is a kernel ``step(p, u_1, u_2, command, T_j1, T_j2, out) -> None``:

- ``p``: the parameter record of its kind (`DabParams`; an LLC or a phase-shifted full
  bridge brings its own);
- ``u_1``, ``u_2``: voltages of ONE cell on the link and the output side, V, both >= 0;
- ``command``: what the modulator realised: phase shift (rad) for a DAB, switching
  frequency (Hz) for an LLC, duty ratio for a phase-shifted full bridge;
- ``T_j1``, ``T_j2``: junction temperatures of the link-side and output-side devices, degC;
- ``out``: a `DcDcOut`, overwritten completely.

The stage is averaged over a switching period and in magnetic steady state. It holds
no state of its own: capacitors on both sides belong to the caller, as do the number of
cells and whether their outputs are in series or in parallel. Every loss is computed
from its own cause, and the port currents carry it::

    u_1 * i_1 - u_2 * i_2 == stage_loss(out)

`stage_off` is the stage with its gates blocked (no current flows while neither side
can forward-bias the diodes of the other, which holds for a galvanically isolated
bridge fed by DC voltages).
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import f64, record


@record
class DcDcOut:
    """Port currents and separate losses of one DC/DC cell, averaged over a switching period."""

    i_1: float = f64("A", "drawn from the link, losses included")
    i_2: float = f64("A", "delivered to the output, losses deducted")
    P_cond_1: float = f64("W", "conduction of the link-side devices")
    P_cond_2: float = f64("W", "conduction of the output-side devices")
    P_sw_1: float = f64("W", "switching of the link-side devices, dead-time diodes included")
    P_sw_2: float = f64("W", "switching of the output-side devices, dead-time diodes included")
    P_copper: float = f64("W", "windings of transformer and inductor")
    P_core: float = f64("W", "cores of transformer and inductor")
    zvs_1: float = f64("1", "link side: 1 soft switching, 0 hard, between: share of the charge")
    zvs_2: float = f64("1", "output side: as zvs_1")


@plant_kernel
def stage_off(out: DcDcOut) -> None:
    """Clear the outputs of a stage whose gates are blocked."""
    out.i_1 = 0.0
    out.i_2 = 0.0
    out.P_cond_1 = 0.0
    out.P_cond_2 = 0.0
    out.P_sw_1 = 0.0
    out.P_sw_2 = 0.0
    out.P_copper = 0.0
    out.P_core = 0.0
    out.zvs_1 = 1.0
    out.zvs_2 = 1.0


@plant_kernel
def stage_loss(out: DcDcOut) -> float:
    """Return the sum of the separate losses of a stage, W."""
    return out.P_cond_1 + out.P_cond_2 + out.P_sw_1 + out.P_sw_2 + out.P_copper + out.P_core
