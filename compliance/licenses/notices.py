"""What has to go with the code: license texts and notices, exactly as they were found."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from compliance.golang import Files, UnreadableFileError
from compliance.licenses.conclude import ModuleConclusion
from compliance.licenses.roles import Purpose, role_of_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """What one module asks to be reproduced.

    `notices` (NOTICE files of Apache-2.0 section 4(d) and the like) and `texts` (licenses, patent
    grants, third-party lists) are (path, sha256); `copyrights` are statements, one per holder.
    """

    component: str
    licenses: str | None
    copyrights: tuple[str, ...]
    notices: tuple[tuple[str, str], ...]
    texts: tuple[tuple[str, str], ...]


def attribution(component: str, conclusion: ModuleConclusion) -> Attribution:
    """Split the texts of a module into notices to reproduce and license texts to include."""
    notices = tuple(t for t in conclusion.texts if _is_notice(t[0]))
    return Attribution(
        component=component,
        licenses=conclusion.conclusion.concluded,
        copyrights=tuple(c.statement for c in conclusion.copyrights),
        notices=notices,
        texts=tuple(t for t in conclusion.texts if t not in notices),
    )


def _is_notice(path: str) -> bool:
    return role_of_path(path).purpose is Purpose.NOTICE


def text_of(data: bytes) -> str:
    """The words of a license file, nothing added and nothing taken away but a byte order mark.

    Decodes UTF-8, UTF-16 with a byte order mark, and else Latin-1, which takes any byte.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_texts(tree: Files, texts: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Content of license and notice files by SHA-256 of their bytes, each once.

    A file that changed since it was read, or cannot be read any more, is left out: what is written
    under a digest has that digest.
    """
    found: dict[str, str] = {}
    for path, sha256 in texts:
        if sha256 in found:
            continue
        try:
            data = tree.read(path)
        except UnreadableFileError:
            continue
        if hashlib.sha256(data).hexdigest() == sha256:
            found[sha256] = text_of(data)
    return found
