"""Write the license texts of the example repository from the license index.

    python tools/write_example_texts.py examples/control-plane

The texts belong to others, so the project does not carry them; the index does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from compliance.licenses import license_text

_SLATE = "MIT License\n\nCopyright (c) 2021 Slate Contributors\n\n"

TEXTS = (
    ("vendor/plugins.example/accelplug/LICENSE", "Apache-2.0", ""),
    ("vendor/drivers.example/acceldrv/COPYING", "GPL-3.0-only", ""),
    ("vendor/logs.example/slate/LICENSE", "MIT", _SLATE),
)


def write(example: Path) -> None:
    """Write each text; an id that the index does not know is an error."""
    for name, identifier, head in TEXTS:
        text = license_text(identifier)
        if text is None:
            sys.exit(f"the license index has no text of {identifier}")
        (example / name).write_text(head + text.strip("\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]))
