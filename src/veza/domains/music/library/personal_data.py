"""Exports and erases ratings, likes of releases, bookmarks, queue and settings.

The history is with `music/tracks`. What is playing expires within hours.
"""

from veza.core.ids import ReleaseId, UserId
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.music.library.models import LibrarySettings, PersonalLibrary, StoredQueue
from veza.domains.music.library.queries import artists as artist_queries
from veza.domains.music.library.queries import releases as release_queries
from veza.domains.music.library.queries import tracks as queries
from veza.domains.music.library.service import releases
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = (
    "track_ratings",
    "track_bookmarks",
    "play_queues",
    "library_settings",
    "release_likes",
    "release_ratings",
    "artist_ratings",
)


async def export(conn: Conn, user_id: UserId) -> PersonalLibrary:
    """Return a member's ratings, likes of releases, bookmarks, queue and settings."""
    return PersonalLibrary(
        await queries.list_personal_ratings(conn, user_id),
        await queries.list_personal_bookmarks(conn, user_id),
        await queries.find_queue(conn, user_id) or StoredQueue(),
        await queries.find_settings(conn, user_id) or LibrarySettings(keep_history=True),
        await release_queries.list_personal_marks(conn, user_id),
        await artist_queries.list_ratings_by(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's ratings, likes of releases, bookmarks, queue and settings.

    Before `music/tracks`, which deletes the history: the tracks in it are locked here too.
    """
    await queries.lock_tracks_of(tx, user_id)
    await queries.delete_ratings_of(tx, user_id)
    await queries.delete_bookmarks_of(tx, user_id)
    await queries.delete_queue_of(tx, user_id)
    await queries.delete_settings_of(tx, user_id)
    after: ReleaseId | None = None
    while liked := await releases.update_hidden_likes(tx, RecountBatch(user_id, after, hide=True)):
        after = liked[-1]
    await release_queries.lock_rated_releases(tx, user_id)
    await release_queries.delete_marks_of(tx, user_id)
    await artist_queries.delete_ratings_of(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move ratings of a page to another profile, except of members who rated both."""
    await artist_queries.update_rated(tx, user_id, into_id)
