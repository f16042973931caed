"""Decisions without I/O: everything here can be tested with plain values."""

import hashlib
from collections.abc import Iterable
from typing import Any

import msgspec

from veza.domains.marketplace.webhooks.errors import UnreadableEvent
from veza.domains.marketplace.webhooks.models import Letter, Told

type Json = dict[str, Any]

_MAX_LENGTH = 255
_UNKNOWN = "unknown"
_MAX_DIGITS = 18
_TOO_MUCH = 10**_MAX_DIGITS
# Where the facts stand in the forms that we know, the nearest first.
_PLACES = (("content", "object"), ("data", "object"), ("content",), ("data",), ())


def read_letter(body: bytes) -> Letter:
    """Read by what an event is known, in any form. Raises UnreadableEvent.

    One without a name of its own is known by its bytes.
    """
    event = _read(body)
    named = _find_word([event, *_list_places(event)], "event_id") or _find_word([event], "id")
    kind = _find_word([event], "event_type", "event", "type") or _UNKNOWN
    event_id = named or hashlib.sha256(body).hexdigest()
    # Some letters become two when they become small.
    return Letter(event_id, kind.lower().replace(".", "_")[:_MAX_LENGTH])


def read_told(body: bytes) -> Told:
    """Read what an event says, in any form. Raises UnreadableEvent."""
    places = _list_places(event := _read(body))
    currency = _find_word(places, "currency")
    return Told(
        payment_id=_find_word(places, "payment_id"),
        refund_id=_find_word(places, "refund_id"),
        dispute_ref=_find_word(places, "dispute_id"),
        # What isn't the account itself says whose it is: beside the object, or in it.
        account_ref=_find_word([event, *places], "account") or _find_word(places, "id"),
        amount_cents=_find_cents(places, "amount_received", "amount"),
        currency=currency and currency.upper(),
        reason=_find_word(places, "error_message", "reason"),
    )


def _read(body: bytes) -> Json:
    try:
        event: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise UnreadableEvent from error
    if not isinstance(event, dict):
        raise UnreadableEvent
    return event  # pyright: ignore[reportUnknownVariableType] - JSON has text for keys


def _list_places(event: Json) -> list[Json]:
    found: list[Json] = []
    for path in _PLACES:
        place: Any = event
        for name in path:
            place = place.get(name) if isinstance(place, dict) else None  # pyright: ignore[reportUnknownVariableType]
        if isinstance(place, dict):
            found.append(place)  # pyright: ignore[reportUnknownArgumentType]
    return found


def _find_word(places: Iterable[Json], *names: str) -> str | None:
    """Find the first of some names that has a word that we could keep."""
    for name in names:
        for place in places:
            word = place.get(name)
            if isinstance(word, str) and 0 < len(word) <= _MAX_LENGTH and word.isprintable():
                return word
    return None


def _find_cents(places: Iterable[Json], *names: str) -> int | None:
    for name in names:
        for place in places:
            if place.get(name) is not None:
                return _read_cents(place[name])
    return None


def _read_cents(value: Any) -> int:
    """Read a sum; some companies write it as text. What no column could hold is none."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_MUCH:
        return value
    return 0
