"""Chooses the request that a station plays, and limits what members request."""

from collections.abc import Collection, Sequence

from veza.core.ids import TrackId
from veza.domains.stations.errors import (
    RequestDeclined,
    TooManyTrackRequests,
    TrackPlayedRecently,
)
from veza.domains.stations.models.marks import Mark
from veza.domains.stations.models.requests import RequestCounts, StoredStationRequest
from veza.domains.stations.models.rotations import JINGLES, SECOND, Rotation

# A track is not requested, nor played on request, so long after it was played.
REST = 3 * 3600 * SECOND
# Of a station, and of a member on a station.
MAX_OPEN = 50
MAX_OWN_OPEN = 1
MAX_OWN_A_DAY = 3


def find_place(rotation: Rotation, track_id: TrackId) -> int | None:
    """Return the place of a track that a rotation plays, but not as a jingle; else None."""
    found = next((n for n, track in enumerate(rotation.tracks) if track.id == track_id), None)
    pools = (pool for name, pool in rotation.pools.items() if name != JINGLES)
    return found if any(found in pool for pool in pools) else None


def ensure_allowed(counts: RequestCounts) -> None:
    """Raise TrackPlayedRecently, RequestDeclined or TooManyTrackRequests."""
    if counts.is_fixed:
        raise TrackPlayedRecently
    if counts.is_declined:
        raise RequestDeclined
    is_much = counts.own_open >= MAX_OWN_OPEN or counts.own_today >= MAX_OWN_A_DAY
    if is_much or counts.open_count >= MAX_OPEN:
        raise TooManyTrackRequests


def choose(
    rotation: Rotation,
    mark: Mark,
    found: Sequence[StoredStationRequest],
    played: Collection[TrackId],
) -> tuple[StoredStationRequest, int] | None:
    """Return the first request that can play at a mark, with the place of its track.

    Its track has not played for a while, nor has its artist within the spacing.
    """
    name = rotation.pool_at(mark.starts_at)
    if name is None:
        return None
    recent = mark.state.recent
    near = recent[max(0, len(recent) - rotation.gaps[name]) :]
    for request in found:
        place = find_place(rotation, request.track_id)
        is_near = place is None or rotation.artists[place] in near
        if place is not None and not is_near and request.track_id not in played:
            return request, place
    return None
