"""A play counts once per listener in half an hour; a like counts once per member."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from veza.core.access import Member
from veza.core.errors import Unauthenticated
from veza.core.ids import TrackId, UserId
from veza.core.listener_identity import ListenerIdentity
from veza.core.pages import cut
from veza.core.play_source import PlayReport, PlaySource
from veza.core.search_query import make_query
from veza.core.search_text import parse_search
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields, merge
from veza.core.visibility import TrackStatus
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.tracks import rules
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.errors import NotYourTrack, TrackNotFound, TrackNotReady
from veza.domains.music.tracks.events import (
    TrackChanged,
    TrackDeleted,
    TrackFailed,
    TrackLiked,
    TrackReady,
)
from veza.domains.music.tracks.models import (
    FoundArtist,
    LikeState,
    NewTrack,
    PlayState,
    ProcessedAudio,
    StoredTrack,
    Track,
    TrackAccess,
    TrackChange,
    TrackEvidence,
    TrackForm,
    TrackName,
    TrackPage,
    TrackQuery,
    TrackSearchResults,
)
from veza.domains.music.tracks.queries import (
    likes,
    numbered_pages,
    plays,
    search,
    single_statements,
    tracks,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.postgres.search_index import delete_documents, list_spellings, store_documents

_PLAY_AGAIN_AFTER = timedelta(minutes=30)


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


async def finish_track(tx: Tx, track_id: TrackId, audio: ProcessedAudio) -> bool:
    """Store the properties of a processed track, so that it can be played.

    What the owner did not enter is taken from the file. Returns False if the track is deleted or
    was finished before.
    """
    track = await tracks.lock_track(tx, track_id)
    if track is None or track.status is not TrackStatus.PROCESSING:
        return False
    await tracks.update_ready(tx, track_id, audio)
    await index_tracks(tx, [track_id])
    await emit(tx, TrackReady(track_id, track.owner_id, track.title))
    return True


async def fail_track(tx: Tx, track_id: TrackId, reason: str) -> bool:
    """Store why a track can't be processed; return False if it is deleted or was finished."""
    track = await tracks.lock_track(tx, track_id)
    if track is None or track.status is not TrackStatus.PROCESSING:
        return False
    await tracks.update_failed(tx, track_id, reason)
    await emit(tx, TrackFailed(track_id, track.owner_id, track.title, reason))
    return True


def is_visible_to(track: TrackAccess, viewer: Member | None, *, granted: bool = False) -> bool:
    """Return whether a viewer may see a track; `granted` if the URL has a valid signature."""
    return rules.is_visible_to(track, viewer and viewer.id, granted=granted)


async def get_track(
    conn: Conn, track_id: TrackId, viewer: Member | None, urls: UrlBuilder
) -> Track:
    """Return a track. Raises TrackNotFound."""
    track = await get_visible(conn, track_id, viewer and viewer.id)
    return rules.show_track(track, urls)


async def list_tracks(
    conn: Conn, query: TrackQuery, viewer: Member | None, urls: UrlBuilder
) -> TrackPage:
    """Return a page of public tracks that are ready, and of the viewer's own tracks."""
    if query.cursor is not None:
        rules.ensure_cursor_fits(query.cursor, query.sort)
    list_page = numbered_pages.list_tracks if query.offset else tracks.list_tracks
    found = await list_page(conn, query, viewer and viewer.id)
    return _show_page(found, query, urls)


async def list_followed_tracks(
    conn: Conn, query: TrackQuery, viewer: Member, urls: UrlBuilder
) -> TrackPage:
    """Return a page of the newest public tracks of members that the viewer follows."""
    if query.cursor is not None:
        rules.ensure_cursor_fits(query.cursor, query.sort)
    return _show_page(await tracks.list_followed(conn, query, viewer.id), query, urls)


def _show_page(found: list[StoredTrack], query: TrackQuery, urls: UrlBuilder) -> TrackPage:
    page, next_cursor = cut(found, query.limit, lambda track: rules.make_cursor(track, query.sort))
    shown = [rules.show_track(track, urls) for track in page]
    return TrackPage(shown, next_cursor, next_cursor is not None)


async def search_tracks(
    conn: Conn, text: str, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> TrackSearchResults:
    """Find public tracks by title, artist, genre and tags, ignoring accents and typing errors."""
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.TRACKS], wanted)
    query = make_query(wanted, spellings[search.TRACKS.kind])
    if query is None:
        return TrackSearchResults([])
    found = await search.search_tracks(conn, query, limit, viewer_id=viewer and viewer.id)
    return TrackSearchResults([rules.show_track(track, urls) for track in found])


