"""The layout rules that break quietly: python-control shadowed, portions hidden, files too long."""

import importlib.util
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path

import control
import pytest

ROOT = Path(__file__).parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PORTIONS: list[str] = PYPROJECT["tool"]["hatch"]["build"]["dev-mode-dirs"]
LONGEST, MEDIAN = 600, 180


def sources() -> list[Path]:
    folders = [ROOT / name for name in (*PORTIONS, "tests")]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


def test_import_control_is_python_control() -> None:
    assert hasattr(control, "tf")  # an empty namespace object imports without an error
    assert control.__file__ is not None
    origin = Path(control.__file__).resolve()
    assert not any(origin.is_relative_to(ROOT / portion) for portion in PORTIONS)


def test_import_control_from_the_root_is_python_control() -> None:
    code = "import control; print(control.tf is not None)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "True"), done.stderr


@pytest.mark.parametrize("portion", PORTIONS)
def test_portion_holds_one_package_and_nothing_beside_it(portion: str) -> None:
    folder = ROOT / portion
    assert (folder / "voltbench" / portion / "__init__.py").is_file()
    assert list(folder.glob("*.py")) == []
    assert list((folder / "voltbench").glob("*.py")) == []  # would hide the other portions
    entries = {path.name for path in (folder / "voltbench").iterdir()} - {"__pycache__"}
    assert entries == {portion}


@pytest.mark.parametrize("portion", PORTIONS)
def test_portion_is_importable(portion: str) -> None:
    assert importlib.util.find_spec(f"voltbench.{portion}") is not None


def test_wheel_and_editable_install_name_the_same_folders() -> None:
    wheel = PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert wheel == [f"{portion}/voltbench" for portion in PORTIONS]
    assert PYPROJECT["tool"]["mypy"]["mypy_path"] == PORTIONS
    roots = PYPROJECT["tool"]["importlinter"]["root_packages"]
    assert sorted(roots) == sorted(f"voltbench.{portion}" for portion in PORTIONS)


def test_tests_hold_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_no_file_is_too_long() -> None:
    lengths = {path: len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {path.name: n for path, n in lengths.items() if n > LONGEST} == {}
    assert statistics.median(lengths.values()) < MEDIAN


def test_constraints_pin_every_direct_dependency_and_not_the_project() -> None:
    text = (ROOT / "constraints.txt").read_text("utf-8")
    pins = [line.split("==") for line in text.splitlines() if not line.startswith("#")]
    assert all(len(pin) == 2 for pin in pins)
    pinned = {name.lower() for name, _ in pins}
    asked = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    assert {entry.split(">=")[0] for entry in asked} <= pinned
    assert "voltbench" not in pinned
