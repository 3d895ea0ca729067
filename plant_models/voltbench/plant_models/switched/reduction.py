"""Reduce one configuration to z' = A z, with guards, outputs, constraints and jumps.

The rows ``M w = N z`` of a configuration may be singular. Each left null vector y of M turns
into a constraint ``y N z = 0`` on the states (an inductor cut-set, a capacitor loop);
differentiated in time it is the row that was missing (index reduction, repeated while new
constraints appear). What is then still undetermined are potentials of parts connected
through blocking devices only: they take the values that equal leakage conductances in the
limit of zero would give, the least sum of squares over the blocking voltages.

The same rows with the constraint's residual on the right side give the impulse that brings a
violating state onto the constraint: voltage areas for inductors, charges for capacitors.
"""

from dataclasses import dataclass, replace

import numpy as np

from voltbench.plant_models.switched.checks import Groups
from voltbench.plant_models.switched.elements import Capacitor, VoltageSource
from voltbench.plant_models.switched.errors import CircuitError
from voltbench.plant_models.switched.tableau import Array, Oss, Tableau, probe_rows

RANK_TOLERANCE = 1e-10
MAX_INDEX = 4


@dataclass(frozen=True)
class Modes:
    """One configuration: the gate word, and which diodes conduct (bit k: diode k).

    Above the diodes' bits stand those of the knees: 1 beyond the breakpoint.
    """

    gates: int
    diodes: int


@dataclass(frozen=True)
class Reduced:
    """A configuration in scaled units, time in nominal periods.

    Attributes
    ----------
    a : Array
        Derivative of all states.
    outputs : Array
        Probe values in SI from the scaled states.
    guards : Array
        Rows of the active diodes (equal ones once), valid while not negative: the current, or
        the threshold less the voltage.
    guard_diodes : tuple[tuple[int, ...], ...]
        Which diodes each guard row belongs to; they change together.
    constraints : Array
        Rows that are zero on every state this configuration can hold.
    inductive : tuple[bool, ...]
        Whether a constraint binds an inductor current.
    project : Array
        Jump onto the constraints, conserving flux and charge.
    impulses : Array
        For each guard the impulse across (blocking) or through (conducting, negative)
        its diode during that jump: positive asks the diode to change.
    """

    a: Array
    outputs: Array
    guards: Array
    guard_diodes: tuple[tuple[int, ...], ...]
    constraints: Array
    inductive: tuple[bool, ...]
    project: Array
    impulses: Array
    unknowns: Array
    """Node voltages and branch currents (scaled) from the scaled states."""
    held: tuple[int, ...] = ()
    """States of output capacitances whose voltage a conductor fixes: they follow it."""


def held_capacitances(tableau: Tableau, modes: Modes) -> list[Oss]:
    """Return the output capacitances that conductors, capacitors and sources tie together."""
    if not tableau.capacitances:
        return []
    groups = Groups()
    for element in tableau.circuit.elements:
        if isinstance(element, Capacitor | VoltageSource):
            groups.join(element.plus, element.minus)
    names = [*tableau.nodes, "0"]
    on = [c.branch for c in tableau.channels if modes.gates >> c.gate & 1]
    on += [v.branch for k, v in enumerate(tableau.valves) if modes.diodes >> k & 1]
    for branch in on:
        ends = [names[k] for k in np.flatnonzero(tableau.voltage_of[branch])]
        groups.join(ends[0], ends[1] if len(ends) > 1 else "0")
    return [c for c in tableau.capacitances if groups.find(c.nodes[0]) == groups.find(c.nodes[1])]


def canonical(tableau: Tableau, modes: Modes) -> Modes:
    """Return the configuration without the knees of held capacitances: they change nothing."""
    held = {c.state for c in held_capacitances(tableau, modes)}
    first = len(tableau.valves)
    idle = sum(1 << first + k for k, knee in enumerate(tableau.knees) if knee.state in held)
    return Modes(modes.gates, modes.diodes & ~idle)


