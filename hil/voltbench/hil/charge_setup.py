"""From options to the objects of a run: everything is checked before anything is written."""

from dataclasses import dataclass

from voltbench.calibration.rating import ChargerRating, rating_of
from voltbench.calibration.tuning import charger_gains
from voltbench.control.session.limits import ChargerCapability
from voltbench.hil.charger_values import changed
from voltbench.hil.errors import BadInput
from voltbench.hil.options import ChargeOptions
from voltbench.hil.plant_build import UnsampledResonance, build_plant
from voltbench.hil.simulated import SimulatedBench
from voltbench.hil.v2g.evcc.machine import Evcc
from voltbench.hil.v2g.evcc.settings import VehicleSession
from voltbench.hil.v2g.link import Link, LinkSettings
from voltbench.hil.v2g.messages.frame import Protocol
from voltbench.hil.v2g.profiles import DIN_2014, DIN_2024, ISO2
from voltbench.hil.v2g.secc.machine import Secc
from voltbench.hil.v2g.secc.settings import SeccSettings
from voltbench.plant_models.catalog import CatalogError, vehicle
from voltbench.plant_models.catalog_files import load
from voltbench.plant_models.charger_data import Charger
from voltbench.plant_models.vehicle import BatteryManagement, vehicle_plant
from voltbench.plant_models.vehicle_data import Vehicle

_PROTOCOLS = {"din": Protocol.DIN, "iso2": Protocol.ISO2}


@dataclass
class ChargeSetup:
    """A run about to start."""

    options: ChargeOptions
    charger: Charger
    rating: ChargerRating
    vehicle: Vehicle
    bench: SimulatedBench
    bms: BatteryManagement
    link: Link
    timer_profile: str


def prepare(options: ChargeOptions) -> ChargeSetup:
    """Read the catalog, build plant, control and session.

    Raises
    ------
    BadInput
        One line naming field, value, unit and allowed range.
    """
    try:
        return _prepare(options)
    except (CatalogError, UnsampledResonance) as error:
        raise BadInput(str(error)) from None


def _prepare(options: ChargeOptions) -> ChargeSetup:
    charger = changed(load(options.charger, Charger, "chargers"), options.changes)
    car = vehicle(options.vehicle)
    _check(options, charger, car)
    grid = options.grid.plant()
    plant = build_plant(
        charger,
        vehicle_plant(car, options.ambient_degC),
        grid,
        options.soc_start_percent / 100,
        options.ambient_degC,
        options.control_rate_Hz,
    )
    gains = charger_gains(charger, options.control_rate_Hz, grid.voltage_V, grid.frequency_Hz)
    rating = rating_of(charger)
    link, profile = _link(options, rating, car)
    bench = SimulatedBench(plant, gains, options.seed)
    for fault in options.module_faults:
        bench.plan(fault.time_s, fault.inject)
    return ChargeSetup(
        options=options,
        charger=charger,
        rating=rating,
        vehicle=car,
        bench=bench,
        bms=BatteryManagement(car, options.ambient_degC),
        link=link,
        timer_profile=profile,
    )


def _check(options: ChargeOptions, charger: Charger, car: Vehicle) -> None:
    """Refuse combinations that cannot be: grid and charger, vehicle and charger."""
    last = max((fault.module for fault in options.module_faults), default=1)
    if last > charger.rating.modules:
        raise BadInput(
            f"module-fault module = {last}; allowed: 1 to {charger.rating.modules} "
            f"({options.charger})"
        )
    nominal, given = charger.grid.voltage_V, options.grid.voltage_V
    if not 0.8 * nominal <= given <= 1.15 * nominal:
        raise BadInput(
            f"grid voltage = {given:g} V; allowed: {0.8 * nominal:g} to {1.15 * nominal:g} V "
            f"({options.charger})"
        )
    lowest = car.battery.open_circuit_voltage_V(options.soc_start_percent)
    if lowest > charger.rating.voltage_max_V or lowest < charger.rating.voltage_min_V:
        raise BadInput(
            f"vehicle battery voltage = {lowest:.0f} V; allowed: "
            f"{charger.rating.voltage_min_V:g} to {charger.rating.voltage_max_V:g} V "
            f"({options.charger})"
        )


def _link(options: ChargeOptions, rating: ChargerRating, car: Vehicle) -> tuple[Link, str]:
    """Pair the charger's and the vehicle's session machines."""
    names = (options.protocol,) if options.protocol else car.session.protocols
    protocols = tuple(_PROTOCOLS[name] for name in names)
    timers = {
        Protocol.DIN: DIN_2024 if options.din_timers == "2024" else DIN_2014,
        Protocol.ISO2: ISO2,
    }
    capability = ChargerCapability(
        voltage_min_V=rating.voltage_min_V,
        voltage_max_V=rating.voltage_max_V,
        low_range_max_V=rating.low_range_max_V,
        current_max_A=rating.current_max_A,
        power_max_W=rating.power_W,
        peak_ripple_A=1.0,
    )
    secc = Secc(
        SeccSettings(
            capability=capability,
            timer_profiles=timers,
            session_id=f"{0x5EC0000000000000 + options.seed:016X}",
        )
    )
    habits, limits = car.session, car.limits
    evcc = Evcc(
        VehicleSession(
            max_voltage_V=limits.maximum_voltage_V,
            max_current_A=limits.maximum_current_A,
            max_power_W=limits.maximum_power_W
            or limits.maximum_voltage_V * limits.maximum_current_A,
            energy_capacity_Wh=1e3 * car.battery.usable_energy_kWh,
            protocols=protocols,
            soc_target_percent=options.soc_end_percent,
            current_demand_period_s=habits.current_demand_period_s,
            current_ramp_A_per_s=habits.current_ramp_A_per_s,
            pre_charge_current_A=habits.precharge_current_A,
            contactor_tolerance_V=habits.precharge_tolerance_V,
            cable_check_timeout_s=habits.cable_check_timeout_s,
            pre_charge_timeout_s=habits.precharge_timeout_s,
            timer_profiles=timers,
            evcc_id=habits.evccid,
        )
    )
    return Link(secc, evcc, LinkSettings(max_step_s=0.1)), timers[protocols[0]]
