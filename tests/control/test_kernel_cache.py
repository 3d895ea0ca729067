"""The cache of compiled kernels: an edit anywhere is a miss, nobody else may write it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

KERNEL = Path(__file__).parents[2] / "control/voltbench/control/numerics/kernel.py"

CALLER = """
from voltbench.scratch.middle import twice
from voltbench.control.numerics.kernel import digest, kernel

@kernel
def run(x):
    return twice(x) + 1.0

hits = sum(run.stats.cache_hits.values())
value = run(3.0)
print(digest("voltbench.scratch.caller"), value, sum(run.stats.cache_hits.values()))
"""
MIDDLE = """
from voltbench.scratch.callee import gain
from voltbench.control.numerics.kernel import kernel

@kernel
def twice(x):
    return gain(x) * 2.0
"""
CALLEE = """
from voltbench.control.numerics.kernel import kernel

@kernel
def gain(x):
    return x * {factor}
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """Lay out a scratch portion of the namespace: caller -> middle -> callee."""
    folder = tmp_path / "src/voltbench/scratch"
    folder.mkdir(parents=True)
    for name, text in (("caller", CALLER), ("middle", MIDDLE)):
        (folder / f"{name}.py").write_text(text)
    (folder / "callee.py").write_text(CALLEE.format(factor=10.0))
    return tmp_path


def run(
    package: Path, cache: Path | None = None, module: str = "voltbench.scratch.caller"
) -> tuple[str, float, int]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "VOLTBENCH_"))}
    env["PYTHONPATH"] = os.pathsep.join([str(package / "src"), env.get("PYTHONPATH", "")])
    env["VOLTBENCH_CACHE_DIR"] = str(cache or package / "cache")
    code = f"import {module}"
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    name, value, hits = done.stdout.split()
    return name, float(value), int(hits)


def test_editing_a_callee_in_another_file_is_a_miss(package: Path) -> None:
    first = run(package)
    again = run(package)
    assert first[1:] == (61.0, 0)
    assert again == (first[0], 61.0, 1)  # unchanged sources: loaded from the cache
    # two files away from the caller, same length, so that size and caller's stamp stay
    (package / "src/voltbench/scratch/callee.py").write_text(CALLEE.format(factor=11.0))
    edited = run(package)
    assert edited[0] != first[0]
    assert edited[1:] == (67.0, 0)


def test_a_script_of_the_user_sees_the_edit_too(package: Path) -> None:
    script = package / "src/script.py"
    script.write_text(CALLER.replace("voltbench.scratch.caller", "script"))
    assert run(package, module="script")[1:] == (61.0, 0)
    assert run(package, module="script")[1:] == (61.0, 1)
    (package / "src/voltbench/scratch/callee.py").write_text(CALLEE.format(factor=11.0))
    assert run(package, module="script")[1:] == (67.0, 0)


def test_the_folder_is_the_one_asked_for_and_private(package: Path) -> None:
    cache = package / "elsewhere"
    run(package, cache)
    assert list(cache.rglob("*.nbi"))
    assert not (package / "cache").exists()
    if sys.platform != "win32":
        assert stat.S_IMODE(cache.stat().st_mode) == 0o700
        assert {stat.S_IMODE(p.stat().st_mode) for p in cache.iterdir()} == {0o700}


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX file modes")
def test_a_folder_that_others_may_write_is_closed(package: Path) -> None:
    cache = package / "open"
    cache.mkdir()
    cache.chmod(0o777)
    run(package, cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_nothing_is_cached_in_a_shared_folder() -> None:
    text = KERNEL.read_text("utf-8")
    assert "tempfile" not in text
    assert "gettempdir" not in text
