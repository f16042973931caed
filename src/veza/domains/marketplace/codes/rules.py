"""A code has 100 random bits, is read as people type it, and is stored as a hash."""

import hashlib
import re
import secrets
from collections.abc import Sequence

from veza.domains.marketplace.codes.errors import CodeExpired, CodeUsed
from veza.domains.marketplace.codes.models import StoredCode

# Crockford's base 32: no letter looks like a digit. A code has 100 bits.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS = 4
_GROUP_LENGTH = 5
_CODE = re.compile(f"[{_ALPHABET}]{{{_GROUPS * _GROUP_LENGTH}}}")
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0", "-": None, " ": None})


def generate_code() -> str:
    """Return a random code, in groups."""
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )


def read_code(typed: str) -> str | None:
    """Return the code that a member typed, without groups; None if it can't be one."""
    code = typed.strip().upper().translate(_READ_AS)
    return code if _CODE.fullmatch(code) else None


def hash_of(code: str) -> bytes:
    """Return the stored hash of a code. Codes are random: a slow hash is not needed."""
    return hashlib.sha256(code.replace("-", "").encode()).digest()


def write_csv(codes: Sequence[str]) -> str:
    """Return a CSV file of codes."""
    return "".join(f"{line}\r\n" for line in ("code", *codes))


def ensure_usable(code: StoredCode) -> None:
    """Raise CodeUsed or CodeExpired."""
    if code.order_id is not None:
        raise CodeUsed
    if code.is_expired:
        raise CodeExpired
