"""Reactions to what happened elsewhere."""

from veza.domains.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.posts import queries
from veza.infra.db import Tx


async def count_shown_likes(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of posts leave out the likes of a suspended member, or count them again.

    What counts is whether the member is suspended now, and not which of two events comes first.
    """
    is_suspended = await queries.lock_suspension(tx, event.user_id)
    if is_suspended is None:
        return
    while post_ids := await queries.list_liked_posts(tx, event.user_id, is_hidden=not is_suspended):
        await queries.lock_posts(tx, post_ids)
        await queries.update_hidden(tx, event.user_id, post_ids, hide=is_suspended)
