"""The nouns of the domain, as they are stored and as they are shown."""

from datetime import datetime

from msgspec import Struct

from veza.core.ids import TrackId, UserId
from veza.domains.music.tracks.models import TrackStatus, Visibility


class Original(Struct, frozen=True):
    """The file that was uploaded: `sha256` in hex, the size in bytes."""

    filename: str
    kind: str
    size: int
    sha256: str


class StoredMedia(Struct, frozen=True):
    """What is needed to play a track, and to decide who may."""

    track_id: TrackId
    owner_id: UserId
    title: str
    visibility: Visibility
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
    peaks: bytes | None = None


class StoredOriginal(Struct, frozen=True):
    """The file that was uploaded, as it is handed out. `is_public`: everybody may hear the track.

    `title` is the track's; of one that was deleted, what the file was called.
    """

    track_id: TrackId
    title: str
    is_public: bool
    kind: str
    size: int
    sha256: str
    uploaded_at: datetime


class Renditions(Struct, frozen=True):
    """What was made of the original; sizes in bytes."""

    original_kind: str
    peaks: bytes
    stream_size: int
    preview_size: int
    cover_size: int | None
    ladder_size: int


class StorageFigures(Struct, frozen=True):
    """What the files of all tracks take, but for ladders that were made before sizes were kept."""

    originals_bytes: int
    renditions_bytes: int


class Waveform(Struct, frozen=True):
    """The largest amplitude, 0 to 1, in each thousandth of the track."""

    duration_seconds: float
    peaks: list[float]


class AudioLimits(Struct, frozen=True):
    """What a sound may be. Its bytes decide; names and types are what such files usually have."""

    max_bytes: int
    max_duration_seconds: int
    max_channels: int
    kinds: list[str]
    extensions: list[str]
    mime_types: list[str]


class PictureLimits(Struct, frozen=True):
    """What a picture may be; it is made anew with at most `shown_pixels` on each side."""

    max_bytes: int
    max_pixels: int
    shown_pixels: int
    kinds: list[str]
    mime_types: list[str]


class TrackLimits(Struct, frozen=True):
    """How much may be said of a track; lengths in characters."""

    max_title_length: int
    max_description_length: int
    max_genre_length: int
    max_tags: int
    max_tag_length: int


class UploadLimits(Struct, frozen=True):
    """What may be uploaded as a track, and as an image for a post or a message."""

    audio: AudioLimits
    cover: PictureLimits
    track: TrackLimits
    image: PictureLimits


class TypeCheck(Struct, frozen=True):
    """Whether a file of such a name and type may be a sound; if not, why."""

    valid: bool
    reason: str | None


class ProcessTrack(Struct, frozen=True):
    """The job of making an upload playable."""

    track_id: TrackId


class DeleteTrackFiles(Struct, frozen=True):
    """The job of deleting what a deleted track leaves in the storage."""

    track_id: TrackId


class OwnMedia(Struct, frozen=True):
    """The sound of a track as whoever uploaded it is handed it out."""

    track_id: TrackId
    filename: str
    original_kind: str
    original_size: int
    original_hash: str
    cover_size: int | None
    uploaded_at: datetime
