"""Decisions without I/O: what a good password is, and how often one may be guessed."""

from importlib import resources

from veza.core.errors import Fault
from veza.domains.accounts.errors import WeakPassword

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
