"""The whole contract between controller and power stage, a unit on each line.

Signals read ``meas -> fbk -> ref``: what a sensor gave, what the law made of it, what
it should be. A charger has N equal modules in parallel behind one grid connection and
one output. All records are float32/int32: the same bytes on the PC and in the MCU.
"""

from enum import IntEnum

from voltbench.control.numerics.records import f32, i32, record


@record
class ModuleMeas:
    """One module's sensors, sampled at the control interrupt."""

    u_g_a: float = f32("V", "filter capacitor, phase a to the star point")
    u_g_b: float = f32("V")
    i_g_a: float = f32("A", "converter-side inductor, into the bridge")
    i_g_b: float = f32("A")
    u_p: float = f32("V", "upper half of the DC link")
    u_n: float = f32("V", "lower half of the DC link")
    u_o: float = f32("V", "module output")
    i_o: float = f32("A", "module output")
    T_hs: float = f32("degC", "heatsink sensor")


@record
class ChargerMeas:
    """The charger's common sensors."""

    u_bus: float = f32("V", "module side of the output contactors")
    u_out: float = f32("V", "cable side of the output contactors")
    i_out: float = f32("A", "output current")
    T_pin: float = f32("degC", "connector contact sensor")
    T_cable: float = f32("degC", "cable conductor sensor")


@record
class Setpoints:
    """What the session asks of the stage (see ``session.stage.StageRequest``)."""

    mode: int = i32("0 off, 1 ready, 2 run (StageMode)")
    u_o_ref: float = f32("V")
    i_o_ref: float = f32("A", "current limit")
    p_o_ref: float = f32("W", "power limit")
    u_o_max: float = f32("V", "output over-voltage trip; 0 = the rating's")
    battery_connected: int = i32("regulate against a battery")
    high_range: int = i32("cells in series")
    output_contactors: int = i32("close the output contactors")
    discharge: int = i32("connect the discharge resistor")
    insulation_fault: int = i32("the monitor reports a value below the limit")
    emergency_stop: int = i32()


@record
class ModuleCommand:
    """Gate commands of one module for the next period."""

    m_a: float = f32("1", "modulation of phase a, -1..1, to the link's midpoint")
    m_b: float = f32("1")
    m_c: float = f32("1")
    phi: float = f32("rad", "phase shift of the DC/DC cells")
    amp_1: float = f32("1", "link-side wave by inner phase shift: its fundamental, 1 = full")
    pwm_on: int = i32("front end switches")
    dcdc_on: int = i32("DC/DC cells switch")


@record
class ChargerCommand:
    """Commands to the parts that the modules share."""

    grid_contactor: int = i32("0 open, 1 through the pre-charge resistors, 2 closed")
    output_contactors: int = i32()
    discharge: int = i32()
    high_range: int = i32()


class ChargerPhase(IntEnum):
    """States of the charger's own sequence."""

    OFF = 0
    PRECHARGE = 1
    SOFT_START = 2
    READY = 3
    RUN = 4
    RAMP_DOWN = 5
    FAULT = 6


class Fault(IntEnum):
    """Bits of the latched fault word; names appear in events and verdicts."""

    LINK_OVERVOLTAGE = 1 << 0
    LINK_UNDERVOLTAGE = 1 << 1
    GRID_OVERCURRENT = 1 << 2
    OUTPUT_OVERVOLTAGE = 1 << 3
    OUTPUT_OVERCURRENT = 1 << 4
    MODULE_OVERTEMPERATURE = 1 << 5
    CONNECTOR_OVERTEMPERATURE = 1 << 6
    INSULATION = 1 << 7
    EMERGENCY_STOP = 1 << 8
    GRID_LOST = 1 << 9
    PRECHARGE_TIMEOUT = 1 << 10
    MODULE_OVERCURRENT = 1 << 11


class Limit(IntEnum):
    """Bits that tell which limit governs the output now."""

    VOLTAGE = 1
    CURRENT = 2
    POWER = 4
    THERMAL = 8
