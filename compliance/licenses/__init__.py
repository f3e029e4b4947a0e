"""Which license is this? No I/O but the index that is part of the package."""

from typing import TYPE_CHECKING

from compliance.facade import fetcher

if TYPE_CHECKING:
    from compliance.licenses.answer import Answer
    from compliance.licenses.answering import (
        AnswerStore,
        Reader,
        RememberingReader,
        Text,
        TextReader,
    )
    from compliance.licenses.conclude import (
        LinkedPackage,
        ModuleConclusion,
        apply_curation,
        conclude_module,
    )
    from compliance.licenses.copyrights import find_copyrights
    from compliance.licenses.detect import Detector
    from compliance.licenses.doubts import OUTBOUND_UNDECLARED
    from compliance.licenses.evidence import (
        Change,
        Conclusion,
        Confidence,
        Copyright,
        FileLicense,
        Kind,
        Match,
    )
    from compliance.licenses.expression import (
        And,
        Expression,
        InvalidExpressionError,
        License,
        Or,
        conjoin,
        conjuncts,
    )
    from compliance.licenses.governing import evidence_of
    from compliance.licenses.holders import holder_key, merge_copyrights
    from compliance.licenses.index import Index
    from compliance.licenses.kernel import KERNEL_STRINGS
    from compliance.licenses.library import index_about, index_digest, license_text
    from compliance.licenses.names import is_doc_name, is_license_name
    from compliance.licenses.notices import HeaderText, goes_along, text_of
    from compliance.licenses.turning import turn_of
    from compliance.licenses.wanted import ancestry, wanted_files
    from compliance.licenses.within import text_within
else:
    __getattr__ = fetcher(__name__, {
        "answer": "Answer",
        "answering": "AnswerStore Reader RememberingReader Text TextReader",
        "conclude": "LinkedPackage ModuleConclusion apply_curation conclude_module",
        "copyrights": "find_copyrights",
        "detect": "Detector",
        "doubts": "OUTBOUND_UNDECLARED",
        "evidence": "Change Conclusion Confidence Copyright FileLicense Kind Match",
        "expression": "And Expression InvalidExpressionError License Or conjoin conjuncts",
        "governing": "evidence_of",
        "holders": "holder_key merge_copyrights",
        "index": "Index",
        "kernel": "KERNEL_STRINGS",
        "library": "index_about index_digest license_text",
        "names": "is_doc_name is_license_name",
        "notices": "HeaderText goes_along text_of",
        "turning": "turn_of",
        "wanted": "ancestry wanted_files",
        "within": "text_within",
    })  # fmt: skip

__all__ = [
    "KERNEL_STRINGS",
    "OUTBOUND_UNDECLARED",
    "And",
    "Answer",
    "AnswerStore",
    "Change",
    "Conclusion",
    "Confidence",
    "Copyright",
    "Detector",
    "Expression",
    "FileLicense",
    "HeaderText",
    "Index",
    "InvalidExpressionError",
    "Kind",
    "License",
    "LinkedPackage",
    "Match",
    "ModuleConclusion",
    "Or",
    "Reader",
    "RememberingReader",
    "Text",
    "TextReader",
    "ancestry",
    "apply_curation",
    "conclude_module",
    "conjoin",
    "conjuncts",
    "evidence_of",
    "find_copyrights",
    "goes_along",
    "holder_key",
    "index_about",
    "index_digest",
    "is_doc_name",
    "is_license_name",
    "license_text",
    "merge_copyrights",
    "text_of",
    "text_within",
    "turn_of",
    "wanted_files",
]
