"""SPDX ids of licenses that the rule data still has under a key of its own.

The SPDX list took some licenses up after the rule data was made, and its entry covers translations
that the data keeps apart. The texts are the same words (but for a title in one language).
"""

from __future__ import annotations

from typing import Final

SPDX_OF_KEY: Final = {
    "bola11": "BOLA-1.1",
    "bsd-unchanged": "BSD-2-Clause-pos-unchanged",
    "capec-tou": "CAPEC-tou",
    "cecill-b-en": "CECILL-B",
    "cecill-c-en": "CECILL-C",
    "d-fsl-1.0-en": "D-FSL-1.0",
    "etalab-2.0-en": "etalab-2.0",
    "jpython-1.1": "CNRI-Jython",
    "libselinux-pd": "libselinux-1.0",
    "minecraft-mod": "MMPL-1.0.1",
    "mulanpsl-1.0-en": "MulanPSL-1.0",
    "mulanpsl-2.0-en": "MulanPSL-2.0",
    "mvt-1.1": "MVT-1.1",
    "openmdw-1.0": "OpenMDW-1.0",
    "sgmlug": "SGMLUG-PM",
    "synthesis-toolkit": "MIT-STK",
    "tekhvc": "TekHVC",
    "unrar": "UnRAR",
    "vixie-cron": "Vixie-Cron",
    "wordnet": "WordNet",
    "wtfnmfpl-1.0": "WTFNMFPL",
}
"""Key of the rule data -> id of the SPDX license list."""


def old_name(key: str) -> str:
    """The id that a key has where no SPDX id is known."""
    return f"LicenseRef-scancode-{key}"
