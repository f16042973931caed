"""Personal data in this domain: export and erasure."""

from veza.core.ids import UserId
from veza.domains.music.playlists import queries
from veza.domains.music.playlists.models import PersonalEntry, PersonalPlaylists, StoredPlaylist
from veza.infra.postgres.database import Conn, Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("playlists", "playlist_entries", "playlist_editors")


async def export(conn: Conn, user_id: UserId) -> PersonalPlaylists:
    """Return a member's playlists with their entries, and the playlists that they edit."""
    playlists: list[StoredPlaylist] = []
    while found := await queries.list_personal_playlists(
        conn, user_id, playlists[-1].id if playlists else None
    ):
        playlists += found
    entries: list[PersonalEntry] = []
    while page := await queries.list_personal_entries(
        conn, user_id, entries[-1] if entries else None
    ):
        entries += page
    return PersonalPlaylists(playlists, entries)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's playlists; what they added to playlists of others stays, without a name."""
    await queries.delete_playlists_of(tx, user_id)
    await queries.delete_editor_everywhere(tx, user_id)
    await queries.update_adder_gone(tx, user_id)
