"""Exports and erases shows with their episodes, and the feeds that a member has of others."""

from veza.core.ids import UserId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.images.service import images
from veza.domains.shows.models.keys import PersonalShows
from veza.domains.shows.queries import (
    downloads,
    episodes,
    imports,
    keys,
    search,
    shows,
    transcripts,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_unused_words

# Tables with a person's id, or with rows that belong to such a row.
TABLES = (
    "shows",
    "episodes",
    "episode_transcripts",
    "episode_downloads",
    "show_keys",
    "show_imports",
    "show_import_items",
)


async def export(conn: Conn, user_id: UserId) -> PersonalShows:
    """Return the shows of a profile with all that is theirs, and its own feeds of others."""
    return PersonalShows(
        await shows.list_personal(conn, user_id),
        await episodes.list_personal(conn, user_id),
        await transcripts.list_personal(conn, user_id),
        await downloads.list_personal(conn, user_id),
        await keys.list_personal(conn, user_id),
        await imports.list_personal(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a profile's shows and covers, and its own feeds of others."""
    await imports.delete_import_of(tx, user_id)
    covers = await shows.delete_shows_of(tx, user_id)
    await images.delete_images(tx, covers)
    await delete_unused_words(tx, search.SHOWS, await account_queries.find_username(tx, user_id))
    await keys.delete_keys_of(tx, user_id)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the shows of a page to another profile, with what was imported. Its import ends."""
    await imports.delete_import_of(tx, user_id)
    await shows.update_owner(tx, user_id, into_id)
