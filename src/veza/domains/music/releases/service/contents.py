"""Owners put their own tracks on a release; viewers see those that they may."""

from veza.core.access import Member
from veza.core.ids import ReleaseId, TrackId
from veza.core.signed_urls import UrlBuilder
from veza.core.visibility import Visibility
from veza.domains.music.releases import rules
from veza.domains.music.releases import shared_queries as release_queries
from veza.domains.music.releases.models.forms import ReleaseTracksForm
from veza.domains.music.releases.models.releases import TrackReleases
from veza.domains.music.releases.models.tracklists import ReleaseTracks
from veza.domains.music.releases.queries import tracklists
from veza.domains.music.releases.service.publication import publish_tracks
from veza.domains.music.releases.service.releases import (
    find_own,
    find_visible,
    lock_own,
    lock_owner,
)
from veza.domains.music.releases.service.responses import show_release
from veza.domains.music.releases.service.search import index_releases
from veza.domains.music.releases.service.tracklists import lock_placed, store_tracks
from veza.domains.music.tracks.service import track_changes, visible_tracks
from veza.infra.postgres.database import Conn, Tx


async def list_tracks(
    conn: Conn, release_id: ReleaseId, viewer: Member | None, urls: UrlBuilder
) -> ReleaseTracks:
    """Return the tracks of a release that the viewer may see. Raises ReleaseNotFound."""
    await find_visible(conn, release_id, viewer)
    places = await release_queries.list_places(conn, [release_id])
    track_ids = [place.track_id for place in places]
    visible = await visible_tracks.find_wanted_tracks(conn, track_ids, viewer, urls)
    return ReleaseTracks(rules.show_tracks(places, visible))


async def replace_tracks(
    tx: Tx, release_id: ReleaseId, member: Member, form: ReleaseTracksForm, urls: UrlBuilder
) -> ReleaseTracks:
    """Replace the tracks of a release of the caller by tracks of theirs.

    Raises ReleaseNotFound, NotYourRelease, TrackNotFound and NotYourTrack.
    """
    placed = rules.place_tracks(form.tracks)
    await lock_owner(tx, member)
    await find_own(tx, release_id, member)
    await lock_placed(tx, member, placed)
    release = await lock_own(tx, release_id, member)
    known = set(await tracklists.list_track_ids(tx, release_id))
    await store_tracks(tx, release_id, placed)
    await tracklists.update_changed(tx, release_id)
    added = [track.track_id for track in placed if track.track_id not in known]
    await track_changes.change_tier(tx, added, None, release.tier_id)
    if release.visibility is Visibility.PUBLIC:
        await publish_tracks(tx, release_id, member.id, added)
    await index_releases(tx, [release_id])
    return await list_tracks(tx, release_id, member, urls)


async def list_releases_of_track(
    conn: Conn, track_id: TrackId, viewer: Member | None, urls: UrlBuilder
) -> TrackReleases:
    """Return the releases that a track is on, as far as the viewer may see both.

    Raises TrackNotFound.
    """
    viewer_id = viewer and viewer.id
    await visible_tracks.get_visible(conn, track_id, viewer_id)
    found = await tracklists.list_releases_of_track(conn, track_id, viewer_id)
    shown = [release for release in found if rules.can_see(release, viewer_id)]
    return TrackReleases([show_release(release, urls) for release in shown])
