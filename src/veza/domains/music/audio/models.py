"""Media of tracks, tags of files, and limits of uploads."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from veza.core.ids import ImageId, TierId, TrackId, UserId
from veza.core.takedowns import ItemCopy
from veza.core.visibility import TrackStatus, Visibility
from veza.domains.music.credits.models import ArtistForm


class ReceivedAudio(Struct, frozen=True):
    """An audio file that was received: `sha256` in hex, the size in bytes."""

    filename: str
    kind: str
    size: int
    sha256: str


class StoredMedia(Struct, frozen=True):
    """The data for playing a track, and for deciding who may play it.

    `release_cover_id` is the image that stands in for the cover of a track without one, see
    `core.track_covers`. `is_reserved`: its owner reserves text and data mining.
    """

    track_id: TrackId
    owner_id: UserId
    title: str
    visibility: Visibility
    tier_id: TierId | None
    downloadable: bool
    status: TrackStatus
    duration_ms: int | None
    has_cover: bool
    filename: str
    original_kind: str
    original_size: int
    original_hash: str
    stream_size: int | None
    preview_size: int | None
    cover_size: int | None
    attempts: int
    uploaded_at: datetime
    is_hidden: bool
    cover_image_id: ImageId | None = None
    peaks: bytes | None = None
    release_cover_id: ImageId | None = None
    release_cover_size: int | None = None
    is_reserved: bool = False


class CoveredTrack(Struct, frozen=True):
    """A track with a cover, shown or not; `cover_image_id` is the image that was chosen."""

    track_id: TrackId
    owner_id: UserId
    title: str
    cover_image_id: ImageId | None


class StoredOriginal(Struct, frozen=True):
    """The data for serving the original file.

    `title` is that of the track; of a deleted track, the name of the file. `is_public` is true if
    everybody may play the track.
    """

    track_id: TrackId
    title: str
    is_public: bool
    kind: str
    size: int
    sha256: str
    uploaded_at: datetime
    is_reserved: bool = False


class FileTags(Struct, frozen=True, omit_defaults=True):
    """The tags of a file that concern its release; the fields that it doesn't have are None.

    `released` is a date, or a year alone. `album_artists` are there if there are several.
    """

    title: str | None = None
    artist: str | None = None
    album: str | None = None
    album_artist: str | None = None
    genre: str | None = None
    released: str | None = None
    disc: int | None = None
    number: int | None = None
    label: str | None = None
    upc: str | None = None
    catalogue_number: str | None = None
    is_compilation: bool = False
    album_artists: list[ArtistForm] = []


class TaggedFile(Struct, frozen=True):
    """The name of the file of a track, and its tags; None before they are read."""

    filename: str
    tags_read: FileTags | None


class UploadedFile(Struct, frozen=True):
    """The file of a track of yours: its name, and what its tags say of the track and its release.

    `released` is a date, or a year alone. What the tags do not say, or before they are read, is
    null. `same_recordings` are up to ten public tracks of others that sound like yours: a hint, of
    which nothing follows.
    """

    filename: Annotated[str, Meta(examples=["03 Night Ferry.flac"])]
    title: Annotated[str | None, Meta(examples=["Night Ferry"])]
    artist: str | None
    album: Annotated[str | None, Meta(examples=["Harbours"])]
    album_artist: str | None
    genre: str | None
    released: Annotated[str | None, Meta(examples=["2026-05-04"])]
    disc: int | None
    number: Annotated[int | None, Meta(examples=[3])]
    same_recordings: list[ItemCopy]


class ImportedFile(Struct, frozen=True):
    """The tags of a track's file, and what is known of the track without them."""

    track_id: TrackId
    title: str
    genre: str | None
    duration_ms: int | None
    status: TrackStatus
    has_cover: bool
    tags_read: FileTags | None
    cover_image_id: ImageId | None = None


class AudioFile(Struct, frozen=True):
    """A file to send: its key in the storage, and what HTTP says of it. `suffix` has a dot."""

    key: str
    size: int
    content_type: str
    suffix: str
    etag: str
    modified: datetime
    title: str


class Renditions(Struct, frozen=True):
    """The files made from the original; sizes in bytes."""

    original_kind: str
    peaks: bytes
    stream_size: int
    preview_size: int
    cover_size: int | None
    ladder_size: int
    tags_read: FileTags
    has_print: bool


class Waveform(Struct, frozen=True):
    """The peak amplitude, 0 to 1, in each thousandth of the track."""

    duration_seconds: float
    peaks: list[float]


class AudioLimits(Struct, frozen=True):
    """Limits of audio files. Uploads are checked by content; extensions and types are hints."""

    max_bytes: int
    max_duration_seconds: int
    max_channels: int
    kinds: list[str]
    extensions: list[str]
    mime_types: list[str]


class PictureLimits(Struct, frozen=True):
    """Limits of pictures. They are re-encoded with at most `shown_pixels` on each side."""

    max_bytes: int
    max_pixels: int
    shown_pixels: int
    kinds: list[str]
    mime_types: list[str]


class TrackLimits(Struct, frozen=True):
    """Limits of the fields of a track; lengths in characters."""

    max_title_length: int
    max_description_length: int
    max_genre_length: int
    max_tags: int
    max_tag_length: int


class UploadLimits(Struct, frozen=True):
    """Limits of uploads of tracks, and of images for posts and messages."""

    audio: AudioLimits
    cover: PictureLimits
    track: TrackLimits
    image: PictureLimits


class TypeCheck(Struct, frozen=True):
    """Whether a file of this name and type may be audio, and if not, why."""

    valid: bool
    reason: str | None


class CoverChoice(Struct, frozen=True):
    """The image that becomes the cover of a track."""

    image_id: Annotated[
        ImageId, Meta(description="An image that you uploaded with `POST /images`, not shown yet.")
    ]


class FailedTrack(Struct, frozen=True):
    """A track that could not be processed, as admins see it.

    `reason` is what its owner reads. It can be processed again while its original is kept.
    """

    track_id: TrackId
    title: Annotated[str, Meta(examples=["Night Ferry"])]
    owner_id: UserId
    owner_name: Annotated[str, Meta(examples=["ada"])]
    reason: Annotated[str, Meta(examples=["The file breaks off after 1.5 of 4.0 seconds."])]
    failed_at: datetime
    has_original: bool


class FailedTrackPage(Struct, frozen=True):
    """A page of tracks that could not be processed, the latest first."""

    tracks: list[FailedTrack]
    next_cursor: str | None
    has_more: bool


class ExpiredOriginal(Struct, frozen=True):
    """A failed track whose files were kept long enough.

    `has_own_cover` if its cover is among them, rather than an image that was chosen later.
    """

    track_id: TrackId
    has_own_cover: bool


class ProcessTrack(Struct, frozen=True):
    """Job: process an uploaded track. `has_artists` if its owner said who the artists are."""

    track_id: TrackId
    has_artists: bool = False


class DeleteTrackFiles(Struct, frozen=True):
    """Job: delete the files of a deleted track."""

    track_id: TrackId


class ExportedMedia(Struct, frozen=True):
    """The audio of a track in its owner's data export."""

    track_id: TrackId
    filename: str
    original_kind: str
    original_size: int
    original_hash: str
    cover_size: int | None
    cover_image_id: ImageId | None
    uploaded_at: datetime
    tags_read: FileTags | None
