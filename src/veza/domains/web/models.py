"""The contents of the head of a page."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct


class PageHead(Struct, frozen=True, kw_only=True):
    """The description of something public, for its page.

    `path` is that of the page, `kind` its type in OpenGraph. `data` describes it in the words of
    schema.org. Pages of unlisted things are not indexed.
    """

    path: str
    kind: str
    title: str
    description: str
    image_url: str | None
    data: Mapping[str, Any]
    is_indexed: bool = True
