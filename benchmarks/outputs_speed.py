"""Time to write each output of a report of N modules, each in a process of its own.

    python benchmarks/outputs_speed.py [--modules 300] [--runs 5] [--repo FOLDER]

What is measured is processor time from the finished report to the bytes, with the imports that the
format needs; the report's own types are loaded before. "default" writes what a scan writes when it
is not told, in one process; "validate" is `sbom validate` of the SPDX 2.3 bill. With --repo the
default outputs of a real scan are measured as well, after the scan.
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
GOALS = {
    "default": "<= 0.25 at 300 modules", "default, --repo": "<= 0.25",
    "html": "<= 0.12 at 300 modules, 1.0 and 6 MB at 10,000", "validate": "<= 1.0 at 10,000",
    **dict.fromkeys(
        ("json", "spdx-json", "spdx3-json", "cyclonedx-json", "cyclonedx17-json"),
        "<= 0.5 at 10,000",
    ),
}  # fmt: skip
MEASURE = """
import json, sys, time
from tests.outputs import reports
report = reports.large(int(sys.argv[1]))
start = time.process_time()
from compliance import outputs
made = outputs.render_all(sys.argv[2].split(","), report)
print(json.dumps([time.process_time() - start, sum(map(len, made.values()))]))
"""
VALIDATE = """
import json, sys, time
from tests.outputs import reports
from compliance import outputs
data = outputs.render("spdx-json", reports.large(int(sys.argv[1])))
start = time.process_time()
outputs.check_bill(data)
print(json.dumps([time.process_time() - start, len(data)]))
"""
REAL = """
import datetime, json, sys, time
from compliance.config import ScanOptions, scan_request
from compliance.pipeline import scan
request = scan_request(
    ScanOptions(path=sys.argv[1], offline=True), today=datetime.date(2026, 1, 1)
)
report = scan(request, lambda stage: None).report
start = time.process_time()
from compliance import outputs
made = outputs.render_all(sys.argv[2].split(","), report)
print(json.dumps([time.process_time() - start, sum(map(len, made.values()))]))
"""


def once(subject: str, formats: str, program: str = MEASURE) -> tuple[float, int]:
    """Seconds and bytes of one run in a fresh process."""
    done = subprocess.run(
        [sys.executable, "-c", program, subject, formats],
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
    parser.add_argument("--repo", help="a repository whose modules are at hand")
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from compliance import outputs

    default = ",".join(outputs.DEFAULT_FORMATS)
    rows = [("default", default, str(options.modules), MEASURE)]
    rows += [(f, f, str(options.modules), MEASURE) for f in outputs.FORMATS]
    rows.append(("validate", "", str(options.modules), VALIDATE))
    if options.repo:
        rows.append(("default, --repo", default, options.repo, REAL))
    print(f"{'format':16}{'seconds':>9}{'MB':>8}  goal")
    for name, formats, subject, program in rows:
        runs = [once(subject, formats, program) for _ in range(options.runs)]
        median = statistics.median(seconds for seconds, _ in runs)
        print(f"{name:16}{median:9.3f}{runs[0][1] / 1e6:8.2f}  {GOALS.get(name, '')}")


if __name__ == "__main__":
    main()
