"""Open loops of the output: voltage control and the modules' current trim.

The plant is the output network of ``plant_models.output_network``, every mode of it
(filter, bus, cable, inlet, the battery's RC pairs), discretised exactly; the DC/DC cells
are a held current source one period late. Modules split into mean and deviation.
Temperatures and pack resistances are those of the vehicle named in the note.
"""

import control as ct
import numpy as np

from voltbench.calibration.loops import Loop, from_system
from voltbench.plant_models import output_network as net
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.discretise import zero_order_hold


def _mean_plant(n: net.OutputNetwork, switches: int, T: float) -> ct.StateSpace:
    """Return the mean network from a module's current to u_bus and the choke's current."""
    A, B = n.matrices(switches)
    end = zero_order_hold(A, B[:, :1], T).end
    bus = np.zeros(7)
    bus[[net.I_F, net.U_BUS]] = n.R_bus * n.modules, 1.0
    if switches & net.OUTPUT_CONTACTORS:
        bus[net.I_C] = -n.R_bus
    choke = np.eye(7)[net.I_F]
    rows = np.stack([bus, choke])
    plant: ct.StateSpace = ct.ss(end[:, :7], end[:, 7:], rows, np.zeros((2, 1)), T)
    return plant


def _delay(T: float) -> ct.StateSpace:
    one: ct.StateSpace = ct.ss([[0.0]], [[1.0]], [[1.0]], [[0.0]], T)
    return one


def voltage_loop(
    charger: Charger, gains: np.void, n: net.OutputNetwork, battery: bool, note: str
) -> Loop:
    """Return the output voltage's loop, the modules' trim closed inside it."""
    T, o = float(gains["T_s"]), gains["output"]
    k_p = float(o["k_p_bat"] if battery else o["k_p"])
    k_i = float(o["k_i_bat"] if battery else o["k_i"])
    switches = net.OUTPUT_CONTACTORS | (net.VEHICLE_CONTACTORS if battery else 0)
    plant = _mean_plant(n, switches, T) * _delay(T)
    trim = T * float(gains["dab"]["alpha_i"])
    # i_cmd = i_ref + x,  x(k+1) = x + trim (i_ref - i_f)
    inner = ct.interconnect(
        [
            ct.ss(plant, name="plant", inputs=["i_cmd"], outputs=["u", "i_f"]),
            ct.ss([[1.0]], [[trim, -trim]], [[1.0]], [[0.0, 0.0]], T, name="trim",
                  inputs=["i_ref", "i_f"], outputs=["x"]),
            ct.summing_junction(["i_ref", "x"], "i_cmd", name="sum"),
        ],
        inputs=["i_ref"], outputs=["u"],
    )  # fmt: skip
    controller = ct.ss(ct.tf([k_p, T * k_i - k_p], [1, -1], T)) * (1.0 / n.modules)
    c = charger.control
    asked = c.battery_bandwidth_Hz if battery else c.output_bandwidth_Hz
    name = "output voltage, battery" if battery else "output voltage, capacitors"
    return from_system(name, asked, controller * ct.ss(inner), note)


def trim_loop(
    charger: Charger, gains: np.void, n: net.OutputNetwork, deviation: bool, note: str
) -> Loop:
    """Return the loop of the modules' current trim (integral), mean or deviation."""
    T = float(gains["T_s"])
    if deviation:
        end = zero_order_hold(*n.deviation(), T).end
        plant = ct.ss(end[:, :2], end[:, 2:], [[0.0, 1.0]], [[0.0]], T)
    else:
        plant = _mean_plant(n, net.OUTPUT_CONTACTORS | net.VEHICLE_CONTACTORS, T)[1, 0]
    integral = ct.ss([[1.0]], [[T * float(gains["dab"]["alpha_i"])]], [[1.0]], [[0.0]], T)
    name = "module current, deviation" if deviation else "module current, mean"
    system = integral * _delay(T) * plant
    return from_system(name, charger.control.trim_bandwidth_Hz, system, note)
