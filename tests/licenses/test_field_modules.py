"""Real modules whose license other tools get wrong; needs the module cache or a module proxy."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from compliance.errors import MalformedInputError
from compliance.golang import EntryKind, UnreadableFileError
from compliance.licenses import Detector, LinkedPackage, conclude_module, wanted_files

CASES = yaml.safe_load(
    (Path(__file__).parent.parent / "data/licenses/field-modules.yaml").read_text(encoding="utf-8")
)


class DiskFiles:
    """A folder of the module cache."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def listing(self, folder):
        place = self._root / folder
        return {p.name: EntryKind.FOLDER if p.is_dir() else EntryKind.FILE for p in place.iterdir()}

    def read(self, path):
        try:
            return (self._root / path).read_bytes()
        except OSError as error:
            raise UnreadableFileError(path) from error


@pytest.fixture(scope="module")
def detector():
    try:
        return Detector.open()
    except MalformedInputError as error:
        pytest.skip(f"no license index: {error}")


@pytest.fixture(scope="module")
def empty_module(tmp_path_factory):
    folder = tmp_path_factory.mktemp("fetch")
    (folder / "go.mod").write_text("module example.com/fetch\n\ngo 1.21\n")
    return folder


def module_folder(module, empty_module):
    command = ["go", "mod", "download", "-json", module]
    try:
        done = subprocess.run(
            command, cwd=empty_module, capture_output=True, text=True, check=False, timeout=120
        )
        return Path(json.loads(done.stdout)["Dir"])
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        pytest.skip(f"{module} cannot be had")


def compiled(folder):
    """Names of the files that are compiled on some platform."""
    return tuple(
        sorted(
            p.name
            for p in folder.iterdir()
            if re.fullmatch(r".*\.(?:go|s|c|h)", p.name) and not p.name.endswith("_test.go")
        )
    )


@pytest.mark.online
@pytest.mark.parametrize("case", CASES, ids=[c["at"] for c in CASES])
def test_real_module(case, detector, empty_module):
    root = module_folder(case["at"], empty_module)
    tree = DiskFiles(root)
    packages = {folder: compiled(root / folder) for folder in case["packages"]}
    wanted = wanted_files(tree, packages)
    detected = {f.path: f for f in detector.detect_many((n, tree.read(n)) for n in wanted)}

    answer = conclude_module(
        tree=tree,
        detected=detected,
        packages=[
            LinkedPackage(import_path=folder, folder=folder, files=files)
            for folder, files in packages.items()
        ],
        wanted=wanted,
    )

    assert {k: v.concluded for k, v in answer.packages.items()} == case["packages"]
    assert sorted({f.code for f in answer.findings}) == case.get("findings", [])
    if "module" in case:
        assert answer.conclusion.concluded == case["module"]
