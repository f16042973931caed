"""Pages of long lists: limits, cursors, and how far a numbered page may reach."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct, structs

from veza.core.errors import FieldError, Invalid

MAX_ROWS_BY_NUMBER = 10_000

Limit = Annotated[int, Meta(ge=1, le=100, description="How many entries, 1 to 100.")]


class BadCursor(Invalid):
    """The cursor was not made by us, or not for this list."""

    code = "bad_cursor"
    message = "The cursor is not valid for this list."


class PageTooFar(Invalid):
    """Numbered pages end somewhere; cursors don't."""

    code = "page_too_far"
    message = "Numbered pages reach 10,000 rows: go on with a cursor."


class Cursor(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The place after one row of a list sorted by `(value of the sort field, id)`."""

    created_at: datetime
    id: UUID
    sort: str | None = None
    value: str | int | None = None


def encode_cursor(cursor: Cursor) -> str:
    """Write a cursor as URL-safe text: base64 of JSON."""
    return encode_text(msgspec.json.encode(cursor))


def decode_cursor(text: str) -> Cursor:
    """Read a cursor that we made. Raises BadCursor for anything else."""
    try:
        cursor = msgspec.json.decode(decode_text(text), type=Cursor)
        if cursor.created_at.tzinfo is None:
            raise BadCursor
        # A moment at the edge of the calendar may have none in UTC.
        return structs.replace(cursor, created_at=cursor.created_at.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise BadCursor from error


def cut[Row](
    found: list[Row], limit: int, place_of: Callable[[Row], Cursor]
) -> tuple[list[Row], str | None]:
    """Cut a page from rows, of which one more was asked for; with the cursor to go on by, if any.

    `place_of` tells the place of a row in the list.
    """
    shown = found[:limit]
    return shown, encode_cursor(place_of(shown[-1])) if len(found) > limit else None


def encode_text(raw: bytes) -> str:
    """Write the inside of a cursor as URL-safe text: base64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_text(text: str) -> bytes:
    """Read the inside of a cursor. Raises BadCursor for what is no base64."""
    # Clients may have re-padded it or used the other alphabet of base64.
    unpadded = text.rstrip("=").translate(str.maketrans("+/", "-_"))
    padded = unpadded + "=" * (-len(unpadded) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadCursor from error


def ensure_within_reach(offset: int, limit: int) -> None:
    """Raise PageTooFar where a page by `offset` ends behind the rows that numbers reach."""
    if offset + limit > MAX_ROWS_BY_NUMBER:
        raise PageTooFar


def first_row(page: int, limit: int) -> int:
    """Tell the offset of a numbered page (the first is 1). Raises PageTooFar."""
    if page < 1:
        raise Invalid(details=[FieldError("page", "Pages are counted from 1.")])
    if page * limit > MAX_ROWS_BY_NUMBER:
        raise PageTooFar
    return (page - 1) * limit
