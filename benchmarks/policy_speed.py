"""How long judging takes, and that it grows with the graph: python benchmarks/policy_speed.py

Prints seconds of processor time for graphs of up to 500,000 nodes (eight edges each), for one
artifact, and for a hundred artifacts of one repository. Meant: with 50,000 nodes 0.5 s for one
artifact and 2 s for a hundred, with advice at most three times that; ten times for ten times more.
"""

from __future__ import annotations

import datetime
import gc
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from compliance.graph import Artifact, DependencyGraph, EdgeClass, Node, Place
from compliance.policy import evaluate, load_policy

LICENSES = ("MIT", "Apache-2.0", "BSD-3-Clause", "MPL-2.0", "MIT OR GPL-2.0-only", "ISC")
DAY = datetime.date(2026, 1, 1)
EDGES, TESTS = 8, 0.1
"""Edges that leave each node, and the share of them that only tests have."""


def build(nodes: int, artifacts: int) -> DependencyGraph:
    """A layered graph: edges point forward, one in ten is a test's, three nodes are GPL.

    Edges come by source, as the packages of a build do. The first program reaches nearly all.
    """
    made = [Node(id=f"n{i}", first_party=True) for i in range(artifacts * 3)]
    culprits = {nodes - 1, nodes * 6 // 10, nodes * 98 // 100}
    for i in range(len(made), nodes):
        module = i * 1_000 // nodes
        license_ = "GPL-3.0-only" if i in culprits else LICENSES[module % len(LICENSES)]
        component = f"pkg:golang/example.com/m{module}@v1.0.0"
        made.append(Node(id=f"n{i}", component=component, license=license_))
    kinds = [EdgeClass(k, "us", False, False, frozenset()) for k in ("import-static", "test")]
    draw = random.Random(nodes).random
    place = Place("a.go", 3)

    def stars() -> Iterator[tuple[str, EdgeClass, str, Place]]:
        for i in range(nodes - 1):
            for _ in range(EDGES):
                target = i + 1 + int(draw() * (nodes - i - 1))
                yield f"n{i}", kinds[draw() < TESTS], f"n{target}", place

    return DependencyGraph.of_stars(made, stars())


def measure(nodes: int, artifacts: int) -> tuple[str, float]:
    """One line of the table, and the seconds without advice."""
    wanted = [Artifact(name=f"a{i}", root=f"n{i}", main=f"n{i}") for i in range(artifacts)]
    policy = load_policy([])
    seconds = []
    for advise in (False, True):
        graph = build(nodes, artifacts)
        start = time.process_time()
        judged = evaluate(graph, wanted, policy, as_of=DAY, advise=advise)
        seconds.append(time.process_time() - start)
    count = len(judged.findings)
    line = (
        f"{nodes:>8} nodes {artifacts:>4} artifacts {count:>4} findings"
        f"   judged {seconds[0]:.3f} s   with remedies and flips {seconds[1]:.3f} s"
        f" ({seconds[1] / seconds[0]:.1f} x)"
    )
    return line, seconds[0]


def unit() -> float:
    """What five million additions take here and now: seconds alone say little of a busy machine."""
    start = time.process_time()
    total = 0
    for i in range(5_000_000):
        total += i
    return time.process_time() - start


if __name__ == "__main__":
    gc.set_threshold(2_000_000)  # as `compliance scan` sets it: values here have no cycles
    measure(1_000, 1)  # what is read and imported once
    sys.stdout.write(f"five million additions {unit():.3f} s\n")
    before = 0.0
    for size, roots in ((50_000, 1), (500_000, 1), (5_000, 100), (50_000, 100)):
        line, took = measure(size, roots)
        growth = f"   {took / before:.1f} x for 10 x" if size == 10 * 50_000 else ""
        sys.stdout.write(f"{line}{growth}\n")
        before = took
