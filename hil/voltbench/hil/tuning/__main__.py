"""``make tuning``: prove six designs and write the page."""

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from voltbench.hil.evidence import manifest
from voltbench.hil.tuning.designs import designs
from voltbench.hil.tuning.measured import prove
from voltbench.hil.tuning.page import write


def main(arguments: Sequence[str] | None = None) -> int:
    """Write ``tuning.md`` and ``tuning.png``; return the exit code."""
    parser = argparse.ArgumentParser(prog="make tuning", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results"), help="folder of the page")
    folder: Path = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    proofs = []
    for design in designs():
        print(design.plant.name, flush=True)
        proofs.append(prove(design))
    made = manifest.commit()
    commit = str(made.get("commit"))[:12]
    write(proofs, f"{time.strftime('%Y-%m-%d', time.gmtime())}, commit {commit}", folder)
    print(f"{folder / 'tuning.md'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
