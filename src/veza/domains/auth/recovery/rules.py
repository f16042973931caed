"""Decisions without I/O: how long a link lives, how many mails go out, and what they say."""

import hashlib
from datetime import timedelta
from urllib.parse import urlsplit

from veza.core.normalize import normalize_identifier
from veza.domains.auth.recovery.models import Letter, Purpose, Site

# The mails that hold a link, and how long it works.
LINK_LIFETIMES = {
    Purpose.PASSWORD_RESET: timedelta(hours=1),
    Purpose.EMAIL_VERIFICATION: timedelta(days=7),
}

# Nobody's mailbox is flooded by us, and nobody has us flood many.
MAIL_WINDOW_S = 3600
MAX_MAILS_TO_ADDRESS = 5
MAX_ASKED_FROM_IP = 20

# For how long a mail is tried that no server takes: after that nobody expects it any more.
PATIENCE = timedelta(days=1)

_PATHS = {
    Purpose.PASSWORD_RESET: "reset-password",
    Purpose.EMAIL_VERIFICATION: "verify-email",
}
_CALLS = {
    Purpose.PASSWORD_RESET: ("auth/password/reset", ', "new_password": "A NEW PASSWORD"'),
    Purpose.EMAIL_VERIFICATION: ("auth/email/verify", ""),
}

_TEXT_OF_RESET = """\
Hello {name},

somebody asked for a new password for your account at {host}. If that was you,
choose one here:

{link}

The link works once, within an hour. A newer link ends it.

If it wasn't you, there is nothing to do. Your password is what it was, and without
this mail nobody can change it. Don't pass the link on to anybody.
"""

_TEXT_OF_VERIFICATION = """\
Hello {name},

this address was given for your account at {host}. If it is yours, say so here:

{link}

The link works once, within seven days. A newer link ends it.

If you know nothing of such an account, leave the link alone: then nobody can say
that this address is theirs.
"""

_TEXT_OF_NEWS = """\
Hello {name},

the password of your account at {host} was changed just now, and other devices
are signed out.

If it wasn't you, somebody else got in. Say at once that you forgot your password:
that gets you a link for another one. Then look through your API keys, which go on
working until you revoke them.
"""

_TEXT_OF_FAREWELL = """\
Hello {name},

your account at {host} has another e-mail address since just now. From now on
mails go there, and this address has nothing to do with the account any more.

If it wasn't you, somebody knows your password. Write to those who run
{host} at once: only they can give you the account back.
"""

_LETTERS = {
    Purpose.PASSWORD_RESET: ("Choose a new password", _TEXT_OF_RESET),
    Purpose.EMAIL_VERIFICATION: ("Is this your e-mail address?", _TEXT_OF_VERIFICATION),
    Purpose.PASSWORD_CHANGED: ("Your password was changed", _TEXT_OF_NEWS),
    Purpose.EMAIL_CHANGED: ("Your e-mail address was changed", _TEXT_OF_FAREWELL),
}

_WITHOUT_FRONT_END = """
This server has no front-end, where the link would lead. The same in one line:

{call}
"""


def write_letter(site: Site, purpose: Purpose, *, username: str, token: str | None) -> Letter:
    """Write what a mail says; `token` is the one of its link, where it holds one."""
    subject, text = _LETTERS[purpose]
    link = "" if token is None else f"{site.front_end}/{_PATHS[purpose]}#token={token}"
    host = urlsplit(site.front_end).netloc
    text = text.format(name=username, host=host, link=link)
    if token is not None and not site.has_front_end:
        text += _WITHOUT_FRONT_END.format(call=_write_call(site, purpose, token))
    return Letter(f"{subject} ({host})", text)


def hash_token(token: str) -> bytes:
    """Tell what is kept of a token: with 256 random bits, a plain hash can't be guessed."""
    return hashlib.sha256(token.encode()).digest()


def count_key(purpose: Purpose, address: str) -> str:
    """Name the count of mails to an address, without naming the address."""
    digest = hashlib.sha256(normalize_identifier(address).encode()).hexdigest()[:32]
    return f"mail:{purpose}:{digest}"


def _write_call(site: Site, purpose: Purpose, token: str) -> str:
    path, more = _CALLS[purpose]
    body = f'{{"token": "{token}"{more}}}'
    return f"curl {site.api}/{path} -H 'Content-Type: application/json' -d '{body}'"
