"""The main path of the control interrupt: what every period does, top to bottom.

``step`` reads the sensors, judges them, follows the grid, runs the sequence, regulates
the output, shares the current over the modules and leaves gate commands. It allocates
nothing, knows no clock but its own period, and is the same function in simulation, on
the bench and on the microcontroller.
"""

from voltbench.control.dcdc import DabGains, DabState, amplitude, phase_shift
from voltbench.control.derating import DeratingGains, DeratingState, derating_step
from voltbench.control.droop import (
    DroopGains,
    DroopModule,
    DroopState,
    droop_idle,
    droop_limits,
    droop_module,
    droop_restore,
)
from voltbench.control.module_loss import MODULE_LOST, OWN, counted, hold_apart
from voltbench.control.numerics.float32 import ONE, SQRT3, ZERO, F, as_f32, clamp, slew
from voltbench.control.numerics.kernel import kernel, rare_kernel
from voltbench.control.numerics.lanes import in_lanes, lanes
from voltbench.control.numerics.records import RecordArray, f32, i32, nested, record
from voltbench.control.output import OutputGains, OutputState, output_idle, output_step
from voltbench.control.pfc import PfcGains, PfcState, current_control, link_control, modulate
from voltbench.control.pll import PllGains, PllState, pll_step
from voltbench.control.protection import (
    ProtectionLimits,
    ProtectionState,
    grid_missing,
    judge_charger,
    judge_modules,
    link_low,
    module_exceeds,
)
from voltbench.control.sharing import (
    FADING,
    LOST,
    PARKED,
    ModuleShare,
    SharingGains,
    SharingState,
    add_up,
    fade,
    limit_now,
    rating_each,
    shed,
    wake,
)
from voltbench.control.signals import (
    ChargerCommand,
    ChargerMeas,
    ModuleCommand,
    ModuleMeas,
    Setpoints,
)

_OFF, _PRECHARGE, _SOFT_START, _READY, _RUN, _RAMP_DOWN, _FAULT = range(7)
_NEARLY = F(0.85)  # of the line-to-line peak: least link voltage after pre-charge
_FLAT = F(1.003)  # rise in a bypass time below which the link has stopped rising
_SETTLED = F(0.02)  # of the link reference: soft start is over
_HUGE = F(1e6)
_STOPPED = F(0.5)  # A, output current below which a ramp-down is over


@record
class ChargerGains:
    """Every parameter of the control interrupt, from ``calibration.tuning``."""

    T_s: float = f32("s", "control period")
    pll: PllGains = nested(PllGains)
    pfc: PfcGains = nested(PfcGains)
    dab: DabGains = nested(DabGains)
    output: OutputGains = nested(OutputGains)
    module_derating: DeratingGains = nested(DeratingGains, "heatsink of each module")
    pin_derating: DeratingGains = nested(DeratingGains, "connector contacts")
    cable_derating: DeratingGains = nested(DeratingGains, "cable conductor")
    limits: ProtectionLimits = nested(ProtectionLimits)
    sharing: SharingGains = nested(SharingGains)
    droop: DroopGains = nested(DroopGains)
    modules: int = i32("modules in parallel")
    cells: int = i32("DC/DC cells in a module")
    divider: int = i32("interrupts between derating steps")
    inv_cells: float = f32("1", "1 / cells")
    n: float = f32("1", "turns ratio of a cell, for the link reference")
    u_dc_min: float = f32("V", "lowest link reference")
    u_dc_max: float = f32("V", "highest link reference")
    u_dc_slew: float = f32("V/s")
    i_module_low: float = f32("A", "module current rating, cells in parallel")
    i_module_high: float = f32("A", "module current rating, cells in series")
    p_module: float = f32("W", "module power rating")
    i_total: float = f32("A", "charger current rating (cable)")
    p_total: float = f32("W", "charger power rating")
    n_bypass: int = i32("interrupts for the bypass contactor to close")
    n_precharge_max: int = i32("interrupts after which pre-charge has failed")
    n_settled: int = i32("interrupts the link must stay settled")
    n_rest: int = i32("interrupts at a reference of zero after which the cells block")


