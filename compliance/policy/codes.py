"""What a policy can name: presets and packs that come with the product, and finding codes."""

from __future__ import annotations

from functools import lru_cache

from compliance.policy.facts import data_file

PRESETS = ("common", "strict")
PACKS = ("cncf",)
"""Rules of an organisation that come with the product, to lay over a preset by name."""

NAMED = (*PRESETS, *PACKS)
"""What `--policy` and `extends` take by name."""

OTHER_CODES = (
    "license-conflict", "license-changed", "missing-notice", "vendor-modified",
    "checksum-database-fork",
    "vendor-inconsistent", "checksum-mismatch", "checksum-missing", "module-unavailable",
    "module-retracted", "module-deprecated", "waiver-expired", "waiver-unused", "waiver-void",
    "choice-unused", "curation-unused", "rule-unused",
    "file-unreadable", "module-used-twice", "requirement-missing",
    "limit-exceeded", "policy-edited", "policy-relaxed", "source-modified",
    "spdx-expression-invalid", "notice-drift",
)  # fmt: skip
"""Finding codes of other rooms and of waivers, which rules of a policy do not produce."""


@lru_cache(maxsize=1)
def pack_rules() -> tuple[str, ...]:
    """Rules of the packs, which a waiver may name before the pack is laid over."""
    return tuple(r["id"] for n in PACKS for r in data_file(f"{n}.yaml")["rules"])


@lru_cache(maxsize=1)
def rule_codes() -> tuple[str, ...]:
    """Every code that a rule can decide."""
    found = {r["id"] for n in PRESETS for r in data_file(f"{n}.yaml").get("rules", ())}
    return (*sorted(found), *OTHER_CODES)