def _beyond_knees(tableau: Tableau, modes: Modes) -> Tableau:
    """Return the equations with the slopes that hold beyond the knees passed."""
    if not tableau.knees:
        return tableau
    d_w, first = tableau.d_w.copy(), len(tableau.valves)
    for k, knee in enumerate(tableau.knees):
        if modes.diodes >> first + k & 1:
            d_w[knee.state] *= knee.factor
    return replace(tableau, d_w=d_w)


def active_diodes(tableau: Tableau, modes: Modes) -> tuple[int, ...]:
    """Return the diodes that no closed channel shunts, and the knees the states can reach next."""
    diodes = [
        k
        for k, valve in enumerate(tableau.valves)
        if valve.shunt < 0 or not modes.gates >> valve.shunt & 1
    ]
    held = {c.state for c in held_capacitances(tableau, modes)}
    first = len(tableau.valves)
    near = _near_knees(tableau, modes.diodes >> first)
    knees = [first + k for k in near if tableau.knees[k].state not in held]
    return (*diodes, *knees)


def _near_knees(tableau: Tableau, passed: int) -> list[int]:
    """Return the ends of the piece each polygon is on: the last knee passed, and the next one.

    A state gets to the others only through these, so nothing else has to be watched.
    """
    near = []
    knees = tableau.knees
    sides = {(knee.state, knee.sign) for k, knee in enumerate(knees) if passed >> k & 1}
    for k, knee in enumerate(knees):
        before = k > 0 and (knees[k - 1].state, knees[k - 1].sign) == (knee.state, knee.sign)
        after = k + 1 < len(knees) and (knees[k + 1].state, knees[k + 1].sign) == (
            knee.state,
            knee.sign,
        )
        if passed >> k & 1:
            here = not (after and passed >> k + 1 & 1)
        elif before:
            here = bool(passed >> k - 1 & 1)
        else:
            here = (knee.state, -knee.sign) not in sides
        if here:
            near.append(k)
    return near


def describe(tableau: Tableau, modes: Modes) -> str:
    """Return the configuration in words: gates that are on, diodes that conduct."""
    gates = [g for k, g in enumerate(tableau.circuit.gates) if modes.gates >> k & 1]
    diodes = [v.name for k, v in enumerate(tableau.valves) if modes.diodes >> k & 1]
    text = f"on: {', '.join(gates) or 'none'}; conducting: {', '.join(diodes) or 'none'}"
    first = len(tableau.valves)
    passed = [k.name for n, k in enumerate(tableau.knees) if modes.diodes >> first + n & 1]
    return text + (f"; {', '.join(passed)}" if passed else "")


def reduce_modes(tableau: Tableau, modes: Modes) -> Reduced:
    """Reduce one configuration.

    Raises
    ------
    CircuitError
        If the configuration shorts a source or opens a source current, or leaves a current or
        an output undetermined; names the configuration.
    """
    tableau = _beyond_knees(tableau, modes)
    held = held_capacitances(tableau, modes)
    m, n = _mode_rows(tableau, modes)
    _hold(tableau, m, n, held)
    blocking = _blocking_rows(tableau, modes)
    try:
        solve, constraints = _index_reduce(tableau, m, n, blocking)
    except CircuitError as error:
        raise CircuitError(
            f"circuit {tableau.circuit.name!r}, configuration [{describe(tableau, modes)}]: {error}"
        ) from None
    count = len(m)
    derived = _derived_rows(tableau, constraints)
    w = solve @ np.vstack([n, derived])
    residual = np.vstack([np.zeros((count, tableau.size)), -constraints])
    w_jump = solve @ residual
    a = tableau.d_z.copy()
    a[: tableau.dynamic] += tableau.d_w @ w
    project = np.eye(tableau.size)
    project[: tableau.dynamic] += tableau.d_w @ w_jump
    a = a @ project
    for capacitance in held:
        follows = tableau.voltage_of[capacitance.branch] @ w @ project
        a[capacitance.state] = follows @ a
        project[capacitance.state] = follows
    displaced = _with_displacement(tableau, modes, held, blocking)
    guards, impulses = _guards(tableau, modes, w, w_jump, w if displaced is None else displaced)
    guards = guards @ project  # states are on the constraints: rows that agree there are equal
    groups = _groups(np.hstack([guards, impulses]))
    first = [group[0] for group in groups]
    guards, impulses = guards[first], impulses[first]
    diodes = active_diodes(tableau, modes)
    outputs = np.array([row @ w * unit for row, unit in probe_rows(tableau)])
    dynamic = constraints[:, : tableau.dynamic]
    inductive = tuple(bool(np.any(np.abs(c[tableau.inductive]) > 1e-9)) for c in dynamic)
    return Reduced(
        _clean(a),
        _clean(outputs @ project),
        _clean(guards),
        tuple(tuple(diodes[k] for k in group) for group in groups),
        constraints,
        inductive,
        project,
        impulses,
        w @ project,
        tuple(c.state for c in held),
    )