@record
class ModuleState:
    """One module's control state."""

    pll: PllState = nested(PllState)
    pfc: PfcState = nested(PfcState)
    dab: DabState = nested(DabState)
    derating: DeratingState = nested(DeratingState)
    i_ref: float = f32("A", "this module's share")
    sharing: ModuleShare = nested(ModuleShare)
    droop: DroopModule = nested(DroopModule)


@record
class ChargerState:
    """The charger's control state."""

    phase: int = i32("signals.ChargerPhase")
    timer: int = i32("interrupts in this phase")
    settled: int = i32("interrupts the link has been settled")
    rest: int = i32("interrupts the current reference has been zero")
    tick: int = i32("interrupts since the last derating step")
    protection: ProtectionState = nested(ProtectionState)
    output: OutputState = nested(OutputState)
    pin: DeratingState = nested(DeratingState)
    cable: DeratingState = nested(DeratingState)
    u_pre: float = f32("V", "lowest link at the last look during pre-charge")
    i_rating: float = f32("A", "what rating allows at the present voltage")
    i_thermal: float = f32("A", "what derating allows")
    i_modules: float = f32("A", "sum of the healthy modules' derating limits")
    share: float = f32("1", "current reference over the sum of the modules' capacities")
    high_range: int = i32("cells in series; changes only while the output is off")
    sharing: SharingState = nested(SharingState)
    droop: DroopState = nested(DroopState)


@kernel
def step(
    p: ChargerGains,
    s: ChargerState,
    modules: RecordArray,
    meas: ChargerMeas,
    module_meas: RecordArray,
    ref: Setpoints,
    cmd: ChargerCommand,
    module_cmd: RecordArray,
) -> None:
    """Run one control interrupt of the whole charger."""
    judge_charger(p.limits, s.protection, meas, ref)
    _follow_grid(p, s, modules, module_meas)
    _derate(p, s, modules, meas, module_meas, ref)
    _sequence(p, s, modules, module_meas, ref, cmd)
    _regulate_output(p, s, meas, ref)
    if p.droop.on != 0:
        _droop(p, s, modules, module_meas)
    if in_lanes(modules):
        _drive_module(p, s, lanes(modules), lanes(module_meas), lanes(module_cmd))
    else:
        for j in range(len(modules)):
            _drive_module(p, s, modules[j], module_meas[j], module_cmd[j])
    if s.sharing.off != 0:
        _hold_off(modules, module_cmd)


@kernel
def _follow_grid(p: ChargerGains, s: ChargerState, modules: RecordArray, meas: RecordArray) -> None:
    """Lock every module's PLL and judge what the modules measured."""
    exceeded = 0
    if in_lanes(modules):
        exceeded = _follow_module(p, s, lanes(modules).pll, lanes(meas))
    else:
        for j in range(len(modules)):
            exceeded |= _follow_module(p, s, modules[j].pll, meas[j])
    if exceeded != 0 or s.sharing.guarding != 0:
        if p.sharing.ride_on != 0 or p.sharing.shed != 0:
            exceeded = _judge_apart(p, s, modules, meas)
    judge_modules(p.limits, s.protection, exceeded)


@kernel
def _follow_module(p: ChargerGains, s: ChargerState, pll: PllState, m: ModuleMeas) -> int:
    """Lock one module's PLL; return the faults whose limits it exceeds now."""
    pll_step(p.pll, pll, m, p.T_s)
    return _exceeds(p, s, pll, m)


@kernel
def _exceeds(p: ChargerGains, s: ChargerState, pll: PllState, m: ModuleMeas) -> int:
    exceeded = module_exceeds(p.limits, m)
    if _SOFT_START <= s.phase <= _RAMP_DOWN:
        exceeded |= grid_missing(p.limits, pll)
        if s.phase > _SOFT_START:
            exceeded |= link_low(p.limits, m)
    return exceeded


