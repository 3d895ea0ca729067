"""Ctrl-C while a run goes on: taken note of, and answered where nothing is half done."""

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from voltbench.hil.errors import Interrupted


class StopRequest:
    """Context manager: the first Ctrl-C asks for a stop, the second one breaks off at once.

    Outside the main thread signals cannot be caught: there it does nothing.
    """

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def check(self) -> None:
        """Raise if the user asked to stop.

        Raises
        ------
        Interrupted
            Once, at an instant that the caller chose.
        """
        if self.asked:
            raise Interrupted("stopped by the user")

    def _note(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True

    def __enter__(self) -> Self:
        """Take over Ctrl-C."""
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGINT, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give Ctrl-C back."""
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None
