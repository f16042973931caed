"""Announces a published text that a filter wants to be reported."""

from uuid import UUID

from msgspec import Struct

from veza.core.ids import UserId

# In the table of revisions.
TEXT_FILTERS_CHANGED = "text_filters_changed"


class TextFlagged(Struct, frozen=True):
    """A text was published that a filter wants to be reported."""

    content_type: str
    content_id: UUID
    author_id: UserId
