"""How fast detection is, beside the floor of any scanner: walk, read, one keyword pass.

python benchmarks/detection_speed.py TREE [--hostile]
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

START = time.perf_counter()
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from compliance.licenses import Detector, is_license_name  # noqa: E402 - run from anywhere
from compliance.licenses.regions import Keywords  # noqa: E402

RUNS = 5


def files(root: str) -> Iterator[tuple[str, bytes]]:
    stack = [root]
    while stack:
        with os.scandir(stack.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name != ".git":
                        stack.append(entry.path)
                elif entry.is_file(follow_symlinks=False):
                    yield entry.path[len(root) + 1 :], Path(entry.path).read_bytes()


def median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(RUNS):
        begin = time.perf_counter()
        work()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def floor(root: str) -> None:
    keywords = Keywords.compiled()
    for _, data in files(root):
        keywords.find(data)


def scan(root: str) -> None:
    for _ in Detector.open().detect_many(files(root)):
        pass


def rate_of_license_files(root: str) -> tuple[float, float]:
    held = [(n, d) for n, d in files(root) if is_license_name(n)]
    size = sum(len(d) for _, d in held) / 1e6
    return size, size / median(lambda: list(Detector.open().detect_many(held)))


def hostile(detector: Detector) -> Iterator[tuple[str, str, bytes]]:
    mit = (detector.index.text("MIT") or "").encode()
    gpl = (detector.index.text("GPL-3.0-only") or "").encode()
    yield "one word of 1 MB", "LICENSE", b"a" * 1_000_000
    yield "20 MB of MIT", "LICENSE", mit * 19_000
    yield (
        "5,000 changed licenses",
        "LICENSE",
        b"\n\n".join(mit.replace(b"software", f"thing{n}".encode()) for n in range(5000)),
    )
    yield (
        "30 changed GPL texts",
        "LICENSE",
        b"\n\n".join(gpl.replace(b"program", f"thing{n}".encode()) for n in range(30)),
    )
    yield "keyword lines", "x.go", b"// license gpl copyright\n\n" * 40_000
    yield "bad tags", "x.go", b"// SPDX-License-Identifier: FOO-1\n" * 30_000
    nested = b"(" * 10_000 + b"MIT" + b")" * 10_000
    yield "10,000 parentheses", "x.go", b"// SPDX-License-Identifier: " + nested + b"\n"
    yield "backticks", "x.go", b'`license` "GPL" ' * 60_000
    yield "line feeds", "LICENSE", b"\n" * 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("tree", type=Path)
    parser.add_argument("--hostile", action="store_true")
    arguments = parser.parse_args()
    root = str(arguments.tree.resolve())
    detector = Detector.open()
    detector.detect("LICENSE", b"MIT License")
    print(f"process start to first result  {time.perf_counter() - START:8.3f} s")
    low, whole = median(lambda: floor(root)), median(lambda: scan(root))
    print(f"floor: walk, read, keywords    {low:8.3f} s")
    print(f"detection of the tree          {whole:8.3f} s   {whole / low:.2f} x floor")
    size, rate = rate_of_license_files(root)
    print(f"license files                  {size:8.1f} MB  {rate:.1f} MB/s")
    if arguments.hostile:
        for name, file, data in hostile(detector):
            begin = time.process_time()
            detector.detect(file, data)
            spent = time.process_time() - begin
            print(f"{name:30} {len(data) / 1e6:8.1f} MB  {spent / (len(data) / 1e6):.2f} s/MB")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory                    {peak:8.0f} MB")


if __name__ == "__main__":
    main()
