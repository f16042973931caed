"""Read webhook events, in the forms of Hyperswitch, Stripe and the API reference."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from veza.core.foreign_json import decode_json
from veza.domains.marketplace.webhooks.errors import UnreadableEvent
from veza.domains.marketplace.webhooks.models import EventContent, EventHeader

type Json = dict[str, Any]

_MAX_LENGTH = 255
_UNKNOWN = "unknown"
_MAX_DIGITS = 18
# Where the fields may be, by descending priority.
_OBJECT_PATHS = (("content", "object"), ("data", "object"), ("content",), ("data",), ())


def read_header(body: bytes) -> EventHeader:
    """Read the id and the kind of an event. Raises UnreadableEvent.

    The id of an event without an id is the hash of its bytes.
    """
    event = _read(body)
    event_id = _find_text([event, *_list_objects(event)], "event_id") or _find_text([event], "id")
    kind = _find_text([event], "event_type", "event", "type") or _UNKNOWN
    # Cut after lowering: the lower case of some letters is longer.
    short_kind = kind.lower().replace(".", "_")[:_MAX_LENGTH]
    return EventHeader(event_id or hashlib.sha256(body).hexdigest(), short_kind)


def read_content(body: bytes) -> EventContent:
    """Read the fields of an event. Raises UnreadableEvent."""
    event = _read(body)
    objects = _list_objects(event)
    currency = _find_text(objects, "currency")
    return EventContent(
        payment_id=_find_text(objects, "payment_id"),
        refund_id=_find_text(objects, "refund_id"),
        dispute_ref=_find_text(objects, "dispute_id"),
        # Either the object belongs to an account, or it is the account.
        account_ref=_find_text([event, *objects], "account") or _find_text(objects, "id"),
        amount_cents=_find_cents(objects, "amount_received", "amount"),
        currency=currency and currency.upper(),
        reason=_find_text(objects, "error_message", "reason"),
    )


def _read(body: bytes) -> Json:
    try:
        event: Any = decode_json(body)
    except msgspec.DecodeError as error:
        raise UnreadableEvent from error
    if not isinstance(event, dict):
        raise UnreadableEvent
    return event  # pyright: ignore[reportUnknownVariableType] - keys of JSON are strings


def _list_objects(event: Json) -> list[Json]:
    found: list[Json] = []
    for path in _OBJECT_PATHS:
        value: Any = event
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None  # pyright: ignore[reportUnknownVariableType]
        if isinstance(value, dict):
            found.append(value)  # pyright: ignore[reportUnknownArgumentType]
    return found


def _find_text(objects: Iterable[Json], *names: str) -> str | None:
    """Return the first field with any of these names whose value can be stored as text."""
    for name in names:
        for value in objects:
            text = value.get(name)
            if isinstance(text, str) and 0 < len(text) <= _MAX_LENGTH and text.isprintable():
                return text
    return None


def _find_cents(objects: Iterable[Json], *names: str) -> int | None:
    for name in names:
        for value in objects:
            if value.get(name) is not None:
                return _read_cents(value[name])
    return None


def _read_cents(value: Any) -> int:
    """Read an amount, which may be a string of digits. Return 0 if it is invalid."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_MAX_DIGITS:
        return value
    return 0
