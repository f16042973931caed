"""What one can do with tracks. What moves files takes the database and opens short transactions."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

from msgspec import UNSET, structs

from veza.core.access import Member
from veza.core.errors import Fault, Invalid, Unauthenticated
from veza.core.ids import TrackId, UserId
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK, ListenerIdentity
from veza.core.normalize import find_words, fold_tag
from veza.core.pages import cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.tracks import queries, rules
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound, TrackNotReady
from veza.domains.music.tracks.events import (
    TrackChanged,
    TrackDeleted,
    TrackFailed,
    TrackLiked,
    TrackReady,
)
from veza.domains.music.tracks.models import (
    AudioFacts,
    LikeState,
    NewTrack,
    PlayFigures,
    PlayReport,
    PlayState,
    Shared,
    Status,
    StoredSummary,
    StoredTrack,
    Track,
    TrackChange,
    TrackEvidence,
    TrackFigures,
    TrackForm,
    TrackPage,
    TrackQuery,
    TracksFound,
    TrackSummary,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx

_PLAY_AGAIN_AFTER = timedelta(minutes=30)


async def create_track(
    tx: Tx, owner: Member, track_id: TrackId, form: TrackForm, *, has_cover: bool
) -> None:
    """Enter a new track, whose files are stored already, as one that is being processed."""
    username = await queries.find_username(tx, owner.id)
    if username is None:
        # The token outlived the account.
        raise NotYourTrack
    form = _clean(form)
    text = rules.search_text(form.title, username, form.genre, form.tags)
    await queries.insert_track(tx, NewTrack(track_id, owner.id, form, text, has_cover))


async def finish_track(tx: Tx, track_id: TrackId, facts: AudioFacts) -> bool:
    """Enter what the processing found out, so that the track can be played.

    The genre that the file names counts where its owner named none. False where nobody waits for
    it: the track was deleted, or is finished.
    """
    track = await queries.lock_track(tx, track_id)
    if track is None or track.status is not Status.PROCESSING:
        return False
    facts = structs.replace(facts, genre=track.genre or facts.genre)
    text = rules.search_text(track.title, track.username, facts.genre, track.tags)
    await queries.update_ready(tx, track_id, facts, search_text=text)
    await emit(tx, TrackReady(track_id, track.owner_id, track.title))
    return True


async def fail_track(tx: Tx, track_id: TrackId, reason: str) -> bool:
    """Enter that a track can't be made playable, and why. False where nobody waits for it."""
    track = await queries.lock_track(tx, track_id)
    if track is None or track.status is not Status.PROCESSING:
        return False
    await queries.update_failed(tx, track_id, reason)
    await emit(tx, TrackFailed(track_id, track.owner_id, track.title, reason))
    return True


def may_know(track: Shared, viewer: Member | None, *, granted: bool = False) -> bool:
    """Tell whether somebody may know of a track; `granted` by the signature of its URL."""
    return rules.is_visible_to(track, viewer and viewer.id, granted=granted)


async def get_track(
    conn: Conn, track_id: TrackId, viewer: Member | None, urls: UrlBuilder
) -> Track:
    """Show one track."""
    track = await get_visible(conn, track_id, viewer and viewer.id)
    return rules.show_track(track, urls)


async def list_tracks(
    conn: Conn, wish: TrackQuery, viewer: Member | None, urls: UrlBuilder
) -> TrackPage:
    """List public, ready tracks, and one's own of any kind, in a page."""
    if wish.cursor is not None:
        rules.ensure_cursor_fits(wish.cursor, wish.sort)
    found = await queries.list_tracks(conn, wish, viewer and viewer.id)
    shown, following = cut(found, wish.limit, lambda track: rules.cursor_after(track, wish.sort))
    tracks = [rules.show_track(track, urls) for track in shown]
    return TrackPage(tracks, following, following is not None)


