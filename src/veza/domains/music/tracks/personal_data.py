"""Exports and erases tracks, likes, plays and history; counts of others stay exact."""

from veza.core.ids import TrackId, UserId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.credits import service as credits_service
from veza.domains.music.credits.models import CreditedKind
from veza.domains.music.tracks import shared_queries as track_queries
from veza.domains.music.tracks.events import TrackDeleted
from veza.domains.music.tracks.models.personal_tracks import PersonalTracks
from veza.domains.music.tracks.queries import late_plays, likes, owned, plays, search, tracks
from veza.domains.music.tracks.service import track_likes, track_search
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_documents, delete_unused_words

# Tables with a user's id, or with rows that belong to such a row.
TABLES = (
    *("artist_search", "counted_plays", "tracks", "track_history", "track_likes", "track_plays"),
    "late_plays",
)


async def export(conn: Conn, user_id: UserId) -> PersonalTracks:
    """Return a member's tracks, likes, recent plays and history."""
    return PersonalTracks(
        await owned.list_personal_tracks(conn, user_id),
        await owned.list_activity(conn, user_id),
        await plays.list_personal_history(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's tracks, likes, plays and history; counts of others' tracks stay exact.

    Tracks of others don't name the member any more.
    """
    after: TrackId | None = None
    while liked := await track_likes.update_hidden_likes(
        tx, RecountBatch(user_id, after, hide=True)
    ):
        after = liked[-1]
    await likes.delete_hidden_likes(tx, user_id)
    await plays.delete_plays_of(tx, user_id)
    await late_plays.delete_late_plays_of(tx, user_id)
    await track_queries.delete_history(tx, user_id)
    await plays.delete_counted_plays_of(tx, user_id)
    for track in await owned.list_personal_tracks(tx, user_id):
        await tracks.delete_track(tx, track.id)
        await emit(tx, TrackDeleted(track.id))
    await delete_documents(tx, search.ARTISTS, [user_id])
    forgotten = await credits_service.forget(tx, CreditedKind.TRACK, user_id)
    for track_id, line in forgotten.lines.items():
        await tracks.update_artist_name(tx, TrackId(track_id), line)
    await track_search.index_tracks(tx, [TrackId(each) for each in forgotten.item_ids])
    username = await account_queries.find_username(tx, user_id)
    shown_name = await account_queries.find_shown_name(tx, user_id) or username
    for index in (search.ARTISTS, search.TRACKS):
        for name in (username, shown_name, *forgotten.names):
            await delete_unused_words(tx, index, name)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the tracks of a page, and their plays, to another profile."""
    await owned.update_owner(tx, user_id, into_id)
    await plays.update_artist(tx, user_id, into_id)
