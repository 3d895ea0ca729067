"""An open control loop in discrete time, and its margins by python-control.

A loop is what a signal becomes on its way around, cut open at one point: negative
feedback, so the closed loop is 1/(1 + L). Coefficients may be complex: one complex loop
in the rotating dq frame stands for both axes and their coupling, and its response differs
between positive and negative frequencies, so both halves are judged.
"""

import math
from dataclasses import dataclass

import control as ct
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Complex = NDArray[np.complex128]
_POINTS = 900
_SMALLEST_DB, _LARGEST_DB = 0.01, 150.0


@dataclass(frozen=True)
class Loop:
    """x(k+1) = A x + B e + E d, y = C x: e is r - y when the loop is closed."""

    name: str
    asked_Hz: float | None
    """Bandwidth that the gains were made for; None where they come from something else."""
    T_s: float
    A: Complex
    B: Complex
    C: Complex
    note: str = ""
    E: Complex | None = None
    """Column of a disturbance, where the loop knows one."""

    def response(self, omega: Array) -> Complex:
        """Return L(exp(j omega T_s)) for angular frequencies in rad/s."""
        z = np.exp(1j * omega * self.T_s)
        eye = np.eye(len(self.A))
        x = np.linalg.solve(z[:, None, None] * eye - self.A, self.B[None, :, None])
        found: Complex = x[:, :, 0] @ self.C
        return found

    def answer(self, column: Complex, omega: Array) -> Complex:
        """Return y over an input of the closed loop: `B` for the reference, `E`."""
        z = np.exp(1j * omega * self.T_s)
        closed = self.A - np.outer(self.B, self.C)
        x = np.linalg.solve(z[:, None, None] * np.eye(len(closed)) - closed, column[None, :, None])
        found: Complex = x[:, :, 0] @ self.C
        return found

    def step(self, column: Complex, samples: int) -> Complex:
        """Return y at 0 ... samples - 1 after that input of the closed loop has stepped to 1."""
        closed, x = self.A - np.outer(self.B, self.C), np.zeros(len(self.A), complex)
        found = np.zeros(samples, complex)
        for k in range(samples):
            found[k] = self.C @ x
            x = closed @ x + column
        return found

    def stable(self) -> bool:
        """Tell whether every pole of the closed loop lies inside the unit circle."""
        poles = np.linalg.eigvals(self.A - np.outer(self.B, self.C))
        return bool(np.abs(poles).max() < 1.0)


@dataclass(frozen=True)
class Margins:
    """Margins of a closed loop; `None` where the response never crosses."""

    crossover_Hz: float | None
    """Lowest frequency at which |L| falls through 1."""
    phase_margin_deg: float | None
    """Smallest of all crossings, the filter resonance's included."""
    phase_margin_Hz: float | None
    """Frequency of the crossing with the smallest phase margin."""
    gain_margin_dB: float | None
    """Smallest change of the gain, up or down, that makes the loop unstable."""
    modulus_margin: float
    """Smallest distance of L from -1."""
    stable: bool


def from_system(name: str, asked_Hz: float | None, system: ct.StateSpace, note: str = "") -> Loop:
    """Return the loop of a discrete-time python-control system without feed-through."""
    s = ct.ss(system)
    if np.any(s.D):
        raise ValueError(f"loop {name!r} has feed-through: a sampled loop needs a delay")
    A, B, C = (np.asarray(m, complex) for m in (s.A, s.B, s.C))
    return Loop(name, asked_Hz, float(s.dt), A, B[:, 0], C[0], note)


def margins(loop: Loop) -> Margins:
    """Return the margins over both signs of the frequency (python-control)."""
    omega = frequencies(loop)
    halves = [loop.response(omega)]
    if np.iscomplex(loop.A).any():
        # L(-w) of complex coefficients; its conjugate is a response at +w again
        halves.append(loop.response(-omega).conj())
    at_nyquist = complex(loop.response(np.array([math.pi / loop.T_s]))[0])
    return margins_of(omega, halves, at_nyquist, loop.stable())


def margins_of(
    omega: Array, halves: list[Complex], at_nyquist: complex | None, stable: bool
) -> Margins:
    """Return the margins of a response on a dense grid.

    Parameters
    ----------
    omega
        rad/s, ascending, positive.
    halves
        The open loop there; of a loop with complex coefficients also L(-omega)*.
    at_nyquist
        Its value at half the sampling rate, where that is known.
    stable
        Whether the closed loop is.
    """
    crossings: list[tuple[float, float]] = []
    gains: list[float] = []
    moduli: list[float] = []
    for half in halves:
        data = ct.frd(half, omega, smooth=True)
        gm, pm, sm, _, w_gain, _ = ct.stability_margins(data, returnall=True)
        crossings += zip(np.ravel(w_gain), _folded(np.ravel(pm)), strict=True)
        change = np.abs(20 * np.log10(np.ravel(gm)))
        gains += [float(c) for c in change if _SMALLEST_DB <= c <= _LARGEST_DB]
        moduli += [float(m) for m in np.ravel(sm)] + [float(np.abs(1 + half).min())]
    # real loops end on the real axis
    if at_nyquist is not None and abs(at_nyquist.imag) < -1e-6 * at_nyquist.real:
        gains.append(float(abs(20 * np.log10(-at_nyquist.real))))
    crossings.sort()
    worst = min(crossings, key=lambda one: abs(one[1]), default=None)
    return Margins(
        crossover_Hz=crossings[0][0] / (2 * math.pi) if crossings else None,
        phase_margin_deg=worst[1] if worst else None,
        phase_margin_Hz=worst[0] / (2 * math.pi) if worst else None,
        gain_margin_dB=min(gains) if gains else None,
        modulus_margin=min(moduli),
        stable=stable,
    )


def _folded(phase: Array) -> list[float]:
    """Return phase margins as the smaller way round to -180 degrees, in degrees."""
    return [float(abs((p + 180.0) % 360.0 - 180.0)) for p in phase]


def frequencies(loop: Loop) -> Array:
    """Return angular frequencies up to Nyquist's, dense around the loop's own resonances."""
    top = math.pi / loop.T_s
    asked = 2 * math.pi * loop.asked_Hz if loop.asked_Hz else 5e-5 * top
    low = min(asked / 50.0, top / 100.0)
    poles = np.linalg.eigvals(loop.A)
    damped = np.abs(np.log(poles[np.abs(poles) > 1e-9]).imag) / loop.T_s
    near = [r * np.linspace(0.9, 1.1, 101) for r in damped if 10 * low < r < top]
    omega = np.unique(np.concatenate([np.geomspace(low, top, _POINTS), *near]))
    kept: Array = omega[(omega >= low) & (omega < top * (1 - 1e-9))]
    return kept
