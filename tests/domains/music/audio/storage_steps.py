"""The type of an upload, and the stored files of a track."""

from collections.abc import Awaitable, Callable

import httpx

from veza.app.services import Services
from veza.core.ids import TrackId

type Upload = Callable[..., Awaitable[httpx.Response]]


def files_of(services: Services, track_id: TrackId | str) -> set[str]:
    """The files that the storage holds of a track, by their paths."""
    place = services.settings.data_dir / "media" / "tracks" / str(track_id)
    return {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()}
