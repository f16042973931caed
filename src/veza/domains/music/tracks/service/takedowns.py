"""Staff takes a track down, and brings it back as its owner wants it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.palettes import CoverLook
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.music.tracks import shared_queries
from veza.domains.music.tracks.events import TrackChanged
from veza.domains.music.tracks.models.tracks import StoredTrack
from veza.domains.music.tracks.queries import tracks
from veza.domains.music.tracks.queries import visibility as track_visibility
from veza.domains.music.tracks.service import track_changes, track_search
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    track = await tracks.find_track(conn, TrackId(content_id), None)
    return track and OwnedItem(track.owner_id, track.title)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    track = await tracks.lock_track(tx, TrackId(content_id))
    if track is None:
        return None
    await track_visibility.update_taken_down(tx, track.id)
    await _announce(tx, track)
    return {}


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    track = await tracks.lock_track(tx, TrackId(content_id))
    if track is not None:
        await track_visibility.update_restored(tx, track.id)
        await _announce(tx, track)


async def _delete(tx: Tx, content_id: UUID, owner: Member) -> None:
    await track_changes.delete_track(tx, TrackId(content_id), owner)


async def hide_cover(tx: Tx, track_id: TrackId) -> CoverLook | None:
    """Lock a track and show it without its cover; return the look of this, None without one."""
    track = await tracks.lock_track(tx, track_id)
    if track is None or track.cover_palette is None:
        return None
    await shared_queries.update_look(tx, track_id, None)
    return CoverLook(track.cover_palette, track.cover_placeholder)


async def is_bare(tx: Tx, track_id: TrackId) -> bool:
    """Lock a track, and return whether it is there and shows no cover."""
    track = await tracks.lock_track(tx, track_id)
    return track is not None and track.cover_palette is None


async def _announce(tx: Tx, track: StoredTrack) -> None:
    await track_search.index_tracks(tx, [track.id])
    await emit(tx, TrackChanged(track.id, track.owner_id))


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