@rare_kernel
def _judge_apart(p: ChargerGains, s: ChargerState, modules: RecordArray, meas: RecordArray) -> int:
    """Hold against a module what it exceeds alone; return what the charger is judged by."""
    everything = 0
    number = 0
    alone = -1
    for j in range(len(modules)):
        x = modules[j].sharing
        x.exceeded = counted(x, _exceeds(p, s, modules[j].pll, meas[j]))
        everything |= x.exceeded
        if x.exceeded & OWN != 0:
            number += 1
            alone = j
    if p.sharing.ride_on == 0 or number != 1 or s.sharing.lost + 1 >= len(modules):
        alone = -1
    hold_apart(p.limits, s.protection, s.sharing, modules, alone)
    if s.protection.new & MODULE_LOST != 0:
        s.i_modules = add_up(s.sharing, modules)
        s.i_thermal = min(s.i_modules, min(s.pin.i_lim, s.cable.i_lim))
        _limit_now(p, s)
    return everything & ~OWN if alone >= 0 else everything


@kernel
def _derate(
    p: ChargerGains,
    s: ChargerState,
    modules: RecordArray,
    meas: ChargerMeas,
    m: RecordArray,
    ref: Setpoints,
) -> None:
    """Run the derating loops, and who shares in the current, at their own, slower rate."""
    s.tick += 1
    if s.tick < p.divider:
        return
    s.tick = 0
    _derate_now(p, s, modules, meas, m, ref)


@rare_kernel
def _derate_now(
    p: ChargerGains,
    s: ChargerState,
    modules: RecordArray,
    meas: ChargerMeas,
    m: RecordArray,
    ref: Setpoints,
) -> None:
    """Advance every derating loop and the modules' parts by a slow step."""
    dt = p.T_s * as_f32(p.divider)
    for j in range(len(modules)):
        derating_step(p.module_derating, modules[j].derating, m[j].T_hs, dt)
    if p.sharing.shed != 0:
        _shed(p, s, modules, m, ref, dt)
    if p.droop.on != 0:
        _restore(p, s, modules, dt)
    total = add_up(s.sharing, modules)
    derating_step(p.pin_derating, s.pin, meas.T_pin, dt)
    derating_step(p.cable_derating, s.cable, meas.T_cable, dt)
    s.i_modules = total
    s.i_thermal = min(total, min(s.pin.i_lim, s.cable.i_lim))
    _limit_now(p, s)


@rare_kernel
def _restore(p: ChargerGains, s: ChargerState, modules: RecordArray, dt: float) -> None:
    """Advance what the charger adds to droop: its voltage, and the sum of the references."""
    if s.phase == _RUN:
        carrying = s.sharing.carrying
        droop_restore(p.droop, s.droop, s.output, modules, carrying, s.high_range, dt)
    else:
        droop_idle(s.droop, modules)


@kernel
def _each(p: ChargerGains, s: ChargerState) -> float:
    """Return a module's current rating at the present output voltage."""
    i_module = p.i_module_high if s.high_range else p.i_module_low
    return rating_each(i_module, p.p_module, s.output.u_ref)


@kernel
def _limit_now(p: ChargerGains, s: ChargerState) -> None:
    limit_now(s.sharing, s.i_thermal, s.i_modules, _each(p, s))


@rare_kernel
def _shed(
    p: ChargerGains,
    s: ChargerState,
    modules: RecordArray,
    meas: RecordArray,
    ref: Setpoints,
    dt: float,
) -> None:
    """Park modules that a charging vehicle does not need; otherwise all of them run."""
    per_second = int(ONE / dt)
    charging = s.phase == _RUN and ref.battery_connected != 0
    for j in range(len(modules)):
        x = modules[j]
        u_dc = meas[j].u_p + meas[j].u_n
        if x.sharing.mode == PARKED:
            _rest_front_end(x.pfc, u_dc)
        if not charging and (x.sharing.mode == PARKED or x.sharing.mode == FADING):
            wake(x.sharing)
        up = x.pfc.u_dc_ref >= p.u_dc_min
        fade(x.sharing, u_dc - x.pfc.u_dc_ref, x.pfc.u_dc_ref, up, per_second)
    s.i_modules = add_up(s.sharing, modules)
    if charging:
        i_most = min(s.i_rating, s.i_thermal)
        asked = min(min(ref.i_o_ref, ref.p_o_ref / max(s.output.u_ref, ONE)), i_most)
        i_ref, rise = s.output.i_ref, p.output.i_rise
        shed(p.sharing, s.sharing, modules, i_ref, asked, i_most, rise, _each(p, s))


