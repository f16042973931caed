"""Codes that give a product: 100 bits, read as people type them, and found by their hash."""

import hashlib
import re
import secrets

# Crockford's base 32: no letter looks like a digit.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS = 4
_GROUP_LENGTH = 5
_LENGTH = _GROUPS * _GROUP_LENGTH
_CODE = re.compile(f"[{_ALPHABET}]{{{_LENGTH}}}")
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def generate_code() -> str:
    """Return a random code, in groups."""
    return write_code(secrets.token_bytes(_LENGTH))


def write_code(content: bytes) -> str:
    """Return a code of at least 20 bytes, each of which decides a character, in groups."""
    letters = "".join(_ALPHABET[each % len(_ALPHABET)] for each in content[:_LENGTH])
    assert len(letters) == _LENGTH
    groups = range(0, _LENGTH, _GROUP_LENGTH)
    return "-".join(letters[start : start + _GROUP_LENGTH] for start in groups)


def read_code(typed: str) -> str | None:
    """Return the code that somebody typed, without groups; None if it can't be one."""
    code = typed.strip().upper().translate(_READ_AS)
    return code if _CODE.fullmatch(code) else None


def hash_of(code: str) -> bytes:
    """Return the stored hash of a code. Codes are random: a slow hash is not needed."""
    return hashlib.sha256(code.replace("-", "").encode()).digest()
