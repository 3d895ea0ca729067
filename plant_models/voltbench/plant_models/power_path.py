"""The whole plant, grid to battery, advanced by one control period.

``plant_step`` reads from top to bottom like the power flows: grid, AC filters, bridges,
DC links, DC/DC cells, output filters, bus, contactors, cable, inlet, battery. Linear
parts are exact (``ac_filter``, ``output_network``); the bridges between them hold their
duty over the period and exchange the same charge on both sides, so energy is conserved
by each of them. Capacitor voltages seen by a bridge are predicted for the middle of the
period. Slow parts (heat, charge, insulation) run every millisecond in ``slow_path``.
"""

from voltbench.control.numerics.kernel import plant_kernel
from voltbench.control.numerics.records import RecordArray
from voltbench.control.signals import ChargerCommand
from voltbench.plant_models.ac_side import ac_side, grid_contactor
from voltbench.plant_models.dc_side import links_and_cells, output_side
from voltbench.plant_models.grid import grid_step
from voltbench.plant_models.output_network import OutputTables
from voltbench.plant_models.plant_state import PlantParams, PlantState


@plant_kernel
def plant_step(
    p: PlantParams,
    x: PlantState,
    modules: RecordArray,
    ac_tables: RecordArray,
    out_tables: OutputTables,
    cmd: ChargerCommand,
    module_cmd: RecordArray,
    k: int,
) -> None:
    """Advance everything by period `k` under the commands of the last interrupt."""
    grid_step(x.grid, k)
    grid_contactor(p, x, modules, cmd.grid_contactor)
    if x.grid_closed > 0:
        ac_side(p, x, modules, ac_tables, module_cmd, k)
    i_2 = links_and_cells(p, x, modules, module_cmd, cmd.high_range)
    output_side(p, x, modules, out_tables, cmd, i_2 * p.inv_modules)