def _hold(tableau: Tableau, m: Array, n: Array, held: list[Oss]) -> None:
    """Let no current into the capacitances whose voltage a conductor fixes."""
    for capacitance in held:
        m[capacitance.row] = 0.0
        m[capacitance.row, len(tableau.nodes) + capacitance.branch] = 1.0
        n[capacitance.row] = 0.0


def _with_displacement(
    tableau: Tableau, modes: Modes, held: list[Oss], blocking: Array
) -> Array | None:
    """Return the unknowns with diodes of no slope across live capacitances, where that differs.

    A diode stops when its own current and the one its capacitances would take cancel: a bus
    that droops keeps a diode at its threshold with no current in the winding. Without this
    share, neither conducting nor blocking would be consistent there.
    """
    by_channels = held_capacitances(tableau, Modes(modes.gates, 0))
    if len(by_channels) == len(held):
        return None
    ideal = replace(tableau, valves=[replace(v, resistance=0.0) for v in tableau.valves])
    m, n = _mode_rows(ideal, modes)
    _hold(ideal, m, n, by_channels)
    try:
        solve, constraints = _index_reduce(ideal, m, n, blocking)
    except CircuitError:  # parallel diodes without slope share no current that could be told
        return None
    unknowns: Array = solve @ np.vstack([n, _derived_rows(ideal, constraints)])
    return unknowns


def _clean(matrix: Array) -> Array:
    """Return the matrix without the round-off that stands where zeros belong."""
    size = np.abs(matrix).max(initial=0.0)
    return np.where(np.abs(matrix) < 1e-15 * size, 0.0, matrix)


def _groups(rows: Array) -> list[list[int]]:
    """Return the groups of equal rows: diagonal diodes of a bridge cross, and change, together."""
    groups: list[list[int]] = []
    for k, row in enumerate(rows):
        size = np.abs(row).max(initial=1.0)
        for group in groups:
            if np.abs(row - rows[group[0]]).max(initial=0.0) <= 1e-10 * size:
                group.append(k)
                break
        else:
            groups.append([k])
    return groups


def _mode_rows(tableau: Tableau, modes: Modes) -> tuple[Array, Array]:
    m, n = tableau.m.copy(), tableau.n.copy()
    nodes = len(tableau.nodes)
    for channel in tableau.channels:
        current = np.zeros(tableau.unknowns)
        current[nodes + channel.branch] = 1.0
        if modes.gates >> channel.gate & 1:
            m[channel.row] = tableau.voltage_of[channel.branch] - channel.resistance * current
        else:
            m[channel.row] = current
    for k, valve in enumerate(tableau.valves):
        current = np.zeros(tableau.unknowns)
        current[nodes + valve.branch] = 1.0
        if modes.diodes >> k & 1:
            m[valve.row] = tableau.voltage_of[valve.branch] - valve.resistance * current
            n[valve.row, -1] = valve.forward_voltage
        else:
            m[valve.row] = current
    return m, n


def _blocking_rows(tableau: Tableau, modes: Modes) -> Array:
    """Return the voltages of all open devices over the unknowns."""
    open_branches = [c.branch for c in tableau.channels if not modes.gates >> c.gate & 1]
    open_branches += [v.branch for k, v in enumerate(tableau.valves) if not modes.diodes >> k & 1]
    return tableau.voltage_of[sorted(set(open_branches))]


