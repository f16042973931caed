"""Links of profiles, and what was found when their pages were asked for a link back."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import UNSET, Meta, Struct, UnsetType

from veza.core.ids import ProfileId

MAX_LINKS = 10


LinkUrl = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        description="An `https` URL with a domain name.",
        examples=["https://example.com/tour"],
    ),
]


LinkLabel = Annotated[str, Meta(max_length=60, examples=["Tour dates"])]


class LinkOutcome(StrEnum):
    """The result of a check: a link back, a page without one, or no page that could be read."""

    FOUND = "found"
    MISSING = "missing"
    AWAY = "away"


class ProfileLink(Struct, frozen=True):
    """A link that a profile shows; without a label, its host is shown."""

    url: LinkUrl
    label: LinkLabel = ""


class ShownLink(Struct, frozen=True):
    """A link of a profile; `is_verified` while its page links back to the profile (`rel=me`).

    Who manages the profile also sees the outcome of the last check.
    """

    url: LinkUrl
    label: LinkLabel
    is_verified: bool
    outcome: LinkOutcome | UnsetType = UNSET
    checked_at: datetime | UnsetType = UNSET


class LinkCheck(Struct, frozen=True):
    """The last check of a URL: when, under which handle, and when a link back was seen last.

    `verified_at` is None if the page has no link back any more.
    """

    url: str
    handle_key: str
    outcome: LinkOutcome
    checked_at: datetime
    verified_at: datetime | None


class VerifyLinks(Struct, frozen=True):
    """Job: read the pages of a profile's links."""

    profile_id: ProfileId


class WantedLinks(Struct, frozen=True):
    """The pages to read for a profile, and the addresses that count as a link back to it.

    `handle_key` is that of the profile when they were looked up.
    """

    profile_id: ProfileId
    handle_key: str
    urls: Sequence[str]
    addresses: frozenset[str]
