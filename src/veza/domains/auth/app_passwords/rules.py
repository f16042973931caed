"""A member has up to 25 app passwords; tokens made of them are compared in constant time."""

import hashlib
import hmac
import re
import secrets
from uuid import UUID

from veza.domains.auth.app_passwords.models import SaltedToken

MAX_APP_PASSWORDS = 25

# Without letters and digits that look alike, because people type it into phones: 118 bits.
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS = 4
_GROUP_LENGTH = 6
_PASSWORD = re.compile(rf"[{_ALPHABET}]{{{_GROUP_LENGTH}}}(-[{_ALPHABET}]{{{_GROUP_LENGTH}}}){{3}}")
_TOKEN = re.compile(r"[0-9a-f]{32}")
_MAX_SALT = 256
_USERNAME = re.compile(r"[\w-]{1,100}")


def generate_password() -> str:
    """Return a random app password."""
    letters = [
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    ]
    return "-".join(letters)


def looks_like_password(text: str) -> bool:
    """Return whether a text has the format of an app password."""
    return _PASSWORD.fullmatch(text) is not None


def hash_of(password: str) -> bytes:
    """Return the stored hash. App passwords are long and random: a slow hash is not needed."""
    return hashlib.sha256(password.encode()).digest()


def is_well_formed(token: SaltedToken) -> bool:
    """Return whether a token can be right at all."""
    return _TOKEN.fullmatch(token.token.lower()) is not None and len(token.salt) <= _MAX_SALT


def may_be_username(text: str) -> bool:
    """Return whether a text has letters of usernames only: nothing that the database refuses."""
    return _USERNAME.fullmatch(text) is not None


def is_token_of(password: str, token: SaltedToken) -> bool:
    """Return whether a token was made from a password, in constant time.

    MD5 is what the clients' protocol prescribes. It is preimage resistant, and the passwords are
    too random to be guessed.
    """
    digest = hashlib.md5((password + token.salt).encode(), usedforsecurity=False).hexdigest()
    return hmac.compare_digest(digest, token.token.lower())


def seal_context(password_id: UUID) -> str:
    """Return what ties an encrypted app password to its row."""
    return f"app_password:{password_id}"


def throttle_key(network: str, username: str | None) -> str:
    """Return the key that counts wrong app passwords of a network for a member."""
    name = hashlib.sha256((username or "").casefold().encode()).hexdigest()[:32]
    return f"app_password:{network}:{name}"
