"""May we ship this? No I/O but the data that is part of the package."""

from typing import TYPE_CHECKING

from compliance.facade import fetcher

if TYPE_CHECKING:
    from compliance.policy.casefile import CaseResult, cases_schema, policy_test
    from compliance.policy.codes import NAMED, PRESETS
    from compliance.policy.decision import GateDecision, gate
    from compliance.policy.deploy import Deployed, declared_evidence, deployed, with_declared
    from compliance.policy.document import (
        Choice,
        Curation,
        Policy,
        PolicySource,
        Publisher,
        Waiver,
        load_policy,
        preset_bytes,
    )
    from compliance.policy.evaluation import Judgement, evaluate
    from compliance.policy.exceptions import covers, exception_waiver, read_exceptions
    from compliance.policy.facts import AGREEMENT, category
    from compliance.policy.grammar import outbound_license, policy_schema
    from compliance.policy.judge import DUTIES
    from compliance.policy.purl import same_owner
    from compliance.policy.purl import split as component_and_version
    from compliance.policy.rules import conditions, regraded
    from compliance.policy.unused import unused_entries
    from compliance.policy.verdict import Duty, Election, Plan, Verdict
    from compliance.policy.waiver import (
        Ground,
        apply_waivers,
        waiver_doubts,
        waiver_stub,
        waivers_ending,
    )
    from compliance.policy.world import Before, Versions, components_of
    from compliance.policy.yamlfile import (
        LARGEST_FILE,
        nearest,
        plain_yaml,
        read_yaml,
        refuse,
        shown,
    )
    from compliance.policy.yamlfile import Mapping as YamlMapping
    from compliance.policy.yamlfile import Scalar as YamlScalar
    from compliance.policy.yamlfile import Sequence as YamlSequence
    from compliance.policy.yamlfile import Value as YamlValue
else:
    __getattr__ = fetcher(__name__, {
        "casefile": "CaseResult cases_schema policy_test",
        "decision": "GateDecision gate",
        "deploy": "Deployed declared_evidence deployed with_declared",
        "codes": "NAMED PRESETS",
        "document": "Choice Curation Policy PolicySource Publisher Waiver load_policy"
        " preset_bytes",
        "evaluation": "Judgement evaluate",
        "exceptions": "covers exception_waiver read_exceptions",
        "facts": "AGREEMENT category",
        "grammar": "outbound_license policy_schema",
        "judge": "DUTIES",
        "purl": "same_owner component_and_version=split",
        "rules": "conditions regraded",
        "unused": "unused_entries",
        "verdict": "Duty Election Plan Verdict",
        "waiver": "Ground apply_waivers waiver_doubts waiver_stub waivers_ending",
        "world": "Before Versions components_of",
        "yamlfile": (
            "LARGEST_FILE plain_yaml nearest read_yaml refuse shown YamlMapping=Mapping"
            " YamlScalar=Scalar YamlSequence=Sequence YamlValue=Value"
        ),
    })  # fmt: skip

__all__ = [
    "AGREEMENT", "DUTIES", "LARGEST_FILE", "NAMED", "PRESETS", "Before", "CaseResult", "Choice",
    "Curation", "Deployed", "Duty", "Election",
    "GateDecision", "Ground", "Judgement", "Plan", "Policy", "PolicySource", "Publisher",
    "Verdict", "Versions", "Waiver", "YamlMapping", "YamlScalar", "YamlSequence", "YamlValue",
    "apply_waivers", "cases_schema", "category", "component_and_version", "components_of",
    "conditions", "covers",
    "declared_evidence", "deployed",
    "evaluate", "exception_waiver", "gate", "load_policy", "nearest",
    "outbound_license", "plain_yaml",
    "policy_schema", "policy_test", "preset_bytes", "read_exceptions", "read_yaml", "refuse",
    "regraded", "same_owner", "shown", "unused_entries", "waiver_doubts",
    "waiver_stub", "waivers_ending",
    "with_declared",
]  # fmt: skip
