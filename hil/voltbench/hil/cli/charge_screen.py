"""The screen while a charge runs: a bar, live values, the hottest point.

On a terminal the three lines are redrawn in place; into a file or a pipe one line is
written whenever the session enters a new phase, so that a log stays readable.
"""

import sys
from types import TracebackType
from typing import Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from voltbench.hil.options import ChargeOptions
from voltbench.hil.progress import Progress

_STAGES = {
    "compiling": "preparing kernels",
    "session": "session",
    "charging": "charging",
    "writing": "writing the result",
}
_REFRESH_PER_S = 8


def headline(asked: ChargeOptions) -> str:
    """Return what is being run, in one line."""
    soc = f"{asked.soc_start_percent:g} to {asked.soc_end_percent:g} %"
    return (
        f"{asked.vehicle} on {asked.charger} · {soc} · {asked.ambient_degC:g} °C · "
        f"{asked.grid} · seed {asked.seed}"
    )


def clock(time_s: float) -> str:
    """Return a duration as minutes and seconds, with hours when there are any."""
    hours, rest = divmod(round(time_s), 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes:02d}:{seconds:02d}"


def spoken(phase: str) -> str:
    """Return a phase of the session for people."""
    return phase.replace("_", " ")


def values(now: Progress) -> str:
    """Return the live values in one line, of constant width while digits change."""
    return (
        f"{now.voltage_V:6.1f} V  {now.current_A:6.1f} A  {now.power_W / 1e3:6.1f} kW   "
        f"SoC {now.soc_percent:4.1f} %"
    )


def hottest(now: Progress) -> str:
    """Return the hottest point and where it is."""
    return f"hottest {now.hottest_degC:.1f} °C {now.hottest_place}".rstrip()


def picture(now: Progress) -> Group:
    """Return bar and values as rich draws them."""
    label = spoken(now.phase) if now.stage in ("session", "charging") else ""
    bar = Table.grid(padding=(0, 1), expand=True)
    bar.add_column(no_wrap=True, min_width=26)  # charge parameter discovery: the bar stays put
    bar.add_column(ratio=1)
    bar.add_column(justify="right", no_wrap=True, min_width=4)
    bar.add_column(justify="right", no_wrap=True, min_width=24)
    pace = ""
    if now.stage != "compiling" and now.real_time_factor > 0:
        pace = f"{clock(now.time_s)}  {now.real_time_factor:.0f} x real time"
    bar.add_row(
        Text(label or _STAGES[now.stage], style="bold"),
        ProgressBar(total=1.0, completed=min(max(now.fraction, 0.0), 1.0)),
        f"{100 * now.fraction:.0f} %",
        Text(pace, style="dim"),
    )
    live = now.stage in ("session", "charging")
    lines = (values(now), f"  {hottest(now)}") if live else ("", "")
    return Group(bar, *(Text(line, no_wrap=True, overflow="ellipsis") for line in lines))


class ChargeScreen:
    """Context manager that shows :class:`Progress` snapshots until it is left."""

    def __init__(
        self, asked: ChargeOptions, to_stderr: bool, console: Console | None = None
    ) -> None:
        """Show on stdout, or on stderr when stdout is for one JSON object."""
        stream = sys.stderr if to_stderr else sys.stdout
        self._console = console or Console(file=stream, highlight=False)
        self._asked = asked
        self._last: tuple[str, str] | None = None
        self._started = False
        self._live: Live | None = None

    def __enter__(self) -> Self:
        """Return the screen; it draws from the first snapshot on.

        Until then the input is being checked, and a mistake must be answered by one line.
        """
        return self

    def _start(self) -> None:
        """Print what is being run and start drawing."""
        self._started = True
        self._console.print(headline(self._asked), style="bold", soft_wrap=True)
        if self._console.is_terminal:
            self._live = Live(
                Text("starting"), console=self._console, refresh_per_second=_REFRESH_PER_S
            )
            self._live.start()

    def update(self, now: Progress) -> None:
        """Show one snapshot; cheap enough to be called many times a second."""
        if not self._started:
            self._start()
        if self._live is not None:
            self._live.update(picture(now))
            return
        here = (now.stage, now.phase)
        if here != self._last:
            self._last = here
            self._console.print(_log_line(now), soft_wrap=True)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop drawing; the last picture stays on the screen."""
        if self._live is not None:
            self._live.stop()


def _log_line(now: Progress) -> str:
    if now.stage in ("compiling", "writing"):
        return _STAGES[now.stage]
    phase = spoken(now.phase) or _STAGES[now.stage]
    return f"{now.time_s:9.3f} s  {phase:<26} {values(now)}   {hottest(now)}"
