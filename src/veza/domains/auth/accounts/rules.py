"""Decisions without I/O: what a good password is, and under which keys guesses are counted."""

import hashlib
from collections.abc import Callable
from importlib import resources

import msgspec

from veza.core.addresses import network_of
from veza.core.errors import Fault, Invalid
from veza.core.ids import UserId
from veza.core.normalize import is_normal, normalize_identifier
from veza.domains.auth.accounts.errors import WeakPassword
from veza.domains.auth.accounts.models import Email, Password, Username

MAX_FAILED_LOGINS = 10
FAILED_LOGIN_WINDOW_S = 15 * 60

_NOT_NORMAL = "Write letters other than A to Z in lower case, and no special forms of letters."

_COMMON = frozenset(
    (resources.files("veza.domains.auth.accounts") / "common_passwords.txt").read_text().split()
)


def ensure_normal_email(email: str) -> None:
    """Raise Invalid if the address is not stored as it would be looked up (`is_normal`)."""
    if not is_normal(email):
        raise Invalid(details=[Fault("email", _NOT_NORMAL)])


def count_by_account(user_id: UserId | None, email: str) -> str:
    """Return the key that counts failed logins to an account.

    An address that no account has is counted by a hash of its normalised form, so that the answers
    are the same.
    """
    if user_id is not None:
        return f"login:{user_id}"
    return f"login:{hashlib.sha256(normalize_identifier(email).encode()).hexdigest()[:32]}"


def count_by_network(ip: str) -> str:
    """Return the key that counts failed logins from an IPv4 address, or a /64 of IPv6."""
    return f"login:{network_of(ip)}"


def count_by_device(device_id: str) -> str:
    """Return the key that counts failed logins of a device that signed in before."""
    return f"login:device:{device_id}"


def count_password_checks(user_id: UserId) -> str:
    """Return the key that counts wrong passwords of a member who is signed in."""
    return f"password:{user_id}"


def ensure_good_password(password: str, *, username: str, email: str, field: str) -> None:
    """Raise WeakPassword where it is among the commonest, or holds the member's name or address.

    There is no rule of composition (ASVS 5.0, 6.2.5): length is what counts.
    """
    lowered = password.casefold()
    if lowered in _COMMON:
        raise WeakPassword(details=[Fault(field, "This is one of the commonest passwords.")])
    mailbox = email.partition("@")[0]
    if any(name.casefold() in lowered for name in (username, email, mailbox) if len(name) > 2):
        message = "The password must not hold your username or e-mail address."
        raise WeakPassword(details=[Fault(field, message)])


def _username_faults(text: str) -> list[str]:
    return [] if _is(Username, text) else ["A username has 3 to 30 letters, digits, `_` or `-`."]


def _email_faults(text: str) -> list[str]:
    if not _is(Email, text):
        return ["This is no e-mail address."]
    return [] if is_normal(text) else [_NOT_NORMAL]


def _password_faults(text: str) -> list[str]:
    if not _is(Password, text):
        return ["A password has 8 to 128 characters."]
    try:
        ensure_good_password(text, username="", email="", field="password")
    except WeakPassword as error:
        return [fault.message for fault in error.details]
    return []


def _is(wanted: object, text: str) -> bool:
    """Tell whether a text would be taken as the type of a field."""
    try:
        msgspec.convert(text, wanted)
    except msgspec.ValidationError:
        return False
    return True


# Why nobody could register with a text in a field, in plain sentences.
FAULTS: dict[str, Callable[[str], list[str]]] = {
    "username": _username_faults,
    "email": _email_faults,
    "password": _password_faults,
}
