"""Heat paths: junctions, heatsink and magnetics of each module; cable and pins.

Junction to case is a Foster network of four pairs per device, advanced exactly for the
mean power of a millisecond; case to heatsink is a resistance; the heatsink's mass is
cooled by a fan whose speed follows its temperature. The cable is one thermal mass per
end-to-end conductor, its pins another, with conduction between them.
Device data come from files (Foster shapes, R_th,jc); heatsink, cable and pin values are
assumptions of the charger file: no measured step response was found for a 500 A cable.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import Vector, f64, record

OUTER, INNER, PRIMARY, SECONDARY = range(4)
"""The device groups of a module: T-type outer and inner, DC/DC primary and secondary."""


@record
class ThermalParams:
    """One module's heat paths (all modules of a charger are equal)."""

    R: Vector = f64("K/W", "Foster resistances per device", shape=(4, 4))
    decay: Vector = f64("1", "exp(-dt/tau) of the Foster pairs", shape=(4, 4))
    devices: Vector = f64("1", "devices that share a group's loss", shape=(4,))
    R_cs: Vector = f64("K/W", "case to heatsink, per device", shape=(4,))
    C_hs: float = f64("J/K")
    G_still: float = f64("W/K", "heatsink to air, fan off")
    G_fan: float = f64("W/K", "added at full fan speed")
    T_fan_on: float = f64("degC", "fan starts")
    T_fan_full: float = f64("degC", "fan at full speed")
    P_fan: float = f64("W", "fan at full speed; follows the cube of speed")
    C_mag: float = f64("J/K", "transformer and chokes")
    G_mag: float = f64("W/K", "to air")


@record
class ModuleThermal:
    """State of one module's heat paths."""

    foster: Vector = f64("K", shape=(4, 4))
    T_j: Vector = f64("degC", "junctions", shape=(4,))
    T_j_max: float = f64("degC", "hottest so far")
    T_hs: float = f64("degC")
    T_mag: float = f64("degC")
    T_air: float = f64("degC", "cooling air at this module's inlet")
    fan: float = f64("1", "speed 0..1")


@plant_kernel
def module_heat(
    p: ThermalParams,
    s: ModuleThermal,
    P0: float,
    P1: float,
    P2: float,
    P3: float,
    P_mag: float,
    dt: float,
) -> None:
    """Advance one module by `dt` with the mean losses of its device groups in W."""
    hottest = -1e9
    for g in range(4):
        P = P0 if g == 0 else (P1 if g == 1 else (P2 if g == 2 else P3))
        each = P / p.devices[g]
        rise = each * p.R_cs[g]
        for i in range(4):
            a = p.decay[g, i]
            s.foster[g, i] = a * s.foster[g, i] + (1.0 - a) * p.R[g, i] * each
            rise += s.foster[g, i]
        s.T_j[g] = s.T_hs + rise
        hottest = max(hottest, s.T_j[g])
    s.T_j_max = max(s.T_j_max, hottest)
    speed = (s.T_hs - p.T_fan_on) / (p.T_fan_full - p.T_fan_on)
    s.fan = min(max(speed, 0.2), 1.0)
    to_air = (p.G_still + p.G_fan * s.fan) * (s.T_hs - s.T_air)
    s.T_hs += (P0 + P1 + P2 + P3 - to_air) * dt / p.C_hs
    s.T_mag += (P_mag - p.G_mag * (0.3 + s.fan) * (s.T_mag - s.T_air)) * dt / p.C_mag


@record
class CableThermal:
    """Cable, charger-side pins and vehicle inlet."""

    T_cable: float = f64("degC", "conductor")
    T_pin: float = f64("degC", "connector contacts")
    T_inlet: float = f64("degC", "vehicle inlet contacts")
    C_cable: float = f64("J/K")
    G_cable: float = f64("W/K", "to coolant or air at ambient")
    C_pin: float = f64("J/K")
    G_pin: float = f64("W/K", "to ambient")
    G_pin_cable: float = f64("W/K")
    C_inlet: float = f64("J/K")
    G_inlet: float = f64("W/K")
    G_inlet_pin: float = f64("W/K")


@plant_kernel
def cable_heat(
    s: CableThermal, P_cable: float, P_pin: float, P_inlet: float, ambient: float, dt: float
) -> None:
    """Advance cable and contacts by `dt` with their mean losses in W."""
    q_pc = s.G_pin_cable * (s.T_pin - s.T_cable)
    q_ip = s.G_inlet_pin * (s.T_inlet - s.T_pin)
    s.T_cable += (P_cable + q_pc - s.G_cable * (s.T_cable - ambient)) * dt / s.C_cable
    s.T_pin += (P_pin + q_ip - q_pc - s.G_pin * (s.T_pin - ambient)) * dt / s.C_pin
    s.T_inlet += (P_inlet - q_ip - s.G_inlet * (s.T_inlet - ambient)) * dt / s.C_inlet
