"""The policy language: what is accepted, how layers combine, what is refused and where."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from compliance.errors import UsageError
from compliance.policy import (
    PRESETS,
    PolicySource,
    load_policy,
    plain_yaml,
    policy_schema,
    preset_bytes,
    with_declared,
)
from compliance.policy.grammar import DOCUMENT
from compliance.policy.switches import VALUES
from compliance.policy.yamlfile import read_yaml
from tests.policy.worlds import graph, policy

CASES = json.loads(
    (Path(__file__).parents[1] / "data/policy/refused.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["case"])
def test_mistakes_are_refused_with_file_line_and_the_nearest_word(case: dict[str, str]) -> None:
    with pytest.raises(UsageError) as refused:
        load_policy([PolicySource(name="p.yaml", data=case["text"].encode())])
    assert str(refused.value).startswith(case["message"])


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_obey_the_grammar_and_the_schema(preset: str) -> None:
    data = preset_bytes(preset)
    DOCUMENT.read(preset, "", read_yaml(preset, data))
    document = plain_yaml(preset, data)
    document["version"] = int(document["version"])
    jsonschema.validate(document, policy_schema())


def test_the_preset_common_has_a_value_for_every_switch() -> None:
    assert set(load_policy([]).interpretations) == set(VALUES)


def test_strict_differs_from_common_where_the_model_says_so() -> None:
    common, strict = load_policy([]).interpretations, load_policy(["strict"]).interpretations
    assert {k: v for k, v in strict.items() if common[k] != v} == {
        "tight_ipc_joins_work": "yes", "embedded_ebpf_joins_userspace": "yes",
        "lgpl_static_go": "block", "saas_latent": "warn",
        "internal_users_are_third_parties": "yes", "affiliates_are_recipients": "yes",
        "hoster_is_recipient": "yes", "sdk_downstream_copyleft": "block",
        "user_fetched_is_ours": "yes", "gpl2_scripts_include_install": "yes",
        "generator_output": "review", "embedded_index_is_derivative_db": "yes",
        "use_restriction_default": "block",
    }  # fmt: skip


def test_later_layers_win() -> None:
    first = PolicySource(name="a", data=b"version: 1\ninterpretations: {embed_data_joins: yes}\n")
    second = PolicySource(name="b", data=b"version: 1\ninterpretations: {embed_data_joins: no}\n")
    assert load_policy([first, second]).interpretations["embed_data_joins"] == "no"
    assert load_policy([second, first]).interpretations["embed_data_joins"] == "yes"


def test_a_file_wins_over_what_it_extends_and_over_its_preset() -> None:
    files = {
        "org.yaml": b"version: 1\nextends: strict\ninterpretations: {lgpl_static_go: block,"
        b" embed_data_joins: yes}\n"
    }
    own = PolicySource(
        name=".compliance.yaml",
        data=b"version: 1\nextends: org.yaml\ninterpretations: {embed_data_joins: no}\n",
    )
    loaded = load_policy([own], resolve=lambda n, _: PolicySource(name=n, data=files[n]))
    assert loaded.preset == "strict"
    assert loaded.interpretations["embed_data_joins"] == "no"
    assert loaded.interpretations["hoster_is_recipient"] == "yes"
    assert [name for name, _ in loaded.files] == ["org.yaml", ".compliance.yaml"]


REPOSITORY = (
    b"version: 1\nextends: strict\ninterpretations: {lgpl_static_go: comply-if-relink-kit,"
    b" use_restriction_default: review}\nrules:\n"
    b"  - {id: strong-copyleft-ships, when: {artifact: app}, then: warn}\n"
    b"  - {id: copyleft-separate, when: {artifact: app}, then: review}\n"
)


@pytest.mark.parametrize("organisation", ["strict", "org.yaml", "further.yaml"])
def test_what_an_organisation_builds_on_is_not_undone_by_the_repository(organisation: str) -> None:
    files = {
        "org.yaml": b"version: 1\nextends: strict\n"
        b"interpretations: {use_restriction_default: review}\n",
        "further.yaml": b"version: 1\nextends: org.yaml\n",
    }  # fmt: skip

    def named(name: str) -> PolicySource:
        return PolicySource(name=name, data=files[name])

    own = PolicySource(name=".compliance.yaml", data=REPOSITORY)
    above = named(organisation) if organisation in files else organisation
    loaded = load_policy([own, above], resolve=lambda n, _: named(n))
    assert loaded.preset == "strict"
    assert loaded.interpretations["lgpl_static_go"] == "block"
    said = "block" if organisation == "strict" else "review"
    assert loaded.interpretations["use_restriction_default"] == said
    assert [r.then for r in loaded.rules["strong-copyleft-ships"].chain()] == ["block"]
    assert [r.then for r in loaded.rules["copyleft-separate"].chain()] == ["review", "comply"]


def test_an_organisation_that_builds_on_the_common_preset_takes_nothing_back() -> None:
    own = PolicySource(
        name=".compliance.yaml",
        data=b"version: 1\nextends: strict\ninterpretations: {embed_data_joins: yes}\n",
    )
    above = PolicySource(name="org.yaml", data=b"version: 1\nextends: common\n")
    loaded = load_policy([own, above])
    assert loaded.preset == "strict"
    assert loaded.interpretations["embed_data_joins"] == "yes"
    assert loaded.interpretations["hoster_is_recipient"] == "yes"


def test_extending_in_a_circle_is_refused() -> None:
    files = {"a.yaml": b"version: 1\nextends: b.yaml\n", "b.yaml": b"version: 1\nextends: a.yaml\n"}
    with pytest.raises(UsageError, match=r"^b.yaml:2: extends in a circle"):
        load_policy(
            [PolicySource(name="a.yaml", data=files["a.yaml"])],
            resolve=lambda n, _: PolicySource(name=n, data=files[n]),
        )


def test_a_rule_of_the_same_id_replaces_the_preset_one() -> None:
    loaded = policy("rules: [{id: relink, when: {profile: on-prem}, then: warn}]")
    assert loaded.rules["relink"].then == "warn"
    assert loaded.defaults["relink"].then == "block"


@pytest.mark.parametrize(
    ("when", "unless", "refused"),
    [
        ("license: MIT", "license: [MIT, ISC]", True),
        ("license: MIT, included: yes", "license: MIT", True),
        ("license: [MIT, ISC]", "license: MIT", False),
        ("license: MIT", "license: MIT, included: no", False),
        ("included: yes", "included: yes", True), ("included: yes", "included: no", False),
    ],
)  # fmt: skip
def test_a_rule_that_takes_itself_away_is_refused(when: str, unless: str, refused: bool) -> None:
    text = f"rules:\n  - {{id: x, when: {{{when}}}, unless: {{{unless}}}, then: warn}}"
    if not refused:
        assert policy(text).rules["x"].then == "warn"
        return
    with pytest.raises(UsageError, match=r"^p.yaml:3: rules: x: .* would never hold"):
        policy(text)


def test_a_misspelt_word_for_closed_code_has_a_hint() -> None:
    with pytest.raises(UsageError, match="did you mean proprietary"):
        policy("deployments: {a: {build: ., outbound: Propietary}}")


def test_booleans_are_yes_no_true_false() -> None:
    loaded = policy("deployments: {a: {build: ./a, relink_kit: true, competes: no}}")
    assert loaded.deployments[0].facts == {"relink_kit": True, "competes": False}


def test_nesting_without_end_is_refused_quickly() -> None:
    with pytest.raises(UsageError, match="nested deeper"):
        load_policy([PolicySource(name="p", data=b"version: 1\na: " + b"[" * 500_000)])


def test_a_file_without_end_is_refused() -> None:
    with pytest.raises(UsageError, match="larger than"):
        load_policy([PolicySource(name="p", data=b"#" * 3_000_000)])


def test_the_whole_example_of_the_language_is_accepted() -> None:
    text = (Path(__file__).parents[1] / "data/policy/whole.yaml").read_bytes()
    loaded = load_policy([PolicySource(name="whole.yaml", data=text)])
    assert [d.name for d in loaded.deployments] == ["control-plane", "node-agent", "sdk"]
    assert loaded.waivers[0].conditions == ("unmodified", "not-in-firmware")
    document = plain_yaml("whole.yaml", text)
    document["version"] = int(document["version"])
    jsonschema.validate(document, policy_schema())


def test_a_component_does_not_relicense_the_module_that_it_names() -> None:
    rules = policy('components: [{id: "pkg:golang/example.com/dep@v1.2.0", license: MIT}]')
    built = graph({"app": "ours", "dep": "GPL-3.0-only"}, "app import-static dep")
    with pytest.raises(UsageError, match="belongs under curations"):
        with_declared(built, rules)
