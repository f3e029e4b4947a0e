"""Time to write each output of a report of N modules, each in a process of its own.

    python benchmarks/outputs_speed.py [--modules 300] [--runs 5]

What is measured is processor time from the finished report to the bytes, with the imports that the
format needs; the report's own types are loaded before. "default" writes what a scan writes when it
is not told, in one process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
GOALS = {"default": 0.25, "html": 0.12}
MEASURE = """
import json, sys, time
from tests.outputs import reports
report = reports.large(int(sys.argv[1]))
start = time.process_time()
from compliance import outputs
made = outputs.render_all(sys.argv[2].split(","), report)
print(json.dumps([time.process_time() - start, sum(map(len, made.values()))]))
"""


def once(modules: int, formats: str) -> tuple[float, int]:
    """Seconds and bytes of one run in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(modules), formats],
        cwd=ROOT, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    seconds, size = json.loads(done.stdout)
    return seconds, size


def main() -> None:
    """Print a table: format, median seconds, size, and the goal where there is one."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--modules", type=int, default=300)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from compliance import outputs

    wanted = {"default": ",".join(outputs.DEFAULT_FORMATS), **{f: f for f in outputs.FORMATS}}
    print(f"{'format':16}{'seconds':>9}{'MB':>8}  goal")
    for name, formats in wanted.items():
        runs = [once(options.modules, formats) for _ in range(options.runs)]
        median = statistics.median(seconds for seconds, _ in runs)
        goal = f"<= {GOALS[name]} at 300 modules" if name in GOALS else ""
        print(f"{name:16}{median:9.3f}{runs[0][1] / 1e6:8.2f}  {goal}")


if __name__ == "__main__":
    main()
