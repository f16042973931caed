"""Exports and erases playlists; what was added to others' stays, without a name."""

from veza.core.ids import UserId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.music.playlists.models.playlists import PersonalPlaylists
from veza.domains.music.playlists.queries import (
    editor_records,
    entry_records,
    records,
    search,
    shares,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_unused_words

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("playlists", "playlist_entries", "playlist_editors", "playlist_shares")


async def export(conn: Conn, user_id: UserId) -> PersonalPlaylists:
    """Return a member's playlists with their entries and links, and those that they edit."""
    return PersonalPlaylists(
        await records.list_personal_playlists(conn, user_id),
        await entry_records.list_personal_entries(conn, user_id),
        await shares.list_personal_shares(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's playlists; what they added to playlists of others stays, without a name."""
    await records.delete_playlists_of(tx, user_id)
    await delete_unused_words(
        tx, search.PLAYLISTS, await account_queries.find_username(tx, user_id)
    )
    await editor_records.delete_editor_everywhere(tx, user_id)
    await entry_records.update_adder_gone(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the playlists of a page, and what it edits and added, to another profile."""
    await records.update_owner(tx, user_id, into_id)
    await editor_records.update_editor(tx, user_id, into_id)
    await entry_records.update_adder(tx, user_id, into_id)
