"""Build list and linked packages of real repositories against the go command.

    python benchmarks/go_fidelity.py REPO... [--platform GOOS/GOARCH[,nocgo]]...

For each repository: `go list -m -json all` and `go mod graph` against `compliance modules --json`,
and for each platform `go list -deps -json` of every main package against `compliance packages
--json` (names, modules, imports, Go, cgo, other and embedded files). Needs the go command and its
module proxy. Prints each difference and ends with 1 when there is one that docs/go-fidelity.md does
not name.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

PLATFORMS = ("linux/amd64", "windows/amd64,nocgo", "darwin/arm64")
OTHER = (
    "CFiles", "CXXFiles", "MFiles", "HFiles", "FFiles", "SFiles", "SwigFiles", "SwigCXXFiles",
    "SysoFiles",
)  # fmt: skip
FIELDS = (
    "ImportPath", "Name", "Standard", "Module", "GoFiles", "CgoFiles", "Imports", "EmbedFiles",
    "Deps", "Error", *OTHER,
)  # fmt: skip
MOST_SHOWN = 20


def answer(words: list[str], folder: Path, environ: Mapping[str, str]) -> tuple[str, str]:
    """Output and complaints of a command."""
    done = subprocess.run(
        words, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True,
        encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    return done.stdout, done.stderr


def ours(words: list[str], folder: Path, environ: Mapping[str, str]) -> dict[str, Any]:
    """A document of ours."""
    command = [sys.executable, "-m", "compliance", *words, "--json", "-q", str(folder)]
    out, err = answer(command, folder, environ)
    if not out:
        raise SystemExit(f"{folder}: {err.strip()}")
    document: dict[str, Any] = json.loads(out)
    return document


def stream(text: str) -> Iterator[dict[str, Any]]:
    """JSON values one after the other, as the go command prints them."""
    decoder, at = json.JSONDecoder(), 0
    while (start := text.find("{", at)) >= 0:
        value, at = decoder.raw_decode(text, start)
        yield value


def modules(folder: Path) -> Iterator[str]:
    """Differences of build list and edges."""
    out, err = answer(["go", "list", "-m", "-json", "all"], folder, {})
    if not out:
        print(f"{folder}: the go command refuses: {err.strip()[:200]}")
        return
    theirs = {m["Path"]: m for m in stream(out)}
    document = ours(["modules"], folder, {})
    mine = {m["path"]: m for m in document["modules"]}
    yield from (f"module {p} is in one list only" for p in sorted(set(mine) ^ set(theirs)))
    for path in sorted(set(mine) & set(theirs)):
        a, b = mine[path], theirs[path]
        replaced = b.get("Replace") or {}
        pairs = {
            "version": (a["version"], b.get("Version")),
            "indirect": (a["indirect"], b.get("Indirect", False)),
            "go_version": (a["go_version"], b.get("GoVersion")),
            "replace": ((a["replace"] or {}).get("path"), replaced.get("Path")),
            "sum": (a["sum"], b.get("Sum") or replaced.get("Sum")),
            "gomod_sum": (a["gomod_sum"], b.get("GoModSum") or replaced.get("GoModSum")),
        }
        yield from (
            f"module {path}: {key} {x!r}, go says {y!r}" for key, (x, y) in pairs.items() if x != y
        )
    yield from edges(folder, document, theirs)


def edges(
    folder: Path, document: Mapping[str, Any], theirs: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Differences of requirement edges, both ends selected."""
    selected = {p: m.get("Version") or "" for p, m in theirs.items()}
    wanted = set()
    for line in answer(["go", "mod", "graph"], folder, {})[0].splitlines():
        source, target = line.split()
        path, _, version = source.partition("@")
        other = target.partition("@")[0]
        if selected.get(path) == version and other in selected and other != path:
            wanted.add((source, f"{other}@{selected[other]}" if selected[other] else other))
    found = {tuple(e) for e in document["edges"]}
    yield from (f"edge {a} -> {b} is in one graph only" for a, b in sorted(wanted ^ found))


def packages(folder: Path, platform: str) -> Iterator[str]:
    """Differences of the packages of every main package on one platform."""
    document = ours(["packages", "--platform", platform], folder, {})
    goos, _, rest = platform.partition("/")
    goarch, *more = rest.split(",")
    tags = [t for t in more if t not in ("cgo", "nocgo")]
    cells = {c["main"]: c for c in document["cells"]}
    if not cells:
        return
    cgo = next(iter(cells.values()))["cgo"]
    environ = {"GOOS": goos, "GOARCH": goarch, "CGO_ENABLED": "1" if cgo else "0"}
    words = ["go", "list", "-e", "-deps", f"-json={','.join(FIELDS)}"]
    words += ["-tags", ",".join(tags)] if tags else []
    out, err = answer([*words, *cells], folder, environ)
    theirs = {p["ImportPath"].partition(" ")[0]: p for p in stream(out)}
    if not set(cells) <= set(theirs):
        print(f"{folder}: the go command refuses: {err.strip()[:200]}")
        return
    seen: set[str] = set()
    for main, cell in cells.items():
        mine = {p["import_path"]: p for p in cell["packages"]}
        listed = theirs[main]
        if "requires external" in (listed.get("Error") or {}).get("Err", ""):
            continue  # docs/go-fidelity.md
        deps = {d.partition(" ")[0] for d in (*listed.get("Deps", ()), main)} - {"C"}
        absent = {d for d in deps - set(mine) if not theirs.get(d, {}).get("Name")}
        yield from (
            f"{platform} {main}: {p} in one only" for p in sorted((deps - absent) ^ set(mine))
        )
        for path in sorted((set(mine) & set(theirs)) - seen):
            seen.add(path)
            yield from package(platform, mine[path], theirs[path])
        faulty = {p for p in deps if (theirs.get(p) or {}).get("Error")}
        if faulty and not document["findings"]:
            yield f"{platform} {main}: go refuses {sorted(faulty)}, no finding"


def package(platform: str, a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[str]:
    """Differences of one package.

    Of one that it refuses the go command lists a part only.
    """
    module = b.get("Module") or {}
    pairs = {
        "name": (a["name"], b.get("Name", "")),
        "imports": (a["imports"], b.get("Imports", [])),
        "go_files": (a["go_files"], b.get("GoFiles", [])),
        "cgo_files": (a["cgo_files"], b.get("CgoFiles", [])),
        "other_files": (sorted(a["other_files"]), sorted(f for k in OTHER for f in b.get(k, ()))),
        "embed_files": (a["embed_files"], b.get("EmbedFiles", [])),
    }
    if b.get("Error"):
        pairs.clear()
    pairs |= {
        "module": ((a["module"] or {}).get("path"), module.get("Path")),
        "version": ((a["module"] or {}).get("version"), module.get("Version")),
    }
    path = a["import_path"]
    yield from (
        f"{platform} {path}: {key} {x!r}, go says {y!r}" for key, (x, y) in pairs.items() if x != y
    )


def main() -> None:
    """Compare each repository; end with 1 on a difference."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--platform", action="append", default=[])
    asked = parser.parse_args()
    total = 0
    for repository in asked.repositories:
        folder = repository.resolve()
        found = list(modules(folder))
        for platform in asked.platform or PLATFORMS:
            found += packages(folder, platform)
        total += len(found)
        print(f"{repository}: {len(found)} differences")
        for line in found[:MOST_SHOWN]:
            print(f"  {line[:500]}")
    sys.exit(1 if total else 0)


if __name__ == "__main__":
    main()
