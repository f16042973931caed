"""Files of items that staff looks at, by URLs that serve them whatever hides the item from others.

Such a URL has a signature of its own kind, which only an open case gets, and for a short time.
"""

import time
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct, structs

from veza.core.ids import ImageId, TrackId
from veza.core.signed_urls import REVIEW_LIFETIME_S, Resource, UrlBuilder

# As `infra.media.sniff` names what browsers play. Others are downloaded.
PLAYED_TYPES = frozenset(
    {
        *("audio/mpeg", "audio/flac", "audio/wav", "audio/ogg", "audio/ogg; codecs=opus"),
        *("audio/mp4", "audio/aac"),
    }
)
_SHOWN_TYPES = frozenset({"image/jpeg", "image/png", "image/webp", "image/gif"})

# The `Cache-Control` of hidden files.
UNSHARED = "private, no-store"


class ReviewedKind(StrEnum):
    """The kind of a file of a case: it is heard, seen or downloaded; `live` is a playlist (HLS)."""

    AUDIO = "audio"
    PICTURE = "picture"
    LIVE = "live"
    FILE = "file"


class ReviewedFile(Struct, frozen=True):
    """A file of what was reported or taken down. The title of a picture may be empty."""

    kind: ReviewedKind
    title: Annotated[str, Meta(examples=["Night Ferry"])]
    url: Annotated[
        str, Meta(examples=["https://music.example/api/v1/tracks/0190a1b2-0000/stream?expires=1"])
    ]


class ReviewedObject(Struct, frozen=True):
    """A stored file of an item, of any type, with its key in the storage."""

    id: UUID
    name: str
    key: str
    size_bytes: int
    content_type: str
    sha256: str
    stored_at: datetime

    @property
    def kind(self) -> ReviewedKind:
        """The way in which browsers handle the file: play, show, or save."""
        if self.content_type in PLAYED_TYPES:
            return ReviewedKind.AUDIO
        return ReviewedKind.PICTURE if self.content_type in _SHOWN_TYPES else ReviewedKind.FILE


def for_review(urls: UrlBuilder) -> UrlBuilder:
    """Return a builder of URLs that expire soon."""
    return structs.replace(urls, expires=int(time.time()) + REVIEW_LIFETIME_S)


def review_track(track_id: TrackId, title: str, urls: UrlBuilder) -> ReviewedFile:
    """Return the audio of a track."""
    return ReviewedFile(
        ReviewedKind.AUDIO, title, _url_of(f"tracks/{track_id}/stream", track_id, urls)
    )


def review_cover(track_id: TrackId, title: str, urls: UrlBuilder) -> ReviewedFile:
    """Return the cover of a track that has one of its own."""
    return ReviewedFile(
        ReviewedKind.PICTURE, title, _url_of(f"tracks/{track_id}/cover", track_id, urls)
    )


def review_image(image_id: ImageId, title: str, urls: UrlBuilder) -> ReviewedFile:
    """Return an image."""
    return ReviewedFile(ReviewedKind.PICTURE, title, _url_of(f"images/{image_id}", image_id, urls))


def review_object(case_id: UUID, found: ReviewedObject, urls: UrlBuilder) -> ReviewedFile:
    """Return a stored file of a case."""
    query = urls.signed_query(Resource.REVIEW, case_id, found.id)
    url = f"{urls.base}/cases/{case_id}/files/{found.id}{query}"
    return ReviewedFile(found.kind, found.name, url)


def _url_of(path: str, item_id: TrackId | ImageId, urls: UrlBuilder) -> str:
    return f"{urls.base}/{path}{urls.signed_query(Resource.REVIEW, item_id)}"