def _derived_rows(tableau: Tableau, constraints: Array) -> Array:
    """Return the right side of the differentiated constraints: minus what z alone gives."""
    return -(constraints @ tableau.d_z)


def _index_reduce(tableau: Tableau, m: Array, n: Array, blocking: Array) -> tuple[Array, Array]:
    """Return the operator from all right sides to w, and the constraints on z."""
    constraints = np.zeros((0, tableau.size))
    for _ in range(MAX_INDEX):
        rows = np.vstack([m, constraints[:, : tableau.dynamic] @ tableau.d_w])
        right = np.vstack([n, _derived_rows(tableau, constraints)])
        weight = 1.0 / np.maximum(np.abs(rows).max(axis=1), 1e-300)
        u, s, vt = np.linalg.svd(rows * weight[:, None])
        rank = int(np.sum(s > RANK_TOLERANCE * s[0]))
        null = u[:, rank:].T * weight
        found = _new_constraints(tableau, null @ right, constraints)
        if not len(found):
            pinv = (vt[:rank].T / s[:rank]) @ u[:, :rank].T * weight
            return _settle_potentials(tableau, pinv, vt[rank:].T, blocking), constraints
        constraints = np.vstack([constraints, found])
    raise CircuitError(f"its equations are of index above {MAX_INDEX}: no unique solution")


def _new_constraints(tableau: Tableau, rows: Array, known: Array) -> Array:
    """Return an orthonormal basis of the constraints that are not among the known ones."""
    rows = rows[np.abs(rows).max(axis=1, initial=0.0) > 1e-9]
    if not len(rows):
        return rows
    if len(known):
        basis = np.linalg.qr(known.T)[0]
        rows = rows - rows @ basis @ basis.T
    _, s, vt = np.linalg.svd(rows, full_matrices=False)
    found = vt[s > 1e-9]
    for row in found:
        if np.abs(row[: tableau.dynamic]).max(initial=0.0) < 1e-9:
            raise CircuitError("it shorts an ideal voltage or opens an ideal current of a source")
    return found


def _settle_potentials(tableau: Tableau, pinv: Array, null: Array, blocking: Array) -> Array:
    """Add the null-space part that equal leakages of the open devices would give."""
    if null.shape[1] == 0:
        return pinv
    through = blocking @ null
    u, s, vt = np.linalg.svd(through, full_matrices=False)
    rank = int(np.sum(s > 1e-9))
    free = null @ np.linalg.svd(through)[2][rank:].T if len(through) else null
    visible = np.vstack([tableau.d_w, *(row for row, _ in probe_rows(tableau))])
    if free.size and np.abs(visible @ free).max() > 1e-9:
        raise CircuitError("a current or a probed voltage is undetermined (ideal parallel paths)")
    correct = null @ (vt[:rank].T / s[:rank]) @ u[:, :rank].T @ blocking
    solved: Array = pinv - correct @ pinv
    return solved


def _guards(
    tableau: Tableau, modes: Modes, w: Array, w_jump: Array, displaced: Array
) -> tuple[Array, Array]:
    nodes = len(tableau.nodes)
    guards, impulses = [], []
    first = len(tableau.valves)
    for k in active_diodes(tableau, modes):
        if k >= first:
            knee = tableau.knees[k - first]
            side = 1.0 if modes.diodes >> k & 1 else -1.0
            row = np.zeros(tableau.size)
            row[knee.state], row[-1] = side * knee.sign, -side * knee.at
            guards.append(row)
            impulses.append(np.zeros(tableau.size))
            continue
        valve = tableau.valves[k]
        if modes.diodes >> k & 1:
            guards.append(displaced[nodes + valve.branch])
            impulse = -w_jump[nodes + valve.branch]
        else:
            row = -tableau.voltage_of[valve.branch] @ w
            row[-1] += valve.forward_voltage
            guards.append(row)
            impulse = tableau.voltage_of[valve.branch] @ w_jump
        largest = np.abs(impulse).max()
        impulses.append(impulse / largest if largest > 1e-9 else np.zeros(tableau.size))
    shape = (len(guards), tableau.size)
    return np.array(guards).reshape(shape), np.array(impulses).reshape(shape)
