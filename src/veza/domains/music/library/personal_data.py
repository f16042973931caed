"""Personal data in this domain: export and erasure.

The history is with `music/tracks`. What is playing expires within hours.
"""

from veza.core.ids import UserId
from veza.domains.music.library import queries
from veza.domains.music.library.models import LibrarySettings, PersonalLibrary, StoredQueue
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("track_ratings", "track_bookmarks", "play_queues", "library_settings")


async def export(conn: Conn, user_id: UserId) -> PersonalLibrary:
    """Return a member's ratings, bookmarks, queue and settings."""
    return PersonalLibrary(
        await queries.list_personal_ratings(conn, user_id),
        await queries.list_personal_bookmarks(conn, user_id),
        await queries.find_queue(conn, user_id) or StoredQueue(),
        await queries.find_settings(conn, user_id) or LibrarySettings(keep_history=True),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's ratings, bookmarks, queue and settings.

    Before `music/tracks`, which deletes the history: the tracks in it are locked here too.
    """
    await queries.lock_tracks_of(tx, user_id)
    await queries.delete_ratings_of(tx, user_id)
    await queries.delete_bookmarks_of(tx, user_id)
    await queries.delete_queue_of(tx, user_id)
    await queries.delete_settings_of(tx, user_id)
