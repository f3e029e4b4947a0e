"""Speed of reading go.mod files, and of version selection beside `go list -m all`.

    python benchmarks/modules_speed.py [--modules 1000] [--runs 5]

The universe is random, with three versions of each module and 5 to 30 requirements in each go.mod;
both read the go.mod files from the go command's warm module cache. Medians: processor time of
parsing, wall time of selection, for which the go command may use all processors and we use one.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from compliance.golang import ModuleVersion, load_workspace, parse_mod_file, select
from tests.oracle.goworld import GO, Go, MemoryFiles, Situation, Universe, as_answer, assert_same

GOAL_PARSE = 20.0  # MB/s
GOAL_SELECT = 1.0  # of the go command's time


def universe_of(modules: int, go: str, rng: random.Random) -> Universe:
    universe = Universe()
    paths = [f"example.com/org{n % 50}/module{n}" for n in range(modules)]
    for path in paths:
        for version in ("v1.0.0", "v1.1.0", "v1.2.0"):
            lines = "".join(
                f"\t{rng.choice(paths)} v1.{rng.randint(0, 2)}.0 // indirect\n"
                for _ in range(rng.randint(5, 30))
            )
            universe.add(path, version, f"module {path}\n\ngo {go}\n\nrequire (\n{lines})\n")
    return universe


def median(
    runs: int, action: Callable[[], object], clock: Callable[[], float] = time.perf_counter
) -> float:
    times = []
    for _ in range(runs):
        start = clock()
        action()
        times.append(clock() - start)
    return statistics.median(times)


def selection(modules: int, go_line: str, roots: int, runs: int) -> tuple[float, float]:
    """Seconds of the go command and of ours, for the same answer."""
    universe = universe_of(modules, go_line, random.Random(modules))
    lines = "".join(f"\texample.com/org{n % 50}/module{n} v1.2.0\n" for n in range(roots))
    text = f"module example.com/m\n\ngo {go_line}\n\nrequire (\n{lines})\n"
    case = Situation({"go.mod": text})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        go = Go(Path(folder) / "go", universe)
        theirs = case.theirs(go, Path(folder) / "case")
        cache = f"{go.env['GOMODCACHE']}/cache/download"

        def read(module: ModuleVersion) -> bytes:
            with open(f"{cache}/{module.path}/@v/{module.version}.mod", "rb", 0) as file:  # noqa: PTH123
                return file.read()

        def ours() -> object:
            files = MemoryFiles(case.tree(universe))
            return select(load_workspace(files), files, read)

        assert_same(as_answer(ours()), theirs)
        repo = Path(folder) / "case" / "repo"
        return median(runs, lambda: go.run(repo, "list", "-m", "all")), median(runs, ours)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--modules", type=int, default=1000)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    lines = "".join(
        f"\tgithub.com/org{n % 977}/repo{n} v0.0.0-20230101{n:06d}-abcdef{n:06d} // indirect\n"
        for n in range(200_000)
    )
    data = f"module example.com/x\n\ngo 1.22\n\nrequire (\n{lines})\n".encode()
    seconds = median(
        options.runs, lambda: parse_mod_file(data, file="go.mod"), clock=time.process_time
    )
    rate = len(data) / 1e6 / seconds
    print(f"parse, 200,000 requirements: {rate:.1f} MB/s (goal {GOAL_PARSE})")
    if GO is None:
        print("no go command: selection not measured")
        return
    for name, go_line, roots in (("unpruned", "1.16", 20), ("pruned", "1.20", options.modules)):
        theirs, ours = selection(options.modules, go_line, roots, options.runs)
        print(
            f"select {options.modules} modules, {name}: {ours:.3f} s, go {theirs:.3f} s,"
            f" ratio {ours / theirs:.2f} (goal {GOAL_SELECT})"
        )


if __name__ == "__main__":
    main()
