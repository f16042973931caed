"""The storage of audio, its limits, and what the marketplace knows of purchases."""

from pathlib import Path
from typing import Protocol

from msgspec import Struct

from veza.core.ids import TrackId, UserId
from veza.domains.images.service.images import ImageProcessing
from veza.domains.platform.text_filters.service import TextFilters
from veza.infra.media.media_limits import MediaLimits
from veza.infra.postgres.database import Conn
from veza.infra.storage.objects import Storage


class TrackPurchases(Protocol):
    """The purchases of tracks: implemented by the marketplace, which depends on music."""

    async def has_track(self, conn: Conn, buyer_id: UserId, track_id: TrackId) -> bool:
        """Return whether a member bought a track and still has it, even if it is deleted."""
        ...

    async def is_track_ordered(self, conn: Conn, track_id: TrackId) -> bool:
        """Return whether a track was ever ordered, and its original must be kept."""
        ...


class AudioStorage(Struct, frozen=True):
    """The storage, the limits of uploads, and a folder for temporary files."""

    storage: Storage
    limits: MediaLimits
    folder: Path
    max_upload_bytes: int
    purchases: TrackPurchases
    covers: ImageProcessing
    text_filters: TextFilters
    max_processing: int = 200
