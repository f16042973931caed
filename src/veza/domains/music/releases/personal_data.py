"""Exports and erases releases and covers; credits of others keep the name, unlinked."""

from veza.core.ids import UserId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.images import service as images
from veza.domains.music.releases.models.releases import PersonalReleases
from veza.domains.music.releases.queries import releases, search, tracklists
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_unused_words

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("catalogue_items", "releases", "release_tracks", "release_credits")


async def export(conn: Conn, user_id: UserId) -> PersonalReleases:
    """Return a member's releases, and the credits that name the member."""
    return PersonalReleases(
        await releases.list_personal_releases(conn, user_id),
        await tracklists.list_personal_tracks(conn, user_id),
        await releases.list_personal_credits(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's releases and covers; credits of others keep the name without a link."""
    covers = await releases.delete_releases_of(tx, user_id)
    await images.delete_images(tx, covers)
    await delete_unused_words(tx, search.RELEASES, await account_queries.find_username(tx, user_id))
    await releases.update_credited_gone(tx, user_id)
