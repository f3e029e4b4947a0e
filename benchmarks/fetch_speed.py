"""Speed of fetching, beside the go command; of a warm run; of reading licenses out of zips.

    python benchmarks/fetch_speed.py REPOSITORY [--runs 3] [--modules 60] [--zips 500]

The go.mod files of the build list are fetched from a mirror on the loopback interface, which is
filled by the go command first; both start with empty caches. Processor and wall time of each run,
one after the other; medians, beside `go list -m -json all`, which fetches the same go.mod files,
and beside `go mod download -json` for go.mod and zip of a sample of the module cache.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from compliance.golang import EntryKind, ModuleVersion, unescape_path, unescape_version
from compliance.sources.archive import ZipFiles
from compliance.sources.ziparchive import of_path

GOAL_COLD = 0.7  # of `go mod download -json`
GOAL_ZIPS = 2.0  # seconds for 500 modules
GO = shutil.which("go")
LICENSE_NAMES = ("license", "licence", "copying", "notice", "copyright", "unlicense", "patents")

SERVER = """
package main

import ("fmt"; "net"; "net/http"; "os"; "sync/atomic")

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil { panic(err) }
	fmt.Printf("http://%s\\n", listener.Addr())
	var count atomic.Int64
	files := http.FileServer(http.Dir(os.Args[1]))
	panic(http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/count" { fmt.Fprint(w, count.Load()); return }
		count.Add(1)
		files.ServeHTTP(w, r)
	})))
}
"""


def serve(folder: Path, store: Path) -> tuple[subprocess.Popen[str], str]:
    """A file server for a store of modules."""
    (folder / "server.go").write_text(SERVER)
    program = folder / "server"
    assert GO is not None
    subprocess.run(
        [GO, "build", "-o", program, "server.go"], cwd=folder, check=True,
        env={**os.environ, "GOFLAGS": "", "GOWORK": "off", "GO111MODULE": "off"},
    )  # fmt: skip
    process = subprocess.Popen([program, store], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def timed(words: list[str], folder: Path, environ: dict[str, str]) -> tuple[float, float]:
    """Processor and wall seconds of a command."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        words, cwd=folder, env=environ, check=True, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall


def asked(url: str) -> int:
    from compliance.sources import Transport

    return int(Transport().get(f"{url}/count", 100))


