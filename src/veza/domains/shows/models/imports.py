"""Imports of shows from feeds of other servers, as asked for, stored and shown."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ShowId, TrackId, UserId
from veza.domains.shows.models.episodes import EpisodeFields, StoredEpisode
from veza.domains.shows.models.shows import ShowForm

MAX_ITEMS = 2_000
ITEMS_OF_PAGE = 100
MAX_ADDRESS = 1000
MAX_GUID = 500


class ImportState(StrEnum):
    """The state of an import. Unproven: its feed doesn't contain the `code` yet."""

    READING = "reading"
    UNPROVEN = "unproven"
    IMPORTING = "importing"
    DONE = "done"
    FAILED = "failed"


class ItemState(StrEnum):
    """The state of an item of an import."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class ShowImportForm(Struct, frozen=True):
    """The feed to import; `is_published` makes the show and its episodes public."""

    feed_url: Annotated[
        str,
        Meta(min_length=1, max_length=MAX_ADDRESS, examples=["https://host.example/feed.xml"]),
    ]
    is_published: bool = False


class ImportedItem(Struct, frozen=True):
    """An item of the feed; `error` is the code of why it failed."""

    position: int
    title: str
    state: ItemState
    error: str | None
    track_id: TrackId | None


class StoredImport(Struct, frozen=True):
    """A row of `show_imports`."""

    id: UUID
    owner_id: UserId
    feed_url: str
    code: str
    is_published: bool
    state: ImportState
    error: str | None
    show_id: ShowId | None
    created_at: datetime
    updated_at: datetime


class ImportCounts(Struct, frozen=True):
    """How many items an import has, and how many are done or failed."""

    items_count: int
    done_count: int
    failed_count: int


class ShowImport(Struct, frozen=True):
    """An import, with a page of its items in the order of the feed."""

    feed_url: str
    code: str
    is_published: bool
    state: ImportState
    error: str | None
    show_id: ShowId | None
    items_count: int
    done_count: int
    failed_count: int
    created_at: datetime
    items: list[ImportedItem]
    has_more: bool


class ForeignEpisode(EpisodeFields, frozen=True, kw_only=True):
    """An item of a feed that has an audio file, and the addresses of what belongs to it."""

    guid: str
    title: str
    audio_url: str
    published_at: datetime
    is_explicit: bool = False
    chapters_url: str | None = None
    transcript_url: str | None = None


class ForeignPage(Struct, frozen=True):
    """The items of a page of a feed, and the address of the next page."""

    items: list[ForeignEpisode]
    next_url: str | None


class ForeignFeed(Struct, frozen=True):
    """The content of a feed of another server. `proofs` are texts in which the code may be.

    A feed may have several pages: `first` is the one that says all this.
    """

    form: ShowForm
    guid: UUID | None
    cover_url: str | None
    is_locked: bool
    proofs: list[str]
    first: ForeignPage


class WaitingItem(Struct, frozen=True):
    """An item whose turn it is."""

    import_id: UUID
    position: int
    entry: ForeignEpisode
    tries: int
    upload_id: UUID | None
    validator: str | None


class PersonalImport(Struct, frozen=True):
    """An import in an export, with its items."""

    imported: StoredImport
    items: list[ImportedItem]


class ReadFeed(Struct, frozen=True):
    """Job: read the feed of an import, and create its show."""

    import_id: UUID


class ImportEpisodes(Struct, frozen=True):
    """Job: fetch the next file of an import."""

    import_id: UUID


class ImportedEpisode(Struct, frozen=True):
    """An episode to be stored, and its transcript."""

    episode: StoredEpisode
    transcript: str | None
