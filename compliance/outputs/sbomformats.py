"""The formats of bills of materials by name: one bill, written in any of them."""

from __future__ import annotations

import importlib

from compliance.errors import UsageError
from compliance.outputs.sbom import without_collector
from compliance.outputs.sbommodel import Sbom
from compliance.outputs.sbomtext import EPOCH
from compliance.value import replace

SBOM_FORMATS = (
    "spdx-json", "spdx3-json", "cyclonedx-json", "cyclonedx17-json", "spdx-tv", "spdx-yaml",
    "spdx-xml",
)  # fmt: skip


def prepare(name: str) -> None:
    """Import what writing a format needs, ahead of its use."""
    importlib.import_module("compliance.outputs.spdx")
    if name.startswith("cyclonedx"):
        importlib.import_module("compliance.outputs.cyclonedx")
    elif name == "spdx3-json":
        importlib.import_module("compliance.outputs.spdx3")


@without_collector
def write_bill(name: str, sbom: Sbom) -> bytes:
    """The bill in the format called `name`.

    Raises:
        UsageError: if it is none of SBOM_FORMATS.
    """
    if name not in SBOM_FORMATS:
        raise UsageError(f"unknown format {name!r}; formats are {', '.join(SBOM_FORMATS)}")
    from compliance.outputs import spdx

    sbom = sbom if sbom.created else replace(sbom, created=EPOCH)
    if name.startswith("cyclonedx"):
        from compliance.outputs import cyclonedx

        version: cyclonedx.Version = "1.7" if name == "cyclonedx17-json" else "1.6"
        return spdx.json_document(cyclonedx.document(sbom, version))
    if name == "spdx3-json":
        from compliance.outputs import spdx3

        return spdx3.document_bytes(sbom)
    if name == "spdx-json":
        return spdx.json_document(spdx.document(sbom))
    writers = {
        "spdx-tv": spdx.tag_value_document,
        "spdx-yaml": spdx.yaml_document,
        "spdx-xml": spdx.xml_document,
    }
    return writers[name](spdx.document_values(sbom))
