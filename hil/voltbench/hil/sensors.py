"""Sensors of the simulated charger: gain and offset error, ADC resolution and range.

One sample per control interrupt, taken at its start. Gain and offset errors are drawn
once per run from the seed within each sensor's tolerance, so modules do not share a
current exactly and a voltmeter is off by what its data sheet allows. Temperature sensors
lag (in ``plant_models.slow_path``). Not modelled: noise, drift with temperature, aliasing
of switching ripple (the averaged plant has none).
"""

from dataclasses import dataclass

import numpy as np

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray, Vector, f64, record, zeros
from voltbench.control.signals import ChargerMeas, ModuleMeas
from voltbench.plant_models.plant_state import ModulePlant, PlantParams, PlantState
from voltbench.plant_models.slow_path import SlowState

_ROUND = 1.5 * 2.0**52  # adding it rounds a double below 2^51 to an integer
_MODULE_KINDS = (
    *("grid_voltage", "grid_voltage", "grid_current", "grid_current"),
    *("link_voltage", "link_voltage", "output_voltage", "module_current"),
)
_CHARGER_KINDS = ("output_voltage", "output_voltage", "output_current")
MODULE_CHANNELS, CHARGER_CHANNELS = len(_MODULE_KINDS), len(_CHARGER_KINDS)


@dataclass(frozen=True)
class Sensor:
    """Data-sheet values of one kind of sensor."""

    full_scale: float
    """Largest magnitude, in the unit of the quantity."""
    bits: int
    gain_tolerance: float
    """Largest relative gain error."""
    offset_tolerance: float
    """Largest offset, relative to full scale."""
    bipolar: bool = True

    @property
    def lsb(self) -> float:
        """Return the quantity of one ADC step."""
        return self.full_scale * (2.0 if self.bipolar else 1.0) / float(2**self.bits)


@record
class ModuleSensors:
    """Channels u_g_a, u_g_b, i_g_a, i_g_b, u_p, u_n, u_o, i_o: counts = rint(a x + b)."""

    a: Vector = f64("1/unit", shape=(MODULE_CHANNELS,))
    b: Vector = f64("counts", shape=(MODULE_CHANNELS,))
    lsb: Vector = f64("unit", shape=(MODULE_CHANNELS,))
    top: Vector = f64("counts", shape=(MODULE_CHANNELS,))


@record
class ChargerSensors:
    """Channels u_bus, u_out, i_out."""

    a: Vector = f64("1/unit", shape=(CHARGER_CHANNELS,))
    b: Vector = f64("counts", shape=(CHARGER_CHANNELS,))
    lsb: Vector = f64("unit", shape=(CHARGER_CHANNELS,))
    top: Vector = f64("counts", shape=(CHARGER_CHANNELS,))


def _channels(made: RecordArray, sensors: list[Sensor], rng: np.random.Generator) -> None:
    for one in made:
        for i, sensor in enumerate(sensors):
            gain = 1.0 + sensor.gain_tolerance * rng.uniform(-1, 1)
            offset = sensor.offset_tolerance * sensor.full_scale * rng.uniform(-1, 1)
            one["a"][i] = gain / sensor.lsb
            one["b"][i] = offset / sensor.lsb
            one["lsb"][i] = sensor.lsb
            one["top"][i] = 2 ** (sensor.bits - 1) if sensor.bipolar else 2**sensor.bits


def make_sensors(
    modules: int, kinds: dict[str, Sensor], seed: int
) -> tuple[RecordArray, RecordArray]:
    """Return the sensors of every module and of the charger, errors drawn from `seed`.

    `kinds` has the keys grid_voltage, grid_current, link_voltage, output_voltage,
    module_current and output_current.
    """
    rng = np.random.default_rng(seed)
    each, common = zeros(ModuleSensors, modules), zeros(ChargerSensors)
    _channels(each, [kinds[name] for name in _MODULE_KINDS], rng)
    _channels(common, [kinds[name] for name in _CHARGER_KINDS], rng)
    return each, common


@plant_kernel
def _read(x: float, a: float, b: float, lsb: float, top: float) -> float:
    counts = (a * x + b + _ROUND) - _ROUND  # np.rint would call the maths library
    return np.float32(min(max(counts, -top), top) * lsb)  # type: ignore[return-value]


@plant_kernel
def sample_module(
    p: PlantParams, q: ModuleSensors, m: ModulePlant, T_hs: float, out: ModuleMeas
) -> None:
    """Sample one module."""
    a = m.ac
    u_al = a.uc_al + p.R_d * (a.i2_al - a.i1_al)
    u_be = a.uc_be + p.R_d * (a.i2_be - a.i1_be)
    u_b = -0.5 * u_al + 0.8660254037844386 * u_be
    i_b = -0.5 * a.i1_al + 0.8660254037844386 * a.i1_be
    out.u_g_a = _read(u_al, q.a[0], q.b[0], q.lsb[0], q.top[0])
    out.u_g_b = _read(u_b, q.a[1], q.b[1], q.lsb[1], q.top[1])
    out.i_g_a = _read(a.i1_al, q.a[2], q.b[2], q.lsb[2], q.top[2])
    out.i_g_b = _read(i_b, q.a[3], q.b[3], q.lsb[3], q.top[3])
    out.u_p = _read(m.u_p, q.a[4], q.b[4], q.lsb[4], q.top[4])
    out.u_n = _read(m.u_n, q.a[5], q.b[5], q.lsb[5], q.top[5])
    out.u_o = _read(m.u_node, q.a[6], q.b[6], q.lsb[6], q.top[6])
    out.i_o = _read(m.out.i_f, q.a[7], q.b[7], q.lsb[7], q.top[7])
    out.T_hs = np.float32(T_hs)  # type: ignore[assignment]


@plant_kernel
def sample_charger(q: ChargerSensors, x: PlantState, s: SlowState, out: ChargerMeas) -> None:
    """Sample the common sensors."""
    o = x.out.x
    u_out = x.u_bus if x.contactor.closed else o[4]
    out.u_bus = _read(x.u_bus, q.a[0], q.b[0], q.lsb[0], q.top[0])
    out.u_out = _read(u_out, q.a[1], q.b[1], q.lsb[1], q.top[1])
    out.i_out = _read(o[3], q.a[2], q.b[2], q.lsb[2], q.top[2])
    out.T_pin = np.float32(s.T_pin_sensor)  # type: ignore[assignment]
    out.T_cable = np.float32(s.T_cable_sensor)  # type: ignore[assignment]
