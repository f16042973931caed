"""Formats and states of archives, and a release as it goes into one."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from veza.core.ids import ArchiveId, ImageId, ReleaseId, TrackId
from veza.domains.marketplace.products.models.files import ArchiveFormat

MAX_WAITING = 12
# More members who wait for one archive are not notified.
MAX_NOTIFIED = 1000


class ArchiveStatus(StrEnum):
    """The state of an archive. `missing`: nobody asked for it, or the release has changed."""

    MISSING = "missing"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class ArchiveForm(Struct, frozen=True):
    """The format in which to download a release."""

    format: Annotated[ArchiveFormat, Meta(examples=["flac"])]


class StoredArchive(Struct, frozen=True):
    """A row of `release_archives`.

    `version` is a hash of everything in the archive. `release_id` is null once the release is
    deleted, and `sha256` is in hex. Only the last of the `tries` counts. `attempts` are those that
    killed their worker, and the current one.
    """

    id: ArchiveId
    release_id: ReleaseId | None
    format: ArchiveFormat
    version: str
    status: ArchiveStatus
    tries: int
    attempts: int
    progress: float
    failure_reason: str | None
    name: str
    size_bytes: int | None
    sha256: str | None
    created_at: datetime
    ready_at: datetime | None
    used_at: datetime


class NewArchive(Struct, frozen=True):
    """An archive to build."""

    id: ArchiveId
    release_id: ReleaseId
    format: ArchiveFormat
    version: str
    name: str


class Archive(Struct, frozen=True):
    """A release in a format, as its buyers see it.

    `progress` is from 0 to 1. `url` needs no token and expires after 15 minutes; the archive is
    kept until `expires_at`, which each download postpones. `is_offered` is false for formats that
    this release does not come in.
    """

    format: ArchiveFormat
    is_offered: bool
    status: ArchiveStatus
    progress: Annotated[float, Meta(ge=0, le=1)]
    failure_reason: str | None
    filename: str | None
    size_bytes: int | None
    sha256: str | None
    url: str | None
    ready_at: datetime | None
    expires_at: datetime | None


class Archives(Struct, frozen=True):
    """A release in all formats."""

    archives: list[Archive]


class ReleaseState(Struct, frozen=True):
    """The properties that decide whether a release can be downloaded, and in which formats.

    `version` is a hash of everything that goes into an archive. Tracks whose processing failed
    are left out of all counts.
    """

    id: ReleaseId
    version: str
    title: str
    artist_name: str
    tracks_count: int
    processing_count: int
    lossy_count: int
    originals_bytes: int
    duration_ms: int


class ArchivedRelease(Struct, frozen=True):
    """A release as it goes into an archive.

    The id at MusicBrainz is the owner's, where the owner is the artist.
    """

    id: ReleaseId
    title: str
    artist_name: str
    musicbrainz_id: UUID | None
    kind: str
    description: str
    label: str | None
    catalogue_number: str | None
    upc: str | None
    genre: str | None
    release_date: date | None
    cover_image_id: ImageId | None


class ArchivedCredit(Struct, frozen=True, array_like=True):
    """An artist (`ARTIST` of credits) or contributor, with the role and instrument.

    The id at MusicBrainz is that of a profile that confirmed the credit.
    """

    role: str
    name: str
    instrument: str | None
    musicbrainz_id: UUID | None = None


class ArchivedTrack(Struct, frozen=True):
    """A track as it goes into an archive. `has_cover`: its cover stands in for the release's.

    `artist_name` is the line of its artists, None if they are those of the release.
    """

    id: TrackId
    disc: int
    number: int
    title: str
    genre: str | None
    isrc: str | None
    year: int | None
    bpm: float | None
    musical_key: str | None
    duration_ms: int
    sample_rate: int
    channels: int
    kind: str
    size_bytes: int
    has_cover: bool
    cover_image_id: ImageId | None = None
    artist_name: str | None = None
    credits: list[ArchivedCredit] = []


class ArchiveContents(Struct, frozen=True):
    """Everything in an archive but the files and the lyrics, as of one moment."""

    state: ReleaseState
    release: ArchivedRelease
    tracks: list[ArchivedTrack]
    credits: list[ArchivedCredit]


class ArchivedLyrics(Struct, frozen=True):
    """The lyrics of a track: plain, and as LRC."""

    plain: str | None
    synced: str | None


class BuildArchive(Struct, frozen=True):
    """Job: build an archive."""

    archive_id: ArchiveId


class PersonalArchiveRequest(Struct, frozen=True):
    """An archive for which a member waits."""

    archive_id: ArchiveId
    release_id: ReleaseId | None
    format: ArchiveFormat
    requested_at: datetime


class ArchiveOfOwn(Struct, frozen=True):
    """An archive of a member's own release."""

    id: ArchiveId
    release_id: ReleaseId | None
    format: ArchiveFormat
    name: str
    size_bytes: int | None
    created_at: datetime


class PersonalArchives(Struct, frozen=True):
    """The archives of a member's releases, and those for which the member waits."""

    archives: list[ArchiveOfOwn]
    requests: list[PersonalArchiveRequest]
