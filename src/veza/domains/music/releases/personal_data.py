"""Exports and erases releases and covers; releases of others don't name the member any more."""

from veza.core.ids import ReleaseId, UserId
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.images.service import images
from veza.domains.music.credits import service as credits_service
from veza.domains.music.credits.models import CreditedKind
from veza.domains.music.releases.models.releases import PersonalReleases
from veza.domains.music.releases.queries import catalogue, releases, search, tracklists
from veza.domains.music.releases.service.search import index_releases
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.search_index import delete_unused_words

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("catalogue_items", "releases", "release_tracks")


async def export(conn: Conn, user_id: UserId) -> PersonalReleases:
    """Return a member's releases."""
    return PersonalReleases(
        await releases.list_personal_releases(conn, user_id),
        await tracklists.list_personal_tracks(conn, user_id),
    )


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete a member's releases and covers, and forget them in the credits of others."""
    covers = await releases.delete_releases_of(tx, user_id)
    await images.delete_images(tx, covers)
    forgotten = await credits_service.forget(tx, CreditedKind.RELEASE, user_id)
    for release_id, line in forgotten.lines.items():
        await releases.update_artist_name(tx, ReleaseId(release_id), line)
    await index_releases(tx, [ReleaseId(each) for each in forgotten.item_ids])
    for name in (await account_queries.find_username(tx, user_id), *forgotten.names):
        await delete_unused_words(tx, search.RELEASES, name)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Give the releases of a page, and its place in the catalogue, to another profile."""
    await releases.update_owner(tx, user_id, into_id)
    await catalogue.update_owner(tx, user_id, into_id)
