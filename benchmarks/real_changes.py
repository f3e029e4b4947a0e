"""Real commits in which a dependency or the repository itself changed its license, judged again.

    python benchmarks/real_changes.py FOLDER

FOLDER holds clones with their history, by name (runc, moby, containerd, loki, nomad-driver-podman,
mc, juicefs, tflint, umoci, tempo, lxd, packer, madmin-go, minio, sops); those that are not there
are left out. Each commit is compared with its parent, offline (have `go mod download` bring the
modules of both where nothing is vendored); what a reviewer would want to be told must stand in
report.json.
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
    # removed, or bumped: another version under the same license, and no finding)
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
    ("umoci", "9bbe33bb", "./cmd/umoci", SECUREJOIN, "BSD-3-Clause", "license-changed"),
    ("tempo", "37aeb4d1c9", "./cmd/tempo", "pkg:golang/github.com/grafana/tempo", "AGPL-3.0-only",
     "license-changed"),
    ("lxd", "b8ff449ddb", "./lxc", "pkg:golang/github.com/canonical/lxd", "AGPL-3.0-only",
     "license-changed"),
    ("packer", "19055df3e", ".", "pkg:golang/github.com/hashicorp/packer", "BUSL-1.1",
     "license-changed"),
    ("madmin-go", "7e8fb56", "./estream", "pkg:golang/github.com/minio/madmin-go/v2",
     "AGPL-3.0-only", "license-changed"),
    ("minio", "069432566", ".", "pkg:golang/github.com/minio/minio", "AGPL-3.0-only",
     "license-changed"),
    # The EPL of a dependency, which Apache-2.0 allowed, cannot be in one work with the AGPL.
    ("minio", "069432566", ".", "pkg:golang/github.com/eclipse/paho.mqtt.golang",
     "EPL-1.0 AND BSD-3-Clause", "incompatible-work"),
    # A dependency came without a license, and two months later its license file did.
    ("moby", "fb2ca99227", "./cmd/dockerd", "pkg:golang/github.com/moby/policy-helpers",
     "NOASSERTION", "unknown-license"),
    ("moby", "2c66ddf907", "./cmd/dockerd", "pkg:golang/github.com/moby/policy-helpers",
     "Apache-2.0", "license-changed"),
    ("sops", "4d0d3ac2f", "./cmd/sops", "pkg:golang/github.com/hashicorp/vault/api", "MPL-2.0",
     "bumped"),
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
        path = component.removeprefix("pkg:golang/")
        changed = [m for m in report["change"]["modules"] if m["path"] == path]
        if code in ("added", "removed"):
            absent, known = ("before", "after") if code == "added" else ("after", "before")
            good = any((m[absent], m[f"license_{known}"]) == (None, license_) for m in changed)
        elif code == "bumped":
            told_of = any(f["code"] == "license-changed" for f in report["findings"])
            licenses = [(m["license_before"], m["license_after"]) for m in changed]
            good = licenses == [(license_, license_)] and not told_of
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
