"""Hide, show and delete pages when their owners are suspended, reinstated or erased."""

from veza.core.ids import ProfileId, UserId
from veza.domains.auth.accounts.service import suspensions
from veza.domains.profiles import rules
from veza.domains.profiles.events import PROFILE_ROLE_CHANGED
from veza.domains.profiles.models.profiles import OwnedPages
from veza.domains.profiles.queries import members as queries
from veza.domains.profiles.queries import profiles as profile_queries
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.revisions import announce


async def settle_owned(tx: Tx, user_id: UserId) -> None:
    """Hide or show the pages of an owner who was suspended, or let back. Running twice is safe."""
    await settle_pages(tx, await queries.list_owned(tx, user_id))


async def settle_pages(tx: Tx, profile_ids: list[ProfileId]) -> None:
    """Hide pages of which no owner stands any more, and show those that have one again."""
    for profile_id in profile_ids:
        await profile_queries.lock_profile(tx, profile_id)
        if await queries.has_other_owner(tx, profile_id):
            await suspensions.show_page(tx, UserId(profile_id))
        else:
            await suspensions.hide_page(tx, UserId(profile_id))


async def lock_owned(tx: Tx, user_id: UserId) -> tuple[list[ProfileId], list[ProfileId]]:
    """Return the pages that an account owns alone, and those with others, all locked."""
    alone: list[ProfileId] = []
    shared: list[ProfileId] = []
    for profile_id in await queries.list_owned(tx, user_id):
        await profile_queries.lock_profile(tx, profile_id)
        is_shared = await queries.has_owner_beside(tx, profile_id, user_id)
        (shared if is_shared else alone).append(profile_id)
    return alone, shared


async def preview_erasure(conn: Conn, user_id: UserId) -> OwnedPages:
    """Return which pages are deleted with an account, and which stay with other owners."""
    pages = OwnedPages([], [])
    for page in await profile_queries.list_owned_pages(conn, user_id):
        (pages.kept if page.is_shared else pages.deleted).append(rules.show_profile(page))
    return pages


async def close_sockets(tx: Tx, page_id: UserId) -> None:
    """Close the WebSockets of all members as a page that is hidden or deleted."""
    await announce(tx, PROFILE_ROLE_CHANGED, f"{page_id}:")
