"""License strings of Linux: `MODULE_LICENSE("GPL")` of a module, the section `license` of eBPF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from compliance import patterns as re
from compliance.licenses.tags import Tag

KERNEL_STRINGS: Final[Mapping[str, str]] = {
    "GPL": "GPL-2.0-only",
    "GPL v2": "GPL-2.0-only",
    "GPL and additional rights": "GPL-2.0-only",
    "Dual BSD/GPL": "BSD-2-Clause OR GPL-2.0-only",
    "Dual MIT/GPL": "MIT OR GPL-2.0-only",
    "Dual MPL/GPL": "MPL-2.0 OR GPL-2.0-only",
}
"""What the kernel's license strings mean (https://docs.kernel.org/process/license-rules.html).

`GPL` says nothing of later versions, so none are taken for granted.
"""

RULE: Final = "kernel-license-string"

_NEEDLES: Final = (b"MODULE_LICENSE", b'"license"')
_STRING: Final = re.compile(
    rb"(?m)^[ \t]*(?:MODULE_LICENSE\s{0,8}\(\s{0,8}\"([^\"\n]{1,40})\"\s{0,8}\)"
    rb"|[^\n\"]{0,80}\b(?:SEC|section)\s{0,4}\(\s{0,4}\"license\"[^\n=;]{0,80}=\s{0,40}\"([^\"\n]{1,40})\")"
)


def kernel_strings(name: str, text: bytes) -> Iterator[Tag]:
    """The license strings of a C source that the kernel reads; for files that say nothing else.

    In Go they stand in string literals, of generators.
    """
    if name.endswith(".go") or not any(needle in text for needle in _NEEDLES):
        return
    for match in _STRING.finditer(text):
        written = (match.group(1) or match.group(2)).decode("utf-8", "replace")
        if written in KERNEL_STRINGS:
            start, end = match.span()
            yield Tag(start, end, written, KERNEL_STRINGS[written], rule=RULE)