async def search_artists(
    conn: Conn, text: str, limit: int, *, viewer: Member | None
) -> list[FoundArtist]:
    """Find members with public tracks by their names."""
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.ARTISTS], wanted)
    query = make_query(wanted, spellings[search.ARTISTS.kind])
    if query is None:
        return []
    return await search.search_artists(conn, query, limit, viewer_id=viewer and viewer.id)


async def index_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Update what tracks and their artists are found by; the caller has locked the tracks."""
    found = await search.list_searchable(tx, track_ids)
    artists = {track.owner_id: rules.index_artist(track) for track in found}
    await store_documents(tx, search.TRACKS, [rules.index_track(track) for track in found])
    await store_documents(tx, search.ARTISTS, list(artists.values()))
    hidden = set(track_ids).difference(track.id for track in found)
    if hidden:
        await delete_documents(tx, search.TRACKS, list(hidden))


async def index_batch(tx: Tx, owner_id: UserId | None, after: TrackId | None) -> list[TrackId]:
    """Index the next tracks of a member, or of all, ordered by id; return them."""
    track_ids = await search.list_track_ids(tx, owner_id, after)
    # A separate statement, because the next one must see all commits before the lock.
    await track_queries.lock_counts(tx, track_ids)
    await index_tracks(tx, track_ids)
    return track_ids


async def update_track(
    tx: Tx, track_id: TrackId, member: Member, change: TrackChange, urls: UrlBuilder
) -> Track:
    """Change the metadata of a track of the caller."""
    track = await lock_own(tx, track_id, member)
    form = rules.clean_form(merge(TrackForm, track, change))
    await tracks.update_track(tx, track_id, form)
    await index_tracks(tx, [track_id])
    await emit(tx, TrackChanged(track_id, track.owner_id))
    return await get_track(tx, track_id, member, urls)


async def change_cover(
    tx: Tx, track_id: TrackId, owner: Member, *, palette: list[int] | None, urls: UrlBuilder
) -> Track:
    """Store the palette of another cover of a track that the caller has locked; None without."""
    await tracks.update_cover(tx, track_id, palette)
    return await get_track(tx, track_id, owner, urls)


async def publish_tracks(tx: Tx, track_ids: Sequence[TrackId]) -> None:
    """Make tracks public that the caller has locked; those that are public stay as they are."""
    changed = await tracks.update_public(tx, track_ids)
    if changed:
        await index_tracks(tx, [track.track_id for track in changed])
    for track in changed:
        await emit(tx, track)


async def delete_track(tx: Tx, track_id: TrackId, member: Member) -> None:
    """Delete a track of the caller; a job deletes its files, except a sold original."""
    await lock_own(tx, track_id, member)
    await tracks.delete_track(tx, track_id)
    await emit(tx, TrackDeleted(track_id))


async def like_at_once(database: Database, track_id: TrackId, liker: Member) -> LikeState:
    """Like a track in a single statement, or in a transaction if nothing would change."""
    count = await single_statements.insert_like(database, track_id, liker.id)
    if count is not None:
        return LikeState(liked=True, likes_count=count)
    return await database.transact(lambda tx: like(tx, track_id, liker))


async def unlike_at_once(database: Database, track_id: TrackId, liker: Member) -> LikeState:
    """Delete a like in a single statement, or in a transaction if nothing would change."""
    count = await single_statements.delete_like(database, track_id, liker.id)
    if count is not None:
        return LikeState(liked=False, likes_count=count)
    return await database.transact(lambda tx: unlike(tx, track_id, liker))


async def like(tx: Tx, track_id: TrackId, liker: Member) -> LikeState:
    """Like a track, if the member doesn't like it already."""
    track = await lock_visible(tx, track_id, liker.id)
    count = await likes.insert_like(tx, track_id, liker.id)
    if count is not None:
        await emit(tx, TrackLiked(track_id, liker.id, track.owner_id))
        return LikeState(liked=True, likes_count=count)
    state = await likes.find_like_state(tx, track_id, liker.id)
    if state is None or not state.liked:
        # The account was deleted or suspended after the token was issued.
        raise Unauthenticated
    return state


