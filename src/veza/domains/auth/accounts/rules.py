"""Refuses common passwords; failed logins count per account, known device and network."""

import hashlib
from collections.abc import Callable
from importlib import resources

import msgspec

from veza.core.addresses import network_of
from veza.core.errors import FieldError, Invalid
from veza.core.ids import UserId
from veza.core.normalize import is_normal, normalize_identifier
from veza.domains.auth.accounts.errors import EmailTaken, UsernameTaken, WeakPassword
from veza.domains.auth.accounts.models import Email, Password, Username

MAX_FAILED_LOGINS = 10
FAILED_LOGIN_WINDOW_S = 15 * 60

# By constraint. Usernames share their namespace with the handles of all profiles.
TAKEN = {
    "users_username_key": UsernameTaken,
    "profiles_handle_key": UsernameTaken,
    # The former name of somebody, which leads to them for a year.
    "former_handles_pkey": UsernameTaken,
    "users_email_key": EmailTaken,
}

_NOT_NORMAL = "Use lower case for letters other than A to Z, and no special forms of letters."

_COMMON = frozenset(
    (resources.files("veza.domains.auth.accounts") / "common_passwords.txt").read_text().split()
)


def ensure_normal_email(email: str) -> None:
    """Raise Invalid if the address is not in its normal form (`is_normal`)."""
    if not is_normal(email):
        raise Invalid(details=[FieldError("email", _NOT_NORMAL, "not_an_email")])


def account_key(user_id: UserId | None, email: str) -> str:
    """Return the key that counts failed logins to an account.

    An unknown address is counted by a hash of its normal form, so that the answers are the same.
    """
    if user_id is not None:
        return f"login:{user_id}"
    return f"login:{hashlib.sha256(normalize_identifier(email).encode()).hexdigest()[:32]}"


def network_key(ip: str) -> str:
    """Return the key that counts failed logins from an IPv4 address, or a /64 of IPv6."""
    return f"login:{network_of(ip)}"


def device_key(device_id: str) -> str:
    """Return the key that counts failed logins of a known device."""
    return f"login:device:{device_id}"


def password_check_key(user_id: UserId) -> str:
    """Return the key that counts wrong passwords of a signed-in member."""
    return f"password:{user_id}"


def ensure_good_password(password: str, *, username: str, email: str, field: str) -> None:
    """Raise WeakPassword if it is common, or contains the member's name or address.

    There are no rules of composition (ASVS 5.0, 6.2.5): length is what counts.
    """
    lowered = password.casefold()
    if lowered in _COMMON:
        raise WeakPassword(
            details=[
                FieldError(field, "This is one of the most common passwords.", "common_password")
            ]
        )
    mailbox = email.partition("@")[0]
    if any(name.casefold() in lowered for name in (username, email, mailbox) if len(name) > 2):
        message = "The password must not contain your username or e-mail address."
        raise WeakPassword(details=[FieldError(field, message, "has_name")])


def _username_problems(text: str) -> list[str]:
    return [] if _is(Username, text) else ["A username has 3 to 30 letters, digits, `_` or `-`."]


def _email_problems(text: str) -> list[str]:
    if not _is(Email, text):
        return ["This is not a valid e-mail address."]
    return [] if is_normal(text) else [_NOT_NORMAL]


def _password_problems(text: str) -> list[str]:
    if not _is(Password, text):
        return ["A password has 8 to 128 characters."]
    try:
        ensure_good_password(text, username="", email="", field="password")
    except WeakPassword as error:
        return [fault.message for fault in error.details]
    return []


def _is(type_: object, text: str) -> bool:
    """Return whether a text is valid as a type of field."""
    try:
        msgspec.convert(text, type_)
    except msgspec.ValidationError:
        return False
    return True


# Functions that return why a value is refused at registration, by field.
FIELD_CHECKS: dict[str, Callable[[str], list[str]]] = {
    "username": _username_problems,
    "email": _email_problems,
    "password": _password_problems,
}
