"""Pages of lists: limits, cursors, and the range of numbered pages."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta, Struct, structs

from veza.core.errors import FieldError, Invalid
from veza.core.foreign_json import decode_json

MAX_ROWS_BY_NUMBER = 10_000
# Filtered totals are counted as far as numbered pages reach.
MAX_COUNTED = MAX_ROWS_BY_NUMBER

Limit = Annotated[int, Meta(ge=1, le=100, description="The number of entries, 1 to 100.")]


class BadCursor(Invalid):
    """The cursor was not created by this server, or not for this list."""

    code = "bad_cursor"
    message = "The cursor is not valid for this list."


class PageTooFar(Invalid):
    """The page is beyond the rows that numbered pages reach."""

    code = "page_too_far"
    message = "Numbered pages reach 10,000 rows: use a cursor for more."


class Cursor(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """The position after a row of a list sorted by `(value of the sort field, id)`."""

    created_at: datetime
    id: UUID
    sort: str | None = None
    value: str | int | None = None


class RowRange(Struct, frozen=True):
    """The rows of a numbered page."""

    limit: int = 20
    offset: int = 0


class Total(Struct, frozen=True):
    """The number of rows of a list: exact, or `MAX_COUNTED` if there are more."""

    rows: int
    is_exact: bool = True


def bounded_total(counted: int) -> Total:
    """Return the total of rows that were counted up to one more than `MAX_COUNTED`."""
    return Total(min(counted, MAX_COUNTED), counted <= MAX_COUNTED)


def encode_cursor(cursor: Cursor) -> str:
    """Return a cursor as URL-safe text: base64 of JSON."""
    return encode_text(msgspec.json.encode(cursor))


def decode_cursor(text: str) -> Cursor:
    """Decode a cursor. Raises BadCursor."""
    try:
        cursor = decode_json(decode_text(text), Cursor)
        if cursor.created_at.tzinfo is None:
            raise BadCursor
        # Raises OverflowError for times at the limits of the calendar.
        return structs.replace(cursor, created_at=cursor.created_at.astimezone(UTC))
    except (ValueError, OverflowError) as error:
        raise BadCursor from error


def cut[Row](
    found: list[Row], limit: int, place_of: Callable[[Row], Cursor]
) -> tuple[list[Row], str | None]:
    """Return a page of rows that were read with one more than `limit`, and the next cursor, if any.

    `place_of` returns the cursor of a row.
    """
    shown = found[:limit]
    return shown, encode_cursor(place_of(shown[-1])) if len(found) > limit else None


def encode_text(raw: bytes) -> str:
    """Encode the content of a cursor as URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def decode_text(text: str) -> bytes:
    """Decode the content of a cursor. Raises BadCursor if it is not base64."""
    # Clients may have added padding or used the other alphabet of base64.
    unpadded = text.rstrip("=").translate(str.maketrans("+/", "-_"))
    padded = unpadded + "=" * (-len(unpadded) % 4)
    try:
        return base64.b64decode(padded, altchars=b"-_", validate=True)
    except ValueError as error:
        raise BadCursor from error


def ensure_within_reach(offset: int, limit: int) -> None:
    """Raise PageTooFar if a page ends beyond the rows that numbered pages reach."""
    if offset + limit > MAX_ROWS_BY_NUMBER:
        raise PageTooFar


def first_row(page: int, limit: int) -> int:
    """Return the offset of a numbered page. Raises Invalid and PageTooFar."""
    if page < 1:
        raise Invalid(details=[FieldError("page", "The first page is 1.")])
    if page * limit > MAX_ROWS_BY_NUMBER:
        raise PageTooFar
    return (page - 1) * limit
