"""Tracks that a member may see or change; a hidden one is answered like a missing one."""

from collections.abc import Collection, Sequence
from uuid import UUID

from veza.core import visibility
from veza.core.access import Member
from veza.core.ids import TrackId, UserId
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.track_metadata import AiUse
from veza.domains.audiences.shared_queries import list_admitting
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound
from veza.domains.music.tracks.models.tracks import (
    StoredTrack,
    Track,
    TrackAccess,
    TrackEvidence,
    TrackName,
)
from veza.domains.music.tracks.queries import tracks
from veza.infra.postgres.database import Conn, Tx


def is_visible_to_all(track: TrackAccess) -> bool:
    """Return whether everybody who knows its id may see a track."""
    return rules.is_visible_to(track, None)


async def list_visible[T: TrackAccess](
    conn: Conn, found: Sequence[T], viewer_id: UserId | None, *, granted: bool = False
) -> list[T]:
    """Return those of these tracks that a viewer may see; `granted` if the URL has a signature.

    Only if the viewer doesn't see all of them and one has a tier, a statement asks for tiers.
    """
    tier_ids = () if granted else rules.list_tiers_to_ask(found, viewer_id)
    held = await list_admitting(conn, viewer_id, tier_ids) if viewer_id and tier_ids else ()
    return [
        track
        for track in found
        if rules.is_visible_to(track, viewer_id, granted=granted or track.tier_id in held)
    ]


async def may_see(
    conn: Conn, track: TrackAccess, viewer_id: UserId | None, *, granted: bool = False
) -> bool:
    """Return whether a viewer may see a track; `granted` if the URL has a valid signature."""
    return bool(await list_visible(conn, [track], viewer_id, granted=granted))


async def get_track(
    conn: Conn, track_id: TrackId, viewer: Member | None, urls: UrlBuilder
) -> Track:
    """Return a track. Raises TrackNotFound."""
    track = await get_visible(conn, track_id, viewer and viewer.id)
    return rules.show_track(track, urls)


async def is_visible(conn: Conn, track_id: TrackId, viewer: Member) -> bool:
    """Return whether the track exists and the viewer may see it."""
    track = await tracks.find_track(conn, track_id, None)
    return track is not None and await may_see(conn, track, viewer.id)


async def get_visible(conn: Conn, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack:
    """Return a track that the viewer may see. Raises TrackNotFound."""
    track = await tracks.find_track(conn, track_id, viewer_id)
    # The error is the same as for missing tracks, so that ids can't be probed.
    if track is None or not await may_see(conn, track, viewer_id):
        raise TrackNotFound
    return track


async def find_visible_tracks(
    conn: Conn, track_ids: Sequence[TrackId], viewer: Member | None, urls: UrlBuilder
) -> dict[TrackId, Track]:
    """Return those of these tracks that the viewer may see, by id."""
    viewer_id = viewer and viewer.id
    found = await tracks.list_tracks_by_id(conn, track_ids, viewer_id)
    visible = await list_visible(conn, found, viewer_id)
    return {track.id: rules.show_track(track, urls) for track in visible}


async def find_wanted_tracks(
    conn: Conn, track_ids: Sequence[TrackId], viewer: Member | None, urls: UrlBuilder
) -> dict[TrackId, Track]:
    """Return those of these tracks that the viewer may see and wants to hear, by id."""
    found = await find_visible_tracks(conn, track_ids, viewer, urls)
    unwanted = await find_unwanted(conn, found.values(), viewer)
    return {track.id: track for track in found.values() if track.id not in unwanted}


def is_disclosing(track: Track) -> bool:
    """Return whether some listener might not want a track, so that choices have to be read."""
    return track.is_explicit is True or track.ai is not AiUse.NONE


async def find_unwanted(
    conn: Conn, shown: Collection[Track], viewer: Member | None
) -> frozenset[TrackId]:
    """Return those of these tracks that the viewer does not want to hear."""
    disclosing = [track for track in shown if is_disclosing(track)]
    if not disclosing:
        return frozenset()
    viewer_id = viewer and viewer.id
    choices = await tracks.get_choices(conn, viewer_id)
    return frozenset(
        track.id
        for track in disclosing
        if not visibility.is_wanted(
            choices,
            is_explicit=track.is_explicit,
            ai=track.ai,
            is_own=track.artist.id == viewer_id,
        )
    )


async def find_visible_names(
    conn: Conn, track_ids: Sequence[TrackId], viewer: Member | None
) -> dict[TrackId, TrackName]:
    """Return the names of those of these tracks that the viewer may see, by id."""
    found = await tracks.list_names(conn, track_ids)
    return {name.id: name for name in await list_visible(conn, found, viewer and viewer.id)}


async def lock_visible(tx: Tx, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack:
    """Lock and return a track that the viewer may see. Raises TrackNotFound.

    To prevent deadlocks, every change of rows that belong to a track locks the track first, as its
    deletion does.
    """
    track = await tracks.lock_track(tx, track_id)
    if track is None or not await may_see(tx, track, viewer_id):
        raise TrackNotFound
    return track


async def find_evidence(conn: Conn, track_id: UUID, viewer: Member) -> TrackEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the track."""
    track = await tracks.find_track(conn, TrackId(track_id), None)
    if track is None or not await may_see(conn, track, viewer.id):
        return None
    lyrics = await tracks.find_lyrics(conn, track.id)
    return copy_fields(TrackEvidence, track, author_id=track.owner_id, lyrics=lyrics)


async def get_own(conn: Conn, track_id: TrackId, member: Member) -> StoredTrack:
    """Return a track of the caller. Raises TrackNotFound and NotYourTrack."""
    track = await get_visible(conn, track_id, member.id)
    if track.owner_id != member.id:
        raise NotYourTrack
    return track


async def lock_own(tx: Tx, track_id: TrackId, member: Member) -> StoredTrack:
    """Lock and return a track of the caller. Raises TrackNotFound and NotYourTrack."""
    track = await lock_visible(tx, track_id, member.id)
    if track.owner_id != member.id:
        raise NotYourTrack
    return track
