"""Speed and memory of whole commands, as ratios to `go list -deps` of the same main.

    python benchmarks/scan_speed.py REPOSITORY MAIN [--runs 5]

Example: python benchmarks/scan_speed.py ~/src/moby ./cmd/dockerd

Prints the median wall time, the processor time (user + system of the whole process tree), both as
ratios too, and the peak memory of each command. "first" and "packages" run with an empty cache of
ours, "second" and "packages again" with the cache that the first left; the page cache is warm for
all of them (one run of each goes before, unmeasured). The go command has a cache, too (GOCACHE): it
is full for the floor, and empty for "go list, GOCACHE empty", as ours is for "first". Commands take
turns, so that a busy machine treats them alike; the ratio of processor times is the one that other
work disturbs least.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

GOALS = {"first": 1.0, "second": 0.3, "packages again": 0.25}


def measured(
    command: list[str], folder: str, environ: dict[str, str]
) -> tuple[float, float, float]:
    """Wall seconds, processor seconds, peak MB of one run.

    The peak is that of the largest child so far (RUSAGE_CHILDREN only grows)."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as process:
        _, complaint = process.communicate()
        wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)}: {complaint.decode()}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu, after.ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository")
    parser.add_argument("main")
    parser.add_argument("--runs", type=int, default=5)
    given = parser.parse_args()
    scratch = tempfile.mkdtemp(prefix="compliance-bench-")
    kept, out = Path(scratch, "kept"), str(Path(scratch, "out"))
    scan = [sys.executable, "-m", "compliance", "scan", given.repository, "--main", given.main,
            "-o", out, "-q", "--offline"]  # fmt: skip
    listing = [sys.executable, "-m", "compliance", "packages", given.repository, "--main",
               given.main, "--json", "-q", "--offline"]  # fmt: skip
    # An installed package has its bytecode: the run that is not measured may leave it.
    base = {
        **{k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"},
        "GOFLAGS": "-buildvcs=false",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for turn in range(given.runs + 1):
        fresh = str(Path(scratch, f"fresh{turn}"))
        commands = {
            "go list -deps": (["go", "list", "-deps", given.main], base),
            "go list, GOCACHE empty": (
                ["go", "list", "-deps", given.main],
                {**base, "GOCACHE": f"{fresh}-go"},
            ),
            "go list -deps -json": (["go", "list", "-deps", "-json", given.main], base),
            "first": (scan, {**base, "COMPLIANCE_CACHE": fresh}),
            "second": (scan, {**base, "COMPLIANCE_CACHE": str(kept)}),
            "packages": (listing, {**base, "COMPLIANCE_CACHE": f"{fresh}-packages"}),
            "packages again": (listing, {**base, "COMPLIANCE_CACHE": str(kept)}),
            "--version": ([sys.executable, "-m", "compliance", "--version"], base),
        }
        for name, (command, environ) in commands.items():
            row = measured(command, given.repository, environ)
            if turn:
                rows.setdefault(name, []).append(row)
    shutil.rmtree(scratch)
    print(f"{'command':22} {'wall s':>7} {'cpu s':>7} {'MB':>6} {'wall x':>6} {'cpu x':>6}")
    floor = [statistics.median(column) for column in zip(*rows["go list -deps"], strict=True)]
    for name, measures in rows.items():
        wall, cpu, peak = (statistics.median(column) for column in zip(*measures, strict=True))
        goal = f"  goal {GOALS[name]}" if name in GOALS else ""
        ratios = f"{wall / floor[0]:6.2f} {cpu / floor[1]:6.2f}"
        print(f"{name:22} {wall:7.3f} {cpu:7.3f} {peak:6.0f} {ratios}{goal}")


if __name__ == "__main__":
    main()
