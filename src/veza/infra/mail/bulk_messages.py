"""Writes the messages of mail to many: what all of them get once, as bytes with places.

`email` takes 600 µs to write a message, nearly all of it for what does not differ. A message is
filled in where everything that differs is plain and has the length of its place, so that no header
and no encoding would be another; any other is written by `compose` alone.
"""

import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import Policy
from email.utils import format_datetime
from typing import Protocol

from msgspec import Struct, structs

from veza.core.clock import now
from veza.core.ids import new_id
from veza.infra.mail.delivery_tokens import DeliveryTokens, is_token
from veza.infra.mail.mailer import Mail, compose

# Addresses that no header folds or quotes; the name of a header has its place in the 78 characters.
_ADDRESS = re.compile(r"[A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_MAX_ADDRESS = 70
_VALUE = re.compile(r"[A-Za-z0-9._-]*")
_EARLIEST_PLACE = datetime(5000, 1, 1, tzinfo=UTC)
_PLACE_DAYS = 365 * 4000


class SharedMail(Struct, frozen=True):
    """A mail that many get, without an address; `list_id` names the list (RFC 2919).

    `place` is in its text, its HTML and its URL to unsubscribe for what differs: as many letters,
    digits, `.`, `_` and `-`, which nothing else of it has. It is empty if nothing differs.
    """

    mail: Mail
    list_id: str
    place: str = ""


class BulkMail(Struct, frozen=True):
    """A mail to one of many. `token` proves its delivery; `value` is for the place in it."""

    shared: SharedMail
    to: str
    owner: str
    token: str
    value: str = ""

    @property
    def mail(self) -> Mail:
        """Return the mail by itself."""
        shared = self.shared.mail
        return structs.replace(
            shared,
            to=self.to,
            owner=self.owner,
            text=self._fill(shared.text),
            html=None if shared.html is None else self._fill(shared.html),
            unsubscribe_url=shared.unsubscribe_url and self._fill(shared.unsubscribe_url),
        )

    def _fill(self, text: str) -> str:
        return text.replace(self.shared.place, self.value) if self.shared.place else text


class BulkMessage(Protocol):
    """A message that is ready to be written."""

    def as_bytes(self, *, policy: Policy) -> bytes:
        """Return the message as a server of this policy takes it."""
        ...


def compose_bulk(bulk: BulkMail, sender: Address, *, at: datetime | None = None) -> EmailMessage:
    """Return the message of one mail. Raises MailRefused."""
    message = compose(bulk.mail, sender, at=at)
    message.replace_header("Message-ID", f"<{bulk.token}@{sender.domain}>")
    message["List-Id"] = f"<{bulk.shared.list_id}.{sender.domain}>"
    # Not a standard, but what programs that answer mails look for first.
    message["Precedence"] = "bulk"
    return message


class BulkMessages:
    """Writes the messages of a session, which are often of one shared mail."""

    def __init__(self, sender: Address) -> None:
        self._sender = sender
        self._form: _Form | None = None

    def compose(self, bulk: BulkMail) -> BulkMessage:
        """Return the message of a mail. Raises MailRefused."""
        if not _is_plain(bulk):
            return compose_bulk(bulk, self._sender)
        if self._form is None or self._form.shared is not bulk.shared:
            self._form = _Form(bulk.shared, self._sender)
        return _FilledMessage(self._form, bulk)


class _Form:
    """A shared mail with places, as bytes for each policy."""

    def __init__(self, shared: SharedMail, sender: Address) -> None:
        self.shared = shared
        self.sender = sender
        self._places = _draw_places(shared)
        self._message = compose_bulk(self._places, sender, at=(at := _draw_moment()))
        self._names = {
            self._places.to.encode(): "to",
            self._places.token.encode(): "token",
            format_datetime(at).encode(): "date",
            **({shared.place.encode(): "value"} if shared.place else {}),
        }
        self._pieces: dict[Policy, list[bytes] | None] = {}

    def fill(self, values: Mapping[str, str], policy: Policy) -> bytes | None:
        """Return the message with its values; None if an encoding hides the places."""
        if policy not in self._pieces:
            self._pieces[policy] = self._split(policy)
        pieces = self._pieces[policy]
        if pieces is None:
            return None
        filled = pieces.copy()
        for number in range(1, len(pieces), 2):
            filled[number] = values[self._names[pieces[number]]].encode()
        return b"".join(filled)

    def _split(self, policy: Policy) -> list[bytes] | None:
        """Return the message in pieces, of which each second one is a place."""
        content = self._message.as_bytes(policy=policy)
        pieces = [content]
        for name in self._names:
            pieces = [
                part
                for number, piece in enumerate(pieces)
                for part in ([piece] if number % 2 else _split_at(piece, name))
            ]
        mail = self._places.mail
        texts = (mail.text, mail.html or "", mail.unsubscribe_url or "")
        wanted = 3 + sum(each.count(self._places.value) for each in texts if self._places.value)
        return pieces if len(pieces) // 2 == wanted else None


def _split_at(content: bytes, name: bytes) -> list[bytes]:
    """Return what is between the places of a name, with the places in between."""
    first, *others = content.split(name)
    return [first, *(part for other in others for part in (name, other))]


class _FilledMessage(Struct, frozen=True):
    """A mail of a form."""

    form: _Form
    bulk: BulkMail

    def as_bytes(self, *, policy: Policy) -> bytes:
        """Return the message as a server of this policy takes it."""
        bulk, at = self.bulk, now()
        values = {
            "to": bulk.to,
            "token": bulk.token,
            "date": format_datetime(at),
            "value": bulk.value,
        }
        filled = self.form.fill(values, policy)
        if filled is not None:
            return filled
        return compose_bulk(bulk, self.form.sender, at=at).as_bytes(policy=policy)


def _is_plain(bulk: BulkMail) -> bool:
    """Return whether all that differs is what it is in a header and in each encoding."""
    return (
        len(bulk.to) <= _MAX_ADDRESS
        and _ADDRESS.fullmatch(bulk.to) is not None
        and is_token(bulk.token)
        and len(bulk.value) == len(bulk.shared.place)
        and _VALUE.fullmatch(bulk.value) is not None
    )


def _draw_places(shared: SharedMail) -> BulkMail:
    """Return a mail to nobody, of which nothing that differs is in the mail by chance."""
    token = DeliveryTokens(secrets.token_bytes(32)).write(new_id(), "")
    to = f"{secrets.token_hex(12)}@{secrets.token_hex(12)}.invalid"
    return BulkMail(shared, to, "", token, shared.place)


def _draw_moment() -> datetime:
    return _EARLIEST_PLACE + timedelta(
        days=secrets.randbelow(_PLACE_DAYS), seconds=secrets.randbelow(86_400)
    )
