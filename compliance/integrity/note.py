"""Signed notes (golang.org/x/mod/sumdb/note): text, blank line, one signature per line."""

from __future__ import annotations

import base64
import binascii
import hashlib

from compliance import patterns as re
from compliance.errors import MalformedInputError
from compliance.value import dataclass

MAX_NOTE_BYTES = 1_000_000
_MAX_SIGNATURES = 100  # as in the reference implementation
_ED25519 = 1
_KEY_BYTES = 32
_KEY_HASH_BYTES = 4
_SIGNATURE = re.compile("\u2014 ([^ +\\s]+) ([A-Za-z0-9+/=]+)")
_KEY = re.compile(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """Who may sign: name, hash over name and key, Ed25519 public key."""

    name: str
    hash: bytes
    public: bytes


def parse_verifier_key(text: str) -> VerifierKey:
    """Read `NAME+HASH+BASE64`.

    Raises:
        MalformedInputError: Not such a key, an unknown algorithm, or a hash of another key.
    """
    match = _KEY.fullmatch(text.strip())
    key = _decode(match[3]) if match else b""
    if match is None or len(key) != 1 + _KEY_BYTES or key[0] != _ED25519:
        raise MalformedInputError("malformed key of a checksum database")
    name = match[1]
    expected = key_hash(name, key)
    if expected.hex() != match[2]:
        raise MalformedInputError(f"the key of {name} does not have the hash that it claims")
    return VerifierKey(name=name, hash=expected, public=key[1:])


def key_hash(name: str, key: bytes) -> bytes:
    """First four bytes of SHA-256 over name and algorithm with key."""
    return hashlib.sha256(name.encode() + b"\n" + key).digest()[:_KEY_HASH_BYTES]


def open_note(data: bytes, key: VerifierKey) -> str:
    """The text of a note that `key` signed.

    Args:
        data: The note.
        key: The only key that is trusted; signatures of others are ignored.

    Raises:
        MalformedInputError: No note, a wrong signature, or none by `key`.
    """
    # 1. Only text: UTF-8 without control characters other than line ends.
    try:
        text = data[: MAX_NOTE_BYTES + 1].decode("utf-8")
    except UnicodeDecodeError as error:
        raise MalformedInputError("malformed note") from error
    if len(data) > MAX_NOTE_BYTES or re.search(r"[\x00-\x09\x0b-\x1f]", text):
        raise MalformedInputError("malformed note")
    # 2. The signatures follow the last blank line, one on each line.
    body, blank, block = text.rpartition("\n\n")
    lines = block.split("\n")
    if not blank or lines.pop() != "" or not 0 < len(lines) <= _MAX_SIGNATURES:
        raise MalformedInputError("malformed note")
    body += "\n"
    # 3. A signature by our key must verify; one that does not is an error, not a stranger's.
    signed = False
    for line in lines:
        match = _SIGNATURE.fullmatch(line)
        signature = _decode(match[2]) if match else b""
        if match is None or len(signature) <= _KEY_HASH_BYTES:
            raise MalformedInputError("malformed signature")
        if match[1] == key.name and signature[:_KEY_HASH_BYTES] == key.hash:
            _verify(key, signature[_KEY_HASH_BYTES:], body.encode())
            signed = True
    # 4. Without a signature of ours the text is worth nothing.
    if not signed:
        raise MalformedInputError(f"note is not signed by {key.name}")
    return body


def _verify(key: VerifierKey, signature: bytes, text: bytes) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text)
    except (InvalidSignature, ValueError) as error:
        raise MalformedInputError(f"invalid signature by {key.name}") from error


def _decode(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
