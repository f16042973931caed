"""Decisions without I/O: what a good password is, and how long things last."""

from datetime import timedelta
from importlib import resources
from uuid import UUID

from veza.core.errors import Fault
from veza.domains.accounts.errors import WeakPassword

ACCESS_LIFETIME = timedelta(hours=1)
# Counted anew at each refresh; a session that nobody uses for so long is over.
REFRESH_LIFETIME = timedelta(days=30)

MAX_FAILED_LOGINS = 10
FAILED_LOGIN_WINDOW_S = 15 * 60

_COMMON = frozenset(
    (resources.files("veza.domains.accounts") / "common_passwords.txt").read_text().split()
)


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


def session_in_refresh_token(token: str) -> str:
    """Read the session's id off a refresh token, as text; empty where there is none.

    The CSRF token is bound to it. Nothing is proven by it: the token itself is checked elsewhere.
    """
    try:
        return str(UUID(token.partition(".")[0]))
    except ValueError:
        return ""
