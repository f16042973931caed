"""Tracks are created, finished, changed, published and deleted by their owners."""

from collections.abc import Sequence

from msgspec import UNSET

from veza.core.access import Member
from veza.core.ids import TierId, TrackId
from veza.core.palettes import CoverLook
from veza.core.signed_urls import UrlBuilder
from veza.core.takedowns import as_chosen
from veza.core.visibility import TrackStatus
from veza.domains.audiences.service import lock_chosen
from veza.domains.moderation.takedowns.shared_queries import note_edit
from veza.domains.music.credits import service as credits_service
from veza.domains.music.credits.models import ARTIST, CreditedItem, CreditedKind, EnteredCredits
from veza.domains.music.credits.service import NamedProfiles
from veza.domains.music.tracks import rules
from veza.domains.music.tracks.errors import NotYourTrack
from veza.domains.music.tracks.events import TrackChanged, TrackDeleted, TrackFailed, TrackReady
from veza.domains.music.tracks.models.forms import (
    NewTrack,
    TrackChange,
    TrackForm,
    credits_of,
)
from veza.domains.music.tracks.models.tracks import ProcessedAudio, StoredTrack, Track
from veza.domains.music.tracks.queries import tracks
from veza.domains.music.tracks.queries import visibility as track_visibility
from veza.domains.music.tracks.service import track_search, visible_tracks
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Tx


async def create_track(
    tx: Tx,
    owner: Member,
    track_id: TrackId,
    form: TrackForm,
    look: CoverLook | None = None,
) -> None:
    """Create a track with status `processing`; its files are stored already.

    `look` is that of its cover, None without one.
    """
    if not await tracks.has_owner(tx, owner.id):
        # The token outlived the account.
        raise NotYourTrack
    given = credits_of(form)
    profiles = await credits_service.lock_profiles(tx, owner.id, given)
    await lock_chosen(tx, owner.id, form.tier_id)
    palette, placeholder = look and look.palette, look and look.placeholder
    new = NewTrack(track_id, owner.id, rules.clean_form(form), palette, placeholder)
    await tracks.insert_track(tx, new)
    if profiles is not None:
        await _store_credits(tx, new, given, profiles)


async def await_title(tx: Tx, track_id: TrackId) -> None:
    """Take the title of a new track from its file, unless its owner enters one before."""
    await tracks.update_awaiting_title(tx, track_id)


async def finish_track(tx: Tx, track_id: TrackId, audio: ProcessedAudio) -> str | None:
    """Store the properties of a processed track, so that it can be played; return its title.

    What the owner did not enter, artists and credits included, is taken from the file. Returns
    None if the track is deleted or was finished before.
    """
    found = await tracks.find_track(tx, track_id, None)
    # Profiles are locked before the track.
    tagged = found and await credits_service.lock_tagged(tx, found.owner_id, audio.people)
    track = await tracks.lock_track(tx, track_id)
    if track is None or track.status is not TrackStatus.PROCESSING:
        return None
    title = await tracks.update_ready(tx, track_id, audio)
    assert title is not None
    if tagged:
        await _store_tagged(tx, track, *tagged)
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
    """Change the metadata and credits of a track of the caller.

    Raises TrackNotFound, NotYourTrack, Invalid and TooManyPendingCredits.
    """
    given = credits_of(change)
    profiles = await credits_service.lock_profiles(tx, member.id, given)
    await lock_chosen(tx, member.id, change.tier_id)
    track = await visible_tracks.lock_own(tx, track_id, member)
    form = rules.merge_change(as_chosen(track), change)
    await tracks.update_track(tx, track_id, form)
    if profiles is not None:
        await _store_credits(tx, track, given, profiles)
    await track_search.index_tracks(tx, [track_id])
    await emit(tx, TrackChanged(track_id, track.owner_id))
    await note_edit(tx, track.taken_down)
    return await visible_tracks.get_track(tx, track_id, member, urls)


async def change_cover(
    tx: Tx, track_id: TrackId, owner: Member, *, look: CoverLook | None, urls: UrlBuilder
) -> Track:
    """Store the look of another cover of a track that the caller has locked; None without."""
    await tracks.update_cover(tx, track_id, look)
    return await visible_tracks.get_track(tx, track_id, owner, urls)


async def publish_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Make tracks public that the caller has locked; those that are public stay as they are."""
    changed = await track_visibility.update_public(tx, track_ids)
    if changed:
        await track_search.index_tracks(tx, [track.track_id for track in changed])
    for track in changed:
        await emit(tx, track)


async def change_tier(
    tx: Tx, track_ids: Sequence[TrackId], former: TierId | None, tier_id: TierId | None
) -> None:
    """Give tracks that the caller has locked the tier of their release; None takes it off.

    Those that have the `former` one get it, and private ones that have none.
    """
    if former != tier_id and track_ids:
        await track_visibility.update_tier(tx, track_ids, former, tier_id)


async def delete_track(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Delete a track of the caller; a job deletes its files, except a sold original."""
    await visible_tracks.lock_own(tx, track_id, member)
    await tracks.delete_track(tx, track_id)
    await emit(tx, TrackDeleted(track_id))


async def _store_credits(
    tx: Tx, track: NewTrack | StoredTrack, given: EnteredCredits, profiles: NamedProfiles
) -> None:
    """Store the artists and credits of a new track, or of one that the caller has locked."""
    item = CreditedItem(CreditedKind.TRACK, track.id, track.owner_id)
    line = await credits_service.store(tx, item, given, profiles)
    if line is not UNSET:
        await tracks.update_artist_name(tx, track.id, line)


async def _store_tagged(
    tx: Tx, track: StoredTrack, tagged: EnteredCredits, profiles: NamedProfiles
) -> None:
    """Store the artists and credits of a file's tags, as far as the owner entered none."""
    has_credits = any(each.role != ARTIST for each in track.credited or ())
    given = EnteredCredits(
        tagged.artists if tagged.artists and track.artist_name is None else UNSET,
        tagged.credits if tagged.credits and not has_credits else UNSET,
    )
    if given == EnteredCredits():
        return
    item = CreditedItem(CreditedKind.TRACK, track.id, track.owner_id)
    line = await credits_service.store(tx, item, given, profiles, refuses_full=False)
    if line is not UNSET:
        await tracks.update_artist_name(tx, track.id, line)
