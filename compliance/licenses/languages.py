"""Words of other languages that take something away or ask for something beside a license.

Most license texts are English, whatever the language of who uses them; a sentence in another
language beside one is rare, and one with these words is for a person to read.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from compliance import patterns as re

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_WORDS: Final = (
    # German
    "verboten", "untersagt", "nur für", "nur mit", "nur zu", "ausschließlich", r"gewerblich\w*",
    r"kommerziell\w*", r"nichtkommerziell\w*", "zustimmung", "genehmigung", "erlaubnis",
    "kostenpflichtig", "nicht gestattet", "nicht erlaubt",
    # French
    r"interdit\w*", "uniquement", "seulement", "autorisation", "commerciale?s", "commerciale",
    "sauf accord", r"payant\w*",
    # Spanish, Portuguese
    r"prohibid\w*", "prohíbe", r"comercial\w*", "únicamente", "solamente", "permiso",
    "autorización", r"proibid\w*", "somente", "apenas", "permissão", "autorização",
    # Italian
    r"vietat\w*", "soltanto", "esclusivamente", "autorizzazione", "permesso", "commerciali",
    # Dutch, Polish
    "verboden", "commercieel", "commerciële", "uitsluitend", "toestemming", r"zabron\w+",
    r"komercyj\w+", "wyłącznie",
)  # fmt: skip
_PARTS: Final = (
    # Russian, Ukrainian: "forbidden", "commercial", "only", "permitted", "must not"
    "\u0430\u043f\u0440\u0435\u0449", "\u043e\u043c\u043c\u0435\u0440\u0447",
    "\u043e\u043b\u044c\u043a\u043e", "\u0430\u0437\u0440\u0435\u0448\u0435\u043d",
    "\u0435\u043b\u044c\u0437\u044f", "\u0430\u0431\u043e\u0440\u043e\u043d",
    "\u043e\u043c\u0435\u0440\u0446",
    # Chinese, Japanese, Korean: the same, and "pay", "consent", "without"
    "禁止", "不得", "商业", "商業", "仅供", "僅供", "只能", "必须", "必須", "付费", "付費", "收费",
    "不可", "未经", "未經", "商用", "のみ", "許可", "許諾", "有料", "できません",
    "금지", "상업", "허가", "허락",
)  # fmt: skip
_IN_LATIN: Final = re.compile(
    rb"(?<![a-z\x80-\xff])(?:" + "|".join(_WORDS).encode() + rb")(?![a-z\x80-\xff])"
)
_ANY: Final = re.compile(_IN_LATIN.pattern + b"|" + "|".join(_PARTS).encode())


def demands_in(low: bytes) -> Callable[[int, int], Iterator[re.Match[bytes]]]:
    """What finds these words in a stretch [begin, end) of a text.

    Parts of words count where a language bends them or parts none. The text is UTF-8, in lower
    case as far as it is ASCII.
    """
    return partial((_IN_LATIN if low.isascii() else _ANY).finditer, low)
