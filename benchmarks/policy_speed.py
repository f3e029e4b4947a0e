"""How long judging takes, and that it grows with the graph: python benchmarks/policy_speed.py

Prints seconds of processor time for graphs of up to 500,000 nodes (eight edges each), for one
artifact, and for a hundred artifacts of one repository. Meant: with 50,000 nodes 0.5 s for one
artifact and 2 s for a hundred, with advice at most three times that; ten times for ten times more.
"""

from __future__ import annotations

import datetime
import gc
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compliance.graph import Artifact, DependencyGraph, EdgeClass, Node, Place
from compliance.policy import evaluate, load_policy

LICENSES = ("MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", "MIT OR GPL-2.0-only", "ISC")
DAY = datetime.date(2026, 1, 1)
STEP = 1_103_515_245


def numbers(count: int, below: int) -> list[int]:
    """The same scattered numbers on every run."""
    found, state = [], 12_345
    for _ in range(count):
        state = (state * STEP + 54_321) % 2**31
        found.append(state % below)
    return found


def build(nodes: int, artifacts: int) -> DependencyGraph:
    """A layered graph: edges point forward, one in ten is a test's, three nodes are GPL."""
    made = [Node(id=f"n{i}", first_party=True) for i in range(artifacts * 3)]
    culprits = {nodes - 1, nodes * 6 // 10, nodes * 98 // 100}
    for i in range(len(made), nodes):
        module = i * 1_000 // nodes
        license_ = "GPL-3.0-only" if i in culprits else LICENSES[module % len(LICENSES)]
        component = f"pkg:golang/example.com/m{module}@v1.0.0"
        made.append(Node(id=f"n{i}", component=component, license=license_))
    kinds = [EdgeClass(k, "us", False, False, frozenset()) for k in ("import-static", "test")]
    ends = numbers(nodes * 16, nodes)
    stars = (
        (f"n{min(a, b)}", kinds[(a + b) % 10 == 0], f"n{max(a, b)}", Place("a.go", 3))
        for a, b in zip(ends[::2], ends[1::2], strict=True)
        if a != b
    )
    return DependencyGraph.of_stars(made, stars)


def measure(nodes: int, artifacts: int) -> str:
    """One line of the table."""
    wanted = [Artifact(name=f"a{i}", root=f"n{i}", main=f"n{i}") for i in range(artifacts)]
    policy = load_policy([])
    seconds = []
    for advise in (False, True):
        graph = build(nodes, artifacts)
        start = time.process_time()
        judged = evaluate(graph, wanted, policy, as_of=DAY, advise=advise)
        seconds.append(time.process_time() - start)
    count = len(judged.findings)
    return (
        f"{nodes:>8} nodes {artifacts:>4} artifacts {count:>4} findings"
        f"   judged {seconds[0]:.3f} s   with remedies and flips {seconds[1]:.3f} s"
    )


if __name__ == "__main__":
    gc.set_threshold(2_000_000)  # as `compliance scan` sets it: values here have no cycles
    for size, roots in ((5_000, 1), (50_000, 1), (500_000, 1), (5_000, 100), (50_000, 100)):
        sys.stdout.write(measure(size, roots) + "\n")
