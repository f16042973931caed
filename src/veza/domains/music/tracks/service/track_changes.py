"""Tracks are created, finished, changed, published and deleted by their owners."""

from collections.abc import Sequence

from veza.core.access import Member
from veza.core.ids import TrackId
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import merge
from veza.core.visibility import TrackStatus
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.errors import NotYourTrack
from veza.domains.music.tracks.events import TrackChanged, TrackDeleted, TrackFailed, TrackReady
from veza.domains.music.tracks.models.forms import NewTrack, TrackChange, TrackForm
from veza.domains.music.tracks.models.tracks import ProcessedAudio, Track
from veza.domains.music.tracks.queries import tracks
from veza.domains.music.tracks.service import track_search, visible_tracks
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx


async def create_track(
    tx: Tx,
    owner: Member,
    track_id: TrackId,
    form: TrackForm,
    cover_palette: list[int] | None = None,
) -> None:
    """Create a track with status `processing`; its files are stored already.

    `cover_palette` is that of its cover (`core.palettes`), None without a cover.
    """
    if not await tracks.has_owner(tx, owner.id):
        # The token outlived the account.
        raise NotYourTrack
    new = NewTrack(track_id, owner.id, rules.clean_form(form), cover_palette)
    await tracks.insert_track(tx, new)


async def await_title(tx: Tx, track_id: TrackId) -> None:
    """Take the title of a new track from its file, unless its owner enters one before."""
    await tracks.update_awaiting_title(tx, track_id)


async def finish_track(tx: Tx, track_id: TrackId, audio: ProcessedAudio) -> str | None:
    """Store the properties of a processed track, so that it can be played; return its title.

    What the owner did not enter is taken from the file. Returns None if the track is deleted or
    was finished before.
    """
    track = await tracks.lock_track(tx, track_id)
    if track is None or track.status is not TrackStatus.PROCESSING:
        return None
    title = await tracks.update_ready(tx, track_id, audio)
    assert title is not None
    await track_search.index_tracks(tx, [track_id])
    await emit(tx, TrackReady(track_id, track.owner_id, title))
    return title


async def fail_track(tx: Tx, track_id: TrackId, reason: str) -> bool:
    """Store why a track can't be processed; return False if it is deleted or was finished."""
    track = await tracks.lock_track(tx, track_id)
    if track is None or track.status is not TrackStatus.PROCESSING:
        return False
    await tracks.update_failed(tx, track_id, reason)
    await emit(tx, TrackFailed(track_id, track.owner_id, track.title, reason))
    return True


async def update_track(
    tx: Tx, track_id: TrackId, member: Member, change: TrackChange, urls: UrlBuilder
) -> Track:
    """Change the metadata of a track of the caller."""
    track = await visible_tracks.lock_own(tx, track_id, member)
    form = rules.clean_form(merge(TrackForm, track, change))
    await tracks.update_track(tx, track_id, form)
    await track_search.index_tracks(tx, [track_id])
    await emit(tx, TrackChanged(track_id, track.owner_id))
    return await visible_tracks.get_track(tx, track_id, member, urls)


async def change_cover(
    tx: Tx, track_id: TrackId, owner: Member, *, palette: list[int] | None, urls: UrlBuilder
) -> Track:
    """Store the palette of another cover of a track that the caller has locked; None without."""
    await tracks.update_cover(tx, track_id, palette)
    return await visible_tracks.get_track(tx, track_id, owner, urls)


async def publish_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Make tracks public that the caller has locked; those that are public stay as they are."""
    changed = await tracks.update_public(tx, track_ids)
    if changed:
        await track_search.index_tracks(tx, [track.track_id for track in changed])
    for track in changed:
        await emit(tx, track)


async def delete_track(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Delete a track of the caller; a job deletes its files, except a sold original."""
    await visible_tracks.lock_own(tx, track_id, member)
    await tracks.delete_track(tx, track_id)
    await emit(tx, TrackDeleted(track_id))