async def list_tracks_of(
    conn: Conn, owner_id: UserId, wish: TrackQuery, *, viewer: Member | None, urls: UrlBuilder
) -> TrackPage:
    """List the tracks of one member: all to themselves, to others what is public and ready."""
    return await list_tracks(conn, structs.replace(wish, owner_id=owner_id), viewer, urls)


async def list_liked_tracks(
    conn: Conn, wish: TrackQuery, viewer: Member, urls: UrlBuilder
) -> TrackPage:
    """List the tracks that one likes oneself."""
    return await list_tracks(conn, structs.replace(wish, liked_by=viewer.id), viewer, urls)


async def search_tracks(
    conn: Conn, text: str, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> TracksFound:
    """Find public tracks by title, artist, genre and tags; typing errors and accents forgiven."""
    words = find_words(text)
    if not words:
        return TracksFound([])
    found = await queries.search_tracks(
        conn, words, limit, tag=fold_tag(text), viewer_id=viewer and viewer.id
    )
    return TracksFound([rules.show_track(track, urls) for track in found])


async def update_track(
    tx: Tx, track_id: TrackId, member: Member, change: TrackChange, urls: UrlBuilder
) -> Track:
    """Change what is said of one's own track."""
    track = await _lock_own(tx, track_id, member)
    form = _clean(_merge(track, change))
    text = rules.search_text(form.title, track.username, form.genre, form.tags)
    await queries.update_track(tx, track_id, form, search_text=text)
    await emit(tx, TrackChanged(track_id, track.owner_id))
    return rules.show_track(await get_visible(tx, track_id, member.id), urls)


async def delete_track(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Delete one's own track, with all that hangs on it; files that nobody bought go soon after."""
    await _lock_own(tx, track_id, member)
    await queries.delete_track(tx, track_id)
    await emit(tx, TrackDeleted(track_id))


async def like(tx: Tx, track_id: TrackId, liker: Member) -> LikeState:
    """Like a track. Liking twice is the same as liking once."""
    track = await lock_visible(tx, track_id, liker.id)
    with _refusing_what_is_gone():
        count = await queries.insert_like(tx, track_id, liker.id)
    if count is None:
        return await _get_like_state(tx, track_id, liker.id)
    await emit(tx, TrackLiked(track_id, liker.id, track.owner_id))
    return LikeState(liked=True, likes_count=count)


async def unlike(tx: Tx, track_id: TrackId, liker: Member) -> LikeState:
    """Take a like back. Where there is none, nothing happens."""
    await lock_visible(tx, track_id, liker.id)
    count = await queries.delete_like(tx, track_id, liker.id)
    if count is None:
        return await _get_like_state(tx, track_id, liker.id)
    return LikeState(liked=False, likes_count=count)


async def report_play(
    tx: Tx, track_id: TrackId, report: PlayReport, listener: ListenerIdentity
) -> PlayState:
    """Count a play: once per listener and track in half an hour.

    Of one network at most `MAX_LISTENERS_OF_A_NETWORK` listeners count in that time.
    """
    track = await lock_visible(tx, track_id, listener.user_id)
    if track.status is not Status.READY or track.duration_ms is None:
        raise TrackNotReady
    if not rules.is_play(report.listened_seconds, track.duration_ms):
        return PlayState(counted=False, plays_count=track.plays_count)
    with _refusing_what_is_gone():
        count = await queries.insert_play(
            tx,
            track_id,
            listener,
            again_after=_PLAY_AGAIN_AFTER,
            most_of_network=MAX_LISTENERS_OF_A_NETWORK,
        )
    if count is None:
        return PlayState(counted=False, plays_count=track.plays_count)
    return PlayState(counted=True, plays_count=count)


def show_summary(track: StoredSummary, urls: UrlBuilder) -> TrackSummary:
    """Show a track that is public and ready beside something else."""
    return rules.show_summary(track, urls)


async def is_visible(conn: Conn, track_id: TrackId, viewer: Member) -> bool:
    """Tell whether there is such a track, and somebody may know of it."""
    track = await queries.find_track(conn, track_id, None)
    return track is not None and may_know(track, viewer)


async def get_visible(conn: Conn, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack:
    """Give a track to those who may know of it."""
    track = await queries.find_track(conn, track_id, viewer_id)
    # A hidden track answers like a missing one, so that ids can't be probed.
    if track is None or not rules.is_visible_to(track, viewer_id):
        raise TrackNotFound
    return track


async def lock_visible(tx: Tx, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack:
    """Give a track to those who may know of it, locked.

    Whoever changes what hangs on a track locks the track first: whoever deletes it goes the same
    way, and so none waits for the other in a circle.
    """
    track = await queries.lock_track(tx, track_id)
    if track is None or not rules.is_visible_to(track, viewer_id):
        raise TrackNotFound
    return track


async def lock_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Lock many tracks, in an order that is everybody's, before what hangs on them changes."""
    await queries.lock_tracks(tx, track_ids)


async def lock_counts(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Have many tracks stay as they are, in the same order: whoever counts there too waits.

    Whoever only keeps a track from being deleted doesn't.
    """
    await queries.lock_counts(tx, track_ids)


async def count_comments(tx: Tx, more: Mapping[TrackId, int]) -> None:
    """Count so many more comments on each track, which is locked already; less than 0 is fewer."""
    await queries.add_to_comments_counts(tx, list(more), list(more.values()))


async def find_evidence(conn: Conn, track_id: UUID, viewer: Member) -> TrackEvidence | None:
    """Give what a report of a track has to keep; None where the viewer may not know of it."""
    track = await queries.find_track(conn, TrackId(track_id), None)
    if track is None or not may_know(track, viewer):
        return None
    return TrackEvidence(
        author_id=track.owner_id,
        username=track.username,
        title=track.title,
        description=track.description,
        genre=track.genre,
        tags=track.tags,
        visibility=track.visibility,
        created_at=track.created_at,
    )


async def count_tracks(conn: Conn) -> TrackFigures:
    """Count the tracks."""
    return await queries.count_tracks(conn)


async def count_plays(conn: Conn) -> PlayFigures:
    """Count the plays of the tracks that there are."""
    return await queries.count_plays(conn)


async def _get_like_state(conn: Conn, track_id: TrackId, viewer_id: UserId) -> LikeState:
    state = await queries.find_like_state(conn, track_id, viewer_id)
    if state is None:
        raise TrackNotFound
    return state


@contextmanager
def _refusing_what_is_gone() -> Generator[None]:
    """Answer as if it had never been there, where a track or an account was deleted just now."""
    try:
        yield
    except ConstraintViolation as error:
        if error.constraint.endswith("_track_id_fkey"):
            raise TrackNotFound from error
        if error.constraint.endswith("_user_id_fkey"):
            raise Unauthenticated from error
        raise


async def _lock_own(tx: Tx, track_id: TrackId, member: Member) -> StoredTrack:
    track = await lock_visible(tx, track_id, member.id)
    if track.owner_id != member.id:
        raise NotYourTrack
    return track


def _clean(form: TrackForm) -> TrackForm:
    title = " ".join(form.title.split())
    if not title:
        raise Invalid(details=[Fault("title", "A track needs a title.")])
    genre = " ".join(form.genre.split()) if form.genre else None
    return structs.replace(form, title=title, genre=genre or None, tags=rules.clean_tags(form.tags))


def _merge(track: StoredTrack, change: TrackChange) -> TrackForm:
    present = TrackForm(
        title=track.title,
        description=track.description,
        genre=track.genre,
        tags=track.tags,
        visibility=track.visibility,
        downloadable=track.downloadable,
    )
    changed = {k: v for k, v in structs.asdict(change).items() if v is not UNSET}
    return structs.replace(present, **changed)
