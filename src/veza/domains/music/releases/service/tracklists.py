"""A track can be on several releases, or on none; tracks are locked before the release."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import ReleaseId
from veza.domains.music.releases.models.forms import PlacedTrack
from veza.domains.music.releases.queries import tracklists
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.domains.music.tracks.service import visible_tracks
from veza.infra.postgres.database import Tx


async def lock_placed(tx: Tx, owner: Member, placed: Sequence[PlacedTrack]) -> None:
    """Lock tracks of the owner before the release that they are put on.

    Raises TrackNotFound and NotYourTrack.
    """
    track_ids = [track.track_id for track in placed]
    await track_queries.lock_counts(tx, track_ids)
    visible = await visible_tracks.find_visible_names(tx, track_ids, owner)
    if len(visible) < len(track_ids):
        raise TrackNotFound
    if any(track.owner_id != owner.id for track in visible.values()):
        raise NotYourTrack


async def store_tracks(tx: Tx, release_id: ReleaseId, placed: Sequence[PlacedTrack]) -> None:
    """Replace the tracks of a release; the caller has locked them."""
    await tracklists.delete_tracks(tx, release_id)
    if placed:
        await tracklists.insert_tracks(tx, release_id, placed)