@kernel
def _precharge(
    p: ChargerGains,
    s: ChargerState,
    modules: RecordArray,
    meas: RecordArray,
    cmd: ChargerCommand,
) -> int:
    """Charge the links through resistors, then bypass them; return the next phase."""
    lowest = _HUGE
    peak = ZERO
    locked = True
    for j in range(len(modules)):
        lowest = min(lowest, meas[j].u_p + meas[j].u_n)
        peak = max(peak, modules[j].pll.u)
        locked &= modules[j].pll.locked != 0
    if cmd.grid_contactor == 1:
        s.settled += 1
        if s.settled >= p.n_bypass:
            flat = lowest < _FLAT * s.u_pre
            s.settled = 0
            s.u_pre = lowest
            if flat and lowest > _NEARLY * SQRT3 * peak and peak > p.limits.u_g_min:
                cmd.grid_contactor = 2
                s.timer = 0
        if cmd.grid_contactor == 1 and s.timer > p.n_precharge_max:
            s.protection.faults |= 1024
            s.protection.new |= 1024
    elif s.timer > p.n_bypass and locked:
        return _SOFT_START
    return _PRECHARGE


@kernel
def _soft_start(p: ChargerGains, s: ChargerState, modules: RecordArray, meas: RecordArray) -> int:
    """Ramp the links to their reference; return the next phase."""
    settled = True
    for j in range(len(modules)):
        if modules[j].sharing.mode == LOST:
            continue
        ref = modules[j].pfc.u_dc_ref
        settled &= ref >= p.u_dc_min
        settled &= abs(meas[j].u_p + meas[j].u_n - ref) < _SETTLED * ref
    s.settled = s.settled + 1 if settled else 0
    return _READY if s.settled > p.n_settled else _SOFT_START


@kernel
def _sequence(
    p: ChargerGains,
    s: ChargerState,
    modules: RecordArray,
    meas: RecordArray,
    ref: Setpoints,
    cmd: ChargerCommand,
) -> None:
    """Walk from off to running: pre-charge, bypass, soft start, ready, run, ramp down."""
    s.timer += 1
    phase = s.phase
    if phase == _PRECHARGE:
        phase = _precharge(p, s, modules, meas, cmd)
    elif phase == _SOFT_START:
        phase = _soft_start(p, s, modules, meas)
    elif phase == _READY and ref.mode == 2:
        phase = _RUN
    elif phase == _RUN and ref.mode != 2:
        phase = _RAMP_DOWN
    elif phase == _RAMP_DOWN:
        if ref.mode == 2:
            phase = _RUN
        elif abs(s.output.i_ref) < _STOPPED:
            phase = _READY
    elif phase == _OFF and ref.mode > 0:
        phase = _PRECHARGE
        cmd.grid_contactor = 1
        s.u_pre = ZERO
    if ref.mode == 0 and (phase < _RUN and phase != _OFF):
        phase = _OFF
    if s.protection.faults != 0:
        phase = _FAULT
    if phase == _OFF or phase == _FAULT:
        cmd.grid_contactor = 0
    if phase != s.phase:
        s.timer = 0
        s.settled = 0
        s.phase = phase
    if phase < _RUN:
        s.high_range = ref.high_range
    cmd.high_range = s.high_range
    cmd.output_contactors = ref.output_contactors
    cmd.discharge = ref.discharge if phase != _RUN else 0