async def unlike(tx: Tx, track_id: TrackId, liker: Member) -> LikeState:
    """Delete the member's like of a track, if there is one."""
    track = await lock_visible(tx, track_id, liker.id)
    count = await likes.delete_like(tx, track_id, liker.id)
    return LikeState(liked=False, likes_count=track.likes_count if count is None else count)


async def update_hidden_likes(tx: Tx, batch: RecountBatch[TrackId]) -> list[TrackId]:
    """Hide or show the next batch of a member's likes; return the tracks."""
    track_ids = await likes.list_liked_tracks(tx, batch.user_id, batch.after)
    await track_queries.lock_counts(tx, track_ids)
    await likes.update_hidden(tx, batch.user_id, track_ids, hide=batch.hide)
    return track_ids


async def report_play(
    tx: Tx,
    track_id: TrackId,
    report: PlayReport,
    listener: ListenerIdentity,
    source: PlaySource,
) -> PlayState:
    """Count a play, once per listener and track in half an hour, and add it to their history.

    The same rule holds for all clients. At most `MAX_LISTENERS_OF_A_NETWORK` listeners of a network
    are counted in that time.
    """
    track = await lock_visible(tx, track_id, listener.user_id)
    if track.status is not TrackStatus.READY or track.duration_ms is None:
        raise TrackNotReady
    if not rules.is_play(report.listened_seconds, track.duration_ms):
        return PlayState(counted=False, plays_count=track.plays_count)
    try:
        count = await plays.insert_play(
            tx,
            track_id,
            listener,
            source,
            again_after=_PLAY_AGAIN_AFTER,
        )
    except ConstraintViolation as error:
        if error.constraint in {"track_plays_user_id_fkey", "track_history_user_id_fkey"}:
            # The account was deleted after the token was issued.
            raise Unauthenticated from error
        raise
    if count is None:
        return PlayState(counted=False, plays_count=track.plays_count)
    return PlayState(counted=True, plays_count=count)


async def is_visible(conn: Conn, track_id: TrackId, viewer: Member) -> bool:
    """Return whether the track exists and the viewer may see it."""
    track = await tracks.find_track(conn, track_id, None)
    return track is not None and rules.is_visible_to(track, viewer.id)


async def get_visible(conn: Conn, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack:
    """Return a track that the viewer may see. Raises TrackNotFound."""
    track = await tracks.find_track(conn, track_id, viewer_id)
    # The error is the same as for missing tracks, so that ids can't be probed.
    if track is None or not rules.is_visible_to(track, viewer_id):
        raise TrackNotFound
    return track


async def find_visible_tracks(
    conn: Conn, track_ids: Sequence[TrackId], viewer: Member | None, urls: UrlBuilder
) -> dict[TrackId, Track]:
    """Return those of these tracks that the viewer may see, by id."""
    viewer_id = viewer and viewer.id
    found = await tracks.list_tracks_by_id(conn, track_ids, viewer_id)
    return {
        track.id: rules.show_track(track, urls)
        for track in found
        if rules.is_visible_to(track, viewer_id)
    }


async def find_visible_names(
    conn: Conn, track_ids: Sequence[TrackId], viewer: Member | None
) -> dict[TrackId, TrackName]:
    """Return the names of those of these tracks that the viewer may see, by id."""
    found = await tracks.list_names(conn, track_ids)
    return {name.id: name for name in found if rules.is_visible_to(name, viewer and viewer.id)}


async def list_tracks_named(conn: Conn, titles: Sequence[str], viewer: Member) -> list[TrackName]:
    """Return the public tracks and the viewer's own with one of these titles, ignoring case.

    The most played come first. Unlisted ones of others are for those who have their address.
    """
    found = await tracks.list_tracks_named(conn, titles, viewer.id)
    return [name for name in found if rules.is_visible_to(name, viewer.id)]


async def lock_visible(tx: Tx, track_id: TrackId, viewer_id: UserId | None) -> StoredTrack:
    """Lock and return a track that the viewer may see. Raises TrackNotFound.

    To prevent deadlocks, every change of rows that belong to a track locks the track first, as its
    deletion does.
    """
    track = await tracks.lock_track(tx, track_id)
    if track is None or not rules.is_visible_to(track, viewer_id):
        raise TrackNotFound
    return track


async def find_evidence(conn: Conn, track_id: UUID, viewer: Member) -> TrackEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the track."""
    track = await tracks.find_track(conn, TrackId(track_id), None)
    if track is None or not rules.is_visible_to(track, viewer.id):
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
