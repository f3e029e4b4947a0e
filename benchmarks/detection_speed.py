"""How fast detection is, beside the floor of any scanner: walk, read, one keyword pass.

python benchmarks/detection_speed.py TREE... [--hostile]

Times are CPU seconds (user and system, children included) and wall seconds, the best of RUNS; on a
machine that others use, compare CPU, and compare it with the floor of the same run.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from compliance.licenses import Detector, is_license_name  # noqa: E402 - run from anywhere
from compliance.licenses.regions import Keywords  # noqa: E402

RUNS = 5
MB = 1_000_000


def files(root: str) -> Iterator[tuple[str, bytes]]:
    stack = [root]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        stack.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry.path[len(root) + 1 :], read(entry.path)


def read(path: str) -> bytes:
    handle = os.open(path, os.O_RDONLY)
    try:
        return os.read(handle, os.fstat(handle).st_size)
    finally:
        os.close(handle)


def spent() -> float:
    """CPU seconds of this process and of those it has waited for."""
    both = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(used.ru_utime + used.ru_stime for used in both)


def best(work: Callable[[], object]) -> tuple[float, float]:
    """(CPU seconds, wall seconds), each the least of some runs."""
    cpu, wall = [], []
    for _ in range(RUNS):
        cpu_begin, begin = spent(), time.perf_counter()
        work()
        cpu.append(spent() - cpu_begin)
        wall.append(time.perf_counter() - begin)
    return min(cpu), min(wall)


def floor(root: str) -> None:
    keywords = Keywords.compiled()
    for _, data in files(root):
        keywords.find(data)


def command(cache: str, *words: str) -> None:
    """The command as a user runs it, in a process of its own."""
    environ = {**os.environ, "COMPLIANCE_CACHE": cache, "PYTHONPATH": str(ROOT)}
    subprocess.run(
        [sys.executable, "-m", "compliance", "detect", *words], env=environ, check=False,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def row(what: str, figures: tuple[float, float], low: float | None = None) -> None:
    cpu, wall = figures
    ratio = f"  {cpu / low:5.2f} x floor" if low else ""
    print(f"  {what:34} {cpu:7.3f} s CPU {wall:7.3f} s wall{ratio}")


def trees(roots: list[str]) -> None:
    for root in roots:
        print(root)
        low = best(lambda root=root: floor(root))
        row("floor: walk, read, keywords", low)
        with tempfile.TemporaryDirectory() as held:
            fresh = iter(range(RUNS))
            cold = best(lambda root=root, n=fresh: command(f"{held}/{next(n)}", root, "--json"))
            row("detect --json, empty cache", cold, low[0])
            again = best(lambda root=root: command(f"{held}/0", root, "--json"))
            row("detect --json, unchanged tree", again, low[0])
            known = best(lambda root=root: command(f"{held}/0", root, "--diff", "--no-color"))
            row("detect --diff, unchanged tree", known, low[0])


def license_files(roots: list[str]) -> None:
    held = [(n, d) for root in roots for n, d in files(root) if is_license_name(n)]
    size = sum(len(d) for _, d in held) / MB
    different = sum(map(len, {d for _, d in held})) / MB
    index = Detector.open().index
    warm = Detector(index)
    warm.detect("LICENSE", b"MIT License")
    cpu, _ = best(lambda: list(Detector(index, warm.reader).detect_many(held)))
    print(f"license files: {len(held)}, {size:.1f} MB, {different:.1f} MB of them different")
    print(f"  {'through the engine':34} {cpu:7.3f} s CPU {size / cpu:7.1f} MB/s")


def one_file() -> None:
    text = Detector.open().index.text("MIT") or ""
    with tempfile.TemporaryDirectory() as held:
        path = Path(held) / "LICENSE"
        path.write_text(text, "utf-8")
        print("one LICENSE")
        fresh = iter(range(RUNS))
        row("process, empty cache", best(lambda: command(f"{held}/{next(fresh)}", str(path))))
        row("process, unchanged file", best(lambda: command(f"{held}/0", str(path))))


def near(text: bytes, size: int, every: int) -> bytes:
    """Copies of a text, each with other words replaced: the worst case of the changed layer."""
    pick = random.Random(1)
    words, copies, made = text.split(b" "), [], 0
    while made < size:
        copy = list(words)
        for at in range(pick.randrange(every), len(copy), every):
            copy[at] = b"%x" % pick.randrange(1 << 30)
        copies.append(b" ".join(copy))
        made += len(copies[-1]) + 2
    return b"\n\n".join(copies)


def hostile(detector: Detector) -> Iterator[tuple[str, str, bytes]]:
    def text(name: str) -> bytes:
        return (detector.index.text(name) or "").encode()

    mit, gpl, ids = text("MIT"), text("GPL-3.0-only"), detector.index.text_ids()
    pick = random.Random(7)
    nested = b"(" * 10_000 + b"MIT" + b")" * 10_000
    yield "one word", "LICENSE", b"a" * MB
    yield "a sentence and one word", "LICENSE", b"you must not copy this " + b"a" * MB
    yield "one license again and again", "LICENSE", mit * (50 * MB // len(mit))
    yield "5,000 licenses", "LICENSE", b"\n\n".join(text(pick.choice(ids)) for _ in range(5000))
    yield "MIT, a word in 13 changed", "LICENSE", near(mit, 4 * MB, 13)
    yield "GPL, a word in 13 changed", "LICENSE", near(gpl, 4 * MB, 13)
    yield "lines with keywords", "x.go", b"// license gpl copyright\n\n" * 100_000
    yield "names of licenses", "LICENSE", b"license gpl copyright\n" * 100_000
    listed = [pick.choice(ids).encode() for _ in range(60_000)]
    yield "ids in lines", "LICENSE", b"\n".join(listed)
    yield "ids with or", "LICENSE", b" or ".join(listed)
    yield (
        "copyright lines",
        "NOTICE",
        b"".join(
            b"Copyright (c) 2020 Author %d <a%d@example.com>\n" % (n, n) for n in range(60_000)
        ),
    )
    yield "one line of JavaScript", "x.js", b'var license="MIT";function a(){};' * 100_000
    yield "the the the", "LICENSE", b"the " * MB
    yield (
        "different tags",
        "x.go",
        b"".join(b"// SPDX-License-Identifier: LicenseRef-%d OR MIT\n" % n for n in range(40_000)),
    )
    yield "wrong tags", "x.go", b"// SPDX-License-Identifier: FOO-1\n" * 60_000
    yield "tags of a document", "x.md", b"SPDX-License-Identifier: MIT\n" * 60_000
    yield "10,000 parentheses", "x.go", b"// SPDX-License-Identifier: " + nested + b"\n"
    yield "exceptions", "LICENSE", b"GPL-2.0 with Classpath-exception-2.0\n" * 60_000
    yield "names in Windows-1252", "LICENSE", b"GPL license \xe9\n" * 60_000
    yield "initials of licenses", "LICENSE", b"AGPLv3 or CC BY-NC 4.0\n" * 40_000
    short = b"\n\n".join(text(i) for i in ids if 900 < len(text(i)) < 2500)
    yield "licenses, then names", "LICENSE", (short[:100_000] + b"\nGPL" * 25_000) * 5
    yield "two names", "x.go", b"// under the MIT or BSD license\n" * 30_000
    yield "quoted names", "x.go", b'`license` "GPL" ' * 60_000
    yield "tags of HTML without end", "LICENSE", (b"<a " + b"x" * 399) * 5000
    yield "line feeds", "LICENSE", b"\n" * MB


def hostile_texts() -> None:
    print("hostile texts")
    for what, name, data in hostile(Detector.open()):
        child = os.fork()
        if child == 0:
            detector = Detector.open()
            detector.detect("LICENSE", b"MIT License")
            begin = time.process_time()
            detector.detect(name, data)
            cost = (time.process_time() - begin) / (len(data) / MB)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"  {what:34} {len(data) / MB:7.1f} MB {cost:7.2f} s/MB {peak:7.0f} MB held")
            sys.stdout.flush()
            os._exit(0)
        os.waitpid(child, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trees", nargs="+")
    parser.add_argument("--hostile", action="store_true", help="takes a minute")
    arguments = parser.parse_args()
    roots = [str(Path(t).resolve()) for t in arguments.trees]
    begin = time.perf_counter()
    Detector.open()
    print(f"index mapped in {1000 * (time.perf_counter() - begin):.1f} ms")
    one_file()
    trees(roots)
    license_files(roots)
    if arguments.hostile:
        hostile_texts()


if __name__ == "__main__":
    main()
