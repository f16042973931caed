"""Parameters that many routes share, with their bounds and their words for the API page."""

from typing import Annotated

from litestar.params import QueryParameter

PageLimit = Annotated[
    int, QueryParameter(ge=1, le=100, description="How many entries to answer, 1 to 100.")
]
PageNumber = Annotated[
    int | None,
    QueryParameter(
        ge=1, description="Numbered pages, for older clients: they reach 10,000 rows. Use `cursor`."
    ),
]
RowOffset = Annotated[
    int, QueryParameter(ge=0, description="How many entries to pass over; reaches 10,000 rows.")
]
CursorText = Annotated[
    str | None,
    QueryParameter(max_length=1000, description="`next_cursor` of the page before."),
]
