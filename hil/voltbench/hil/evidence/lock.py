"""A lock on an open file that dies with its process, so that recovery never touches a live run."""

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any


def hold(file: IO[Any]) -> None:
    """Lock the open file until it is closed or the process ends.

    Where the platform has no ``flock`` (Windows), an open file cannot be removed anyway.

    Raises
    ------
    BlockingIOError
        If another process holds it.
    """
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        # some network file systems know no locks: a run must not fail for that
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            raise


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Hold the lock of a file while the body runs.

    Raises
    ------
    BlockingIOError
        If another process holds it.
    """
    if sys.platform == "win32":
        yield  # holding the file open would keep the body from removing it
        return
    with open(path, "r+b") as file:
        hold(file)
        yield