def fetching(repository: Path, runs: int) -> None:
    """Cold and warm, ours and the go command's."""
    assert GO is not None
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        plain = {k: v for k, v in os.environ.items() if not k.startswith("GO")}
        base = {**plain, "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
        filled = {**base, "GOMODCACHE": str(folder / "filled")}
        subprocess.run([GO, "list", "-m", "-json", "all"], cwd=repository, env=filled, check=True,
                       stdout=subprocess.DEVNULL)  # fmt: skip
        server, url = serve(folder, folder / "filled/cache/download")
        base = {**base, "GOPROXY": url, "GONOSUMDB": "*", "GOENV": "off"}
        ours = [sys.executable, "-m", "compliance", "modules", str(repository), "--json", "-q"]
        theirs = [GO, "list", "-m", "-json", "all"]
        times: dict[str, list[tuple[float, float]]] = {"ours": [], "go": []}
        fetched: list[int] = []

        def cold(who: str, words: list[str]) -> dict[str, str]:
            for old in ("gocache", "own"):
                shutil.rmtree(folder / old, ignore_errors=True)
            environ = {**base, "GOMODCACHE": str(folder / "gocache"),
                       "COMPLIANCE_CACHE": str(folder / "own")}  # fmt: skip
            before = asked(url)
            times[who].append(timed(words, repository, environ))
            fetched.append(asked(url) - before)
            return environ

        try:
            for _ in range(runs):
                cold("go", theirs)
                environ = cold("ours", ours)
            before = asked(url)
            warm = timed(ours, repository, environ)
            requests = asked(url) - before
        finally:
            server.kill()
            server.wait()
        for number, what in enumerate(("processor", "wall")):
            mine = statistics.median(t[number] for t in times["ours"])
            other = statistics.median(t[number] for t in times["go"])
            print(
                f"cold, {what}: {mine:.2f} s for {fetched[-1]} requests, go {other:.2f} s for "
                f"{fetched[-2]}, ratio {mine / other:.2f}"
            )
        print(f"warm: {warm[0]:.2f} s processor, {requests} requests (goal 0)")


FETCH = """
import json, os, sys
from concurrent.futures import ThreadPoolExecutor
from compliance.golang import Module, ModuleVersion
from compliance.sources import Acquirer, go_settings

settings = go_settings(dict(os.environ), "/nonexistent")
acquirer = Acquirer(settings=settings, offline=False, cache_dir=os.environ["COMPLIANCE_CACHE"])

def fetch(words):
    module = ModuleVersion(*words)
    acquirer.fetch_gomod(module)
    return acquirer.upstream(Module(id=module)).verification.actual

with ThreadPoolExecutor(8) as pool:
    sums = list(pool.map(fetch, json.loads(sys.argv[1])))
assert all(sums)
"""


def downloading(count: int, runs: int) -> None:
    """go.mod and zip of modules of the module cache, with their sums, beside `go mod download`."""
    assert GO is not None
    run = subprocess.run([GO, "env", "GOMODCACHE"], capture_output=True, text=True, check=True)
    root = Path(run.stdout.strip()) / "cache/download"
    whole = [
        p
        for p in sorted(root.rglob("@v/*.zip"))
        if p.with_suffix(".info").exists() and p.with_suffix(".mod").exists()
    ]
    modules = [
        (unescape_path(str(p.parent.parent.relative_to(root))), unescape_version(p.stem))
        for p in whole[:: max(1, len(whole) // count)][:count]
    ]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        (folder / "go.mod").write_text("module empty\n")
        server, url = serve(folder, root)
        plain = {k: v for k, v in os.environ.items() if not k.startswith("GO")}
        base = {**plain, "GOPROXY": url, "GONOSUMDB": "*", "GOENV": "off",
                "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}  # fmt: skip
        words = [f"{path}@{version}" for path, version in modules]
        theirs, ours = [], []
        try:
            for number in range(runs):
                cache = folder / str(number)
                environ = {**base, "GOMODCACHE": str(cache / "go")}
                theirs.append(timed([GO, "mod", "download", "-json", *words], folder, environ))
                environ = {**base, "GOMODCACHE": "/nonexistent",
                           "COMPLIANCE_CACHE": str(cache / "own")}  # fmt: skip
                script = [sys.executable, "-c", FETCH, json.dumps(modules)]
                ours.append(timed(script, folder, environ))
                shutil.rmtree(cache, ignore_errors=True)
        finally:
            server.kill()
            server.wait()
    for number, what in enumerate(("processor", "wall")):
        mine, other = (statistics.median(t[number] for t in times) for times in (ours, theirs))
        print(
            f"go.mod and zip of {len(modules)} modules, {what}: {mine:.2f} s, "
            f"go mod download -json {other:.2f} s, ratio {mine / other:.2f} (goal {GOAL_COLD})"
        )


def zips(count: int) -> None:
    """License files out of the zips of the module cache, nothing extracted."""
    assert GO is not None
    run = subprocess.run([GO, "env", "GOMODCACHE"], capture_output=True, text=True, check=True)
    root = Path(run.stdout.strip()) / "cache/download"
    paths = sorted(root.rglob("@v/*.zip"))[:count]
    named = [
        (
            ModuleVersion(
                unescape_path(str(p.parent.parent.relative_to(root))), unescape_version(p.stem)
            ),
            str(p),
        )
        for p in paths
    ]

    def read() -> int:
        found = 0
        for module, path in named:
            files = ZipFiles(module, of_path(path))
            for name, kind in files.listing(".").items():
                if kind is EntryKind.FILE and name.lower().startswith(LICENSE_NAMES):
                    found += len(files.read(name)) > 0
        return found

    cpu, wall, found = measured(read)
    print(
        f"zips: {found} license files of {len(named)} modules in {wall:.2f} s wall, {cpu:.2f} s "
        f"processor (goal {GOAL_ZIPS} s for 500)"
    )


def measured(action: Callable[[], int]) -> tuple[float, float, int]:
    cpu, wall = time.process_time(), time.perf_counter()
    found = action()
    return time.process_time() - cpu, time.perf_counter() - wall, found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("repository", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--modules", type=int, default=60)
    parser.add_argument("--zips", type=int, default=500)
    options = parser.parse_args()
    if GO is None:
        print("no go command: nothing to compare with")
        return
    fetching(options.repository.resolve(), options.runs)
    downloading(options.modules, options.runs)
    zips(options.zips)


if __name__ == "__main__":
    main()
