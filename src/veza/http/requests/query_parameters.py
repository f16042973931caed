"""Query parameters that many routes share, with limits and descriptions."""

from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar.params import QueryParameter

from veza.core.errors import FieldError, Invalid
from veza.core.pages import Cursor, decode_cursor

PageLimit = Annotated[
    int, QueryParameter(ge=1, le=100, description="The number of entries to return, 1 to 100.")
]
PageNumber = Annotated[
    int | None,
    QueryParameter(
        ge=1, description="Numbered pages, for older clients: they reach 10,000 rows. Use `cursor`."
    ),
]
RowOffset = Annotated[
    int, QueryParameter(ge=0, description="The number of entries to skip; up to 10,000 rows.")
]
CursorText = Annotated[
    str | None,
    QueryParameter(max_length=1000, description="`next_cursor` of the page before."),
]
# RFC 3339, with a time zone. The framework alone would accept any number too.
_MOMENT_PATTERN = r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?$"
Since = Annotated[
    str | None,
    QueryParameter(
        name="from",
        max_length=40,
        pattern=_MOMENT_PATTERN,
        description="The earliest moment, as RFC 3339 has it.",
    ),
]
Until = Annotated[
    str | None,
    QueryParameter(
        name="to",
        max_length=40,
        pattern=_MOMENT_PATTERN,
        description="The moment before which it was.",
    ),
]


def read_cursor(text: str | None) -> Cursor | None:
    """Return the cursor in the request, or None for the first page. Raises BadCursor."""
    return None if text is None else decode_cursor(text)


def read_moment(text: str | None, field: str) -> datetime | None:
    """Parse a time that matches the pattern. Raises Invalid for a date that does not exist."""
    if text is None:
        return None
    try:
        moment = msgspec.convert(text, datetime)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    except msgspec.ValidationError as error:
        raise Invalid(details=[FieldError(field, "There is no such moment.", "moment")]) from error
