"""Text, names and addresses as bills of materials can hold them.

SBOM readers are stricter than the formats: XML knows no control characters (XML 1.0, 2.2), the
identifiers of SPDX 2.3 hold letters, digits, `.` and `-` (SPDX 2.3, 7.2), and addresses must be
URLs with a public host name. Input that does not fit is changed as little as that needs.
"""

from __future__ import annotations

import datetime
import hashlib
from functools import lru_cache

from compliance import patterns as re
from compliance.golang import ModuleVersion

EPOCH = "1970-01-01T00:00:00Z"
"""Stands where a document needs a time and none is known."""

_LINE_BREAKS = re.compile("\r\n|[\r\x85\u2028\u2029]")
# Control characters but tab and line feed, noncharacters, byte order mark, and what reorders text.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\ufdd0-\ufdef\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_ID = re.compile(r"[^A-Za-z0-9.-]+")
_NOT_LOCATOR = re.compile(r"[^A-Za-z0-9._~:/@?#%&=+!*'(),;$\-]")
_PURL = re.compile(r"pkg:[a-z][a-z0-9.+-]*/[^/\s].*", re.DOTALL)
_HOST = r"[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9]+(?:-[a-z0-9]+)*){0,100}\.[a-z]{2,63}"
_URL = re.compile(
    rf"(?:git\+)?https?://{_HOST}(?::[0-9]{{1,5}})?(?:/[A-Za-z0-9._~:/@?&=+!*'(),;$%\-]*)?",
    re.IGNORECASE,
)
_ID = "".join(chr(c) for c in range(128) if chr(c).isalnum()) + ".-"
_ID_BYTES = _ID.encode()
_PLAIN_PATH = "".join(chr(c) for c in range(128) if chr(c).isalnum()) + "._~/@-"
_USER = re.compile(r"^([a-z+]+://)[^/@]*@", re.IGNORECASE)
_HOST_ONLY = re.compile(_HOST)
_SUM = re.compile(r"h1:[A-Za-z0-9+/]{43}=")
_EMAIL = re.compile(r"[A-Za-z0-9.!#$%&*+/=?^_{|}~-]+@[A-Za-z0-9.-]+")

_SWHID = re.compile(r"swh:1:(?:snp|rel|rev|dir|cnt):[0-9a-f]{40}")
# Components of CPE 2.3 as all of our readers take them: no quoting but a backslash before a sign.
_CPE = re.compile(
    r"cpe:2\.3:[aho](?::(?:[A-Za-z0-9._-]|\\[!-/:-@\[-`{-~])+|:[*-]){5}:[*-]"
    r"(?::(?:[A-Za-z0-9._-]|\\[!-/:-@\[-`{-~])+|:[*-]){4}"
)
_CREATED = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.\d+)?(?:Z|\+00:00)")

# An identifier must stay readable; the digest at its end keeps it apart from all others.
_MAX_ID_STEM = 120
_MAX_HOST = 253  # RFC 1035, 2.3.4


def clean(text: str) -> str:
    """Text of several lines: line feeds as line breaks, no control or reordering characters."""
    if text.isascii() and text.isprintable():
        return text
    text = _FORBIDDEN.sub("", _LINE_BREAKS.sub("\n", text))
    return _SURROGATE.sub("\ufffd", text)


def line(text: str) -> str:
    """Text of one line: as `clean`, with runs of white space as one space."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    return " ".join(clean(text).split())


def identifier(kind: str, name: str, *identity: str) -> str:
    """A readable idstring of SPDX 2.3 that differs for every (kind, name, identity)."""
    parts = (kind, name, *identity)
    told_apart = "".join([f"{len(part)}:{part}" for part in parts])
    told = told_apart.encode("utf-8", "surrogatepass")
    digest = hashlib.sha256(told).hexdigest()[:12]
    stem = "-".join(parts)
    plain = stem.replace("/", "-")
    if "//" in stem or not plain.isascii() or plain.encode().translate(None, _ID_BYTES):
        plain = _NOT_ID.sub("-", stem)
    return f"{plain[:_MAX_ID_STEM].strip('-.')}-{digest}"


def is_idstring(text: str) -> bool:
    """Whether this holds nothing but letters, digits, `.` and `-` (SPDX 2.3, 7.2)."""
    return not text.strip(_ID)


def locator(text: str) -> str:
    """A reference without spaces: every other character than those of URLs percent-encoded."""
    return _NOT_LOCATOR.sub(lambda m: _percent(m[0]), text)


def _percent(char: str) -> str:
    return "".join(f"%{b:02X}" for b in char.encode("utf-8", "surrogatepass"))


def purl(text: str) -> str | None:
    """A package URL fit for a document; None for what is no package URL."""
    return locator(text) if _PURL.fullmatch(text) else None


def golang_purl(path: str, version: str) -> str:
    """Package URL of a Go module, whatever its path holds."""
    return purl(ModuleVersion(path, version).purl) or "pkg:golang/unnamed"


def public_url(text: str | None) -> str | None:
    """The http(s) or git+https address, without user or password; None when readers refuse it."""
    if not text:
        return None
    host, slash, rest = text.removeprefix("git+").removeprefix("https://").partition("/")
    plain = slash and text.startswith(("https://", "git+https://")) and not rest.strip(_PLAIN_PATH)
    if (plain and _is_host(host)) or _URL.fullmatch(text):
        return text
    bare = locator(_USER.sub(r"\1", text))
    return bare if _URL.fullmatch(bare) else None


def host_name(text: str) -> bool:
    """Whether this is a public DNS name, as the first element of a published module path is."""
    return len(text) <= _MAX_HOST and _is_host(text)


@lru_cache(maxsize=4096)
def _is_host(text: str) -> bool:
    return _HOST_ONLY.fullmatch(text) is not None


def digest(text: str | None, digits: int) -> str | None:
    """A lower-case hex digest of that many digits, else None."""
    if text is None or len(text) != digits:
        return None
    try:
        whole = len(bytes.fromhex(text)) * 2 == digits  # white space is read over
    except ValueError:
        return None
    return text.lower() if whole else None


def module_sum(text: str | None) -> str | None:
    """A go.sum hash `h1:...` (https://go.dev/ref/mod#go-sum-files), else None."""
    return text if text and _SUM.fullmatch(text) else None


def actor(text: str) -> str:
    """A name that may stand before `(email)`: one line without parentheses."""
    return line(text).replace("(", "[").replace(")", "]")


def email(text: str | None) -> str | None:
    """An e-mail address without surprises, else None."""
    return text if text and _EMAIL.fullmatch(text) else None


def swhid(text: str | None) -> str | None:
    """A Software Heritage identifier without qualifiers, else None."""
    return text if text and _SWHID.fullmatch(text) else None


def cpe(text: str | None) -> str | None:
    """A CPE 2.3 name, else None."""
    return text if text and _CPE.fullmatch(text) else None


def utc_time(text: str | None) -> str | None:
    """`YYYY-MM-DDThh:mm:ssZ`, the only form that SPDX 2.3 (6.9) knows; None for no such time."""
    found = _CREATED.fullmatch(text) if text else None
    if found is None:
        return None
    try:
        datetime.datetime.fromisoformat(found[1])
    except ValueError:
        return None
    return f"{found[1]}Z"
