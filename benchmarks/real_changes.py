"""Real commits in which a dependency or the repository itself changed its license, judged again.

    python benchmarks/real_changes.py FOLDER

FOLDER holds clones with their history, by name (runc, moby, containerd, loki, nomad-driver-podman,
mc, juicefs, tflint); those that are not there are left out. Each commit is compared with its
parent, offline (have `go mod download` bring the modules of both where nothing is vendored); what a
reviewer would want to be told must stand in report.json.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

SECUREJOIN = "pkg:golang/github.com/cyphar/filepath-securejoin"
BOTH = "BSD-3-Clause AND MPL-2.0"
CHANGES = (
    # clone, commit, main package, component and license told of, code of the finding (or added,
    # or removed)
    ("runc", "44a0fcf68", ".", SECUREJOIN, BOTH, "license-changed"),
    ("moby", "bc3c37098c", "./cmd/dockerd", SECUREJOIN, BOTH, "license-changed"),
    ("containerd", "72b218ee7", "./cmd/containerd", SECUREJOIN, BOTH, "added"),
    ("loki", "a9d85de4aa", "./cmd/loki", "pkg:golang/github.com/grafana/loki", "AGPL-3.0-only",
     "license-changed"),
    ("nomad-driver-podman", "b3f4d43b7", ".", "pkg:golang/github.com/hashicorp/nomad",
     "BUSL-1.1 AND MPL-2.0", "license-changed"),
    ("nomad-driver-podman", "b3f4d43b7", ".", "pkg:golang/github.com/hashicorp/nomad", "BUSL-1.1",
     "use-restricted"),
    ("mc", "1402987cc", ".", "pkg:golang/github.com/minio/mc", "AGPL-3.0-only", "license-changed"),
    ("juicefs", "9c7f58b29", "./cmd", "pkg:golang/github.com/juicedata/juicefs", "Apache-2.0",
     "license-changed"),
    ("tflint", "10c6c1549", ".", "pkg:golang/github.com/hashicorp/terraform", "MPL-2.0", "removed"),
)  # fmt: skip


def told(clone: Path, commit: str, main: str, scratch: Path) -> dict[str, Any]:
    """The report of a commit against its parent."""
    tree = scratch / clone.name
    git = ["git", "-C", str(tree)]
    subprocess.run(["git", "clone", "-q", "-s", "-n", str(clone), str(tree)], check=True)
    # Clones may lack very large files, which git says and which is no failure here.
    subprocess.run([*git, "update-ref", "--no-deref", "HEAD", commit], check=True)
    subprocess.run([*git, "read-tree", commit], check=True)
    subprocess.run([*git, "checkout-index", "-fa"], check=False, stderr=subprocess.DEVNULL)
    out = scratch / f"{clone.name}-report"
    subprocess.run(
        [sys.executable, "-m", "compliance", "scan", str(tree), "--base", "HEAD^", "--main", main,
         "--offline", "-q", "-o", str(out), "--format", "json", "--fail-on", "never"],
        check=False,
    )  # fmt: skip
    report: dict[str, Any] = json.loads((out / "report.json").read_text("utf-8"))
    return report


def main() -> None:
    bad = 0
    for name, commit, package, component, license_, code in CHANGES:
        clone = Path(sys.argv[1], name).resolve()
        if not clone.is_dir():
            print(f"{name} {commit}: no clone")
            continue
        with tempfile.TemporaryDirectory() as scratch:
            report = told(clone, commit, package, Path(scratch))
        if code in ("added", "removed"):
            path = component.removeprefix("pkg:golang/")
            absent, known = ("before", "after") if code == "added" else ("after", "before")
            good = any(
                (m["path"], m[absent], m[f"license_{known}"]) == (path, None, license_)
                for m in report["change"]["modules"]
            )
        else:
            good = any(
                f["code"] == code and f["new"] and f["license"] == license_
                and (f["component"] or "").partition("@")[0] == component
                for f in report["findings"]
            )  # fmt: skip
        bad += not good
        print(f"{name} {commit}: {'told' if good else 'NOT TOLD'}: {component} {license_}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
