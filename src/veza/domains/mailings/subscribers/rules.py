"""Limits of subscriptions, the tokens of their links, and the addresses in a list."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec
from msgspec import ValidationError

from veza.core.csv_rows import write_rows
from veza.core.ids import BroadcastId, MailSubscriptionId, UserId, read_short, write_short
from veza.core.normalize import is_normal
from veza.domains.auth.accounts.models import Email
from veza.domains.mailings.subscribers.models import ExportedSubscriber, UnsubscribeLink

# Version 1 of the words by which somebody consents: in `mails`, on the page of the profile, and at
# the checkout.
TEXT_VERSION = 1
# Addresses from one network, in an hour; all of the server are counted under the key.
MAX_FROM_NETWORK = 20
WINDOW_S = 3600
FLOOD_KEY = "mail-subscriptions:all"
# Addresses of a profile that wait to be confirmed.
MAX_PENDING = 20_000
FULL_RETRY_S = 3600
# Addresses that a profile imports in a day.
MAX_IMPORTED = 5000
IMPORT_WINDOW_S = 24 * 3600
# How long the mailed link works. An address that doesn't confirm isn't asked again by an import.
LINK_LIFETIME = timedelta(days=7)
IMPORT_LINK_LIFETIME = timedelta(days=30)

COLUMNS = ("email", "source", "confirmed_at", "network", "text_version")

CONFIRMING = "mail_subscription"
UNSUBSCRIBING = "mail_unsubscribe"
_MEMBER, _ADDRESS = "m", "a"
_MAX_CELLS = 50


def find_addresses(text: str) -> tuple[list[str], int]:
    """Return the distinct addresses of a list, the first of each line, and the lines without."""
    found: dict[str, None] = {}
    invalid = 0
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_find_delimiter(text))
    for number, row in enumerate(rows):
        address = next((each for cell in row[:_MAX_CELLS] if (each := _read(cell))), None)
        if address is not None:
            found[address] = None
        elif any(cell.strip() for cell in row) and number:
            # The first line may have the names of the columns.
            invalid += 1
    return list(found), invalid


def confirmation_text(subscription_id: MailSubscriptionId, expires_at: datetime) -> str:
    """Return the signed text of a confirmation link; each request makes another one."""
    return f"{subscription_id}:{expires_at.timestamp():.6f}"


def write_confirmation(subscription_id: MailSubscriptionId, signature: str) -> str:
    """Return the token of the link that confirms a subscription."""
    return f"{write_short(subscription_id)}.{signature}"


def read_confirmation(token: str) -> tuple[MailSubscriptionId, str] | None:
    """Return the subscription and the signature of a token; None for any other text."""
    text, _, signature = token.partition(".")
    found = read_short(text)
    return None if found is None else (MailSubscriptionId(found), signature)


def write_unsubscribe_text(link: UnsubscribeLink) -> str:
    """Return the signed text of a link to unsubscribe from a profile."""
    parts = [_MEMBER if link.is_member else _ADDRESS, write_short(link.profile_id)]
    parts.append(write_short(link.subject_id))
    if link.broadcast_id is not None:
        parts.append(write_short(link.broadcast_id))
    return ".".join(parts)


def read_unsubscribe_text(text: str) -> UnsubscribeLink | None:
    """Parse what `write_unsubscribe_text` returns. Return None for any other text."""
    kind, *ids = text.split(".")
    found = [read_short(each) for each in ids]
    if kind not in {_MEMBER, _ADDRESS} or len(found) not in {2, 3}:
        return None
    known: list[UUID] = [each for each in found if each is not None]
    if len(known) != len(found):
        return None
    broadcast_id = BroadcastId(known[2]) if len(known) > 2 else None
    return UnsubscribeLink(UserId(known[0]), kind == _MEMBER, known[1], broadcast_id)


def write_list(subscribers: Iterable[ExportedSubscriber]) -> bytes:
    """Return rows of a list as CSV."""
    return write_rows(
        [each.email, each.source, each.confirmed_at.isoformat(), each.network, each.text_version]
        for each in subscribers
    )


def _find_delimiter(text: str) -> str:
    """Return the delimiter of a list, which spreadsheets choose by the country."""
    first = text.partition("\n")[0]
    return max(",;\t", key=first.count)


def _read(cell: str) -> str | None:
    """Return the address in a cell, which our own lists may mark as text."""
    text = cell.strip().removeprefix("'").strip("<>")
    try:
        address = msgspec.convert(text, Email)
    except ValidationError:
        return None
    return address if is_normal(address) else None
