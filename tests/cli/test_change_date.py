"""A license that turns into another: before and after its day."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from compliance.licenses import license_text
from tests.cli.conftest import Run


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A program with a vendored module under BUSL-1.1 that becomes MPL-2.0 in 2027."""
    root = tmp_path / "shop"
    vendored = root / "vendor" / "store.example" / "engine"
    vendored.mkdir(parents=True)
    (root / "go.mod").write_text(
        "module shop.example/shop\n\ngo 1.22\n\nrequire store.example/engine v1.2.0\n", "utf-8"
    )
    (root / "main.go").write_text(
        'package main\n\nimport "store.example/engine"\n\nfunc main() { engine.Run() }\n', "utf-8"
    )
    (root / "vendor" / "modules.txt").write_text(
        "# store.example/engine v1.2.0\n## explicit; go 1.22\nstore.example/engine\n", "utf-8"
    )
    (vendored / "engine.go").write_text("package engine\n\nfunc Run() {}\n", "utf-8")
    terms = license_text("BUSL-1.1")
    assert terms is not None
    terms = terms[terms.index("The Licensor hereby grants you") :]
    (vendored / "LICENSE").write_text(
        "Business Source License 1.1\n\nParameters\n\nLicensor: Store Example Inc.\n"
        "Licensed Work: Engine 1.2. The Licensed Work is (c) 2023 Store Example Inc.\n"
        "Additional Use Grant: None\nChange Date: 2027-03-01\n"
        f"Change License: Mozilla Public License, version 2.0\n\nTerms\n\n{terms}",
        "utf-8",
    )
    return root


@pytest.mark.parametrize(("day", "verdict"), [("2027-02-28", "review"), ("2027-03-01", "comply")])
def test_the_day_decides(run: Run, shop: Path, day: str, verdict: str) -> None:
    run("scan", shop, "-o", shop.parent / "out", "--format", "json", "-q", "--as-of", day)
    report = json.loads((shop.parent / "out" / "report.json").read_text("utf-8"))
    (artifact,) = report["artifacts"]
    assert artifact["verdict"] == verdict
    (module,) = [m for m in report["modules"] if m["path"] == "store.example/engine"]
    assert module["license"]["declared"] == "BUSL-1.1"
    owed = {d["license"] for d in artifact["duties"] if d["duty"] == "source-of-files"}
    assert owed == ({"MPL-2.0"} if verdict == "comply" else set())


def test_a_folder_in_the_place_of_a_module_has_no_day_of_publication(run: Run, shop: Path) -> None:
    (shop / "vendor" / "store.example" / "engine").rename(shop / "engine")
    (shop / "vendor" / "modules.txt").unlink()
    (shop / "vendor" / "store.example").rmdir()
    (shop / "vendor").rmdir()
    (shop / "engine" / "go.mod").write_text("module store.example/engine\n\ngo 1.22\n", "utf-8")
    with (shop / "go.mod").open("a", encoding="utf-8") as file:
        file.write("\nreplace store.example/engine => ./engine\n")
    result = run("scan", shop, "-o", shop.parent / "out", "--format", "json", "-q")
    assert result.returncode == 0, result.stderr


def test_a_fixed_day_of_the_policy_counts_and_a_flag_wins(run: Run, shop: Path) -> None:
    (shop / ".compliance.yaml").write_text("version: 1\nas_of: 2027-03-01\n", "utf-8")

    def judged(*words: str) -> tuple[str, str]:
        done = run("scan", shop, "-o", "-", "--format", "json", "-q", *words)
        report = json.loads(done.stdout)
        return report["artifacts"][0]["verdict"], report["created"][:10]

    assert judged() == ("comply", "2027-03-01")
    assert judged("--as-of", "2027-02-28") == ("review", "2027-02-28")


def test_the_day_is_drift_and_says_what_the_license_is_now(run: Run, shop: Path) -> None:
    out = shop.parent / "out"
    run("scan", shop, "-o", out, "--format", "json", "-q", "--as-of", "2027-02-28")
    same = run("drift", out / "report.json", shop, "--as-of", "2027-02-28", "--json")
    assert json.loads(same.stdout)["drift"] == []
    done = run("drift", out / "report.json", shop, "--as-of", "2027-03-01", "--json")
    told = {d["kind"]: d["what"] for d in json.loads(done.stdout)["drift"]}
    assert done.returncode == 0
    assert told["license"] == ("store.example/engine v1.2.0: BUSL-1.1 -> MPL-2.0 (its change date)")
    assert told["verdict"].startswith("shop: review -> comply")