@kernel
def _regulate_output(p: ChargerGains, s: ChargerState, meas: ChargerMeas, ref: Setpoints) -> None:
    """Set the charger's current reference, or follow the output while it is off."""
    each = p.i_module_high if s.high_range else p.i_module_low
    healthy = as_f32(p.modules - s.sharing.lost)
    power = p.p_total if s.sharing.lost == 0 else min(p.p_total, p.p_module * healthy)
    s.i_rating = min(min(each * healthy, p.i_total), power / max(meas.u_bus, ONE))
    if s.phase == _RUN and p.droop.on != 0:
        i_most = min(s.i_rating, s.sharing.i_now)
        droop_limits(p.droop, p.output, s.droop, s.output, meas, ref, i_most, p.T_s)
    elif s.phase == _RUN:
        output_step(p.output, s.output, meas, ref, s.i_rating, s.sharing.i_now, p.T_s)
    elif s.phase == _RAMP_DOWN:
        s.output.i_ref = slew(s.output.i_ref, ZERO, p.T_s * p.output.i_fall)
        s.output.i_set = s.output.i_ref
        s.output.x = s.output.i_ref
        s.output.u_ref = meas.u_bus
    else:
        output_idle(s.output, meas)
    s.share = s.output.i_ref / max(s.sharing.i_capacity, ONE)
    # switching without a current only makes heat: hard switching in every cell
    resting = s.phase == _RUN and s.output.i_ref == ZERO
    s.rest = min(s.rest + 1, p.n_rest) if resting else 0


@rare_kernel
def _droop(p: ChargerGains, s: ChargerState, modules: RecordArray, meas: RecordArray) -> None:
    """Set every module's own reference while the output runs; the common one otherwise."""
    share = s.droop.i_max / max(s.sharing.i_capacity, ONE)
    for j in range(len(modules)):
        x = modules[j]
        most = x.sharing.capacity
        if s.phase == _RUN:
            most *= share
            u = meas[j].u_o
            most = droop_module(s.droop, x.droop, x.i_ref, u, most, p.output.k_t, p.T_s)
        x.sharing.part = most
    if s.phase == _RUN:
        s.share = ONE


@rare_kernel
def _hold_off(modules: RecordArray, cmd: RecordArray) -> None:
    """Block the gates of parked and lost modules."""
    for j in range(len(modules)):
        x = modules[j].sharing
        if x.blocked != 0:
            cmd[j].pwm_on = 0
        if x.resting != 0:
            cmd[j].dcdc_on = 0
            cmd[j].phi = ZERO


@kernel
def _rest_front_end(pfc: PfcState, u_dc: float) -> None:
    """Hold a blocked front end's control where it can start from."""
    pfc.u_dc_ref = u_dc
    pfc.x_v = ZERO
    pfc.x_d = ZERO
    pfc.x_q = ZERO
    pfc.i_d_ref = ZERO
    pfc.i_q_ref = ZERO


@kernel
def _drive_module(
    p: ChargerGains,
    s: ChargerState,
    x: ModuleState,
    m: ModuleMeas,
    cmd: ModuleCommand,
) -> None:
    """Turn references into gate commands for one module."""
    u_dc = m.u_p + m.u_n
    cells = ONE if s.high_range else as_f32(p.cells)
    u_cell = m.u_o * p.inv_cells if s.high_range else m.u_o
    running = _RUN <= s.phase <= _RAMP_DOWN and s.rest < p.n_rest
    if _SOFT_START <= s.phase <= _RAMP_DOWN:
        # the link follows the output so that the cells work near their ratio
        target = clamp(p.n * u_cell, p.u_dc_min, p.u_dc_max)
        x.pfc.u_dc_ref = slew(x.pfc.u_dc_ref, target, p.T_s * p.u_dc_slew)
        p_ff = m.u_o * x.dab.i_cmd if running else ZERO
        link_control(p.pfc, x.pfc, x.pll, u_dc, p_ff, p.T_s)
        v_al, v_be = current_control(p.pfc, x.pfc, x.pll, m, u_dc, p.T_s)
        modulate(p.pfc, cmd, v_al, v_be, m.u_p, m.u_n, x.pfc.i_d_ref)
        cmd.pwm_on = 1
    else:
        _rest_front_end(x.pfc, u_dc)
        cmd.pwm_on = 0
    if running:
        x.i_ref = s.share * x.sharing.part
        cmd.amp_1 = amplitude(p.dab, x.dab, u_dc, u_cell)
        cmd.phi = phase_shift(p.dab, x.dab, x.i_ref, m.i_o, cells, p.T_s)
        cmd.dcdc_on = 1
    else:
        x.i_ref = ZERO
        x.dab.x = ZERO
        x.dab.i_cmd = ZERO
        x.dab.phi = ZERO
        cmd.phi = ZERO
        cmd.amp_1 = ZERO
        cmd.dcdc_on = 0
