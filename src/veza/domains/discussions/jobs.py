"""Reactions to what happened elsewhere."""

from veza.domains.accounts.events import UserSuspended, UserUnsuspended
from veza.domains.discussions import queries, service
from veza.domains.posts import service as posts
from veza.infra.db import Tx


async def count_shown_comments(tx: Tx, event: UserSuspended | UserUnsuspended) -> None:
    """Have the counts of posts leave out what a suspended member wrote, or count it again.

    The lists leave it out by themselves, at once. What counts is whether the member is suspended
    now, and not which of two events comes first.
    """
    is_suspended = await queries.lock_suspension(tx, event.user_id)
    if is_suspended is None:
        return
    while places := await queries.list_places(tx, event.user_id, is_hidden=not is_suspended):
        await posts.lock_posts(tx, [place.post_id for place in places])
        await service.hide_comments(tx, places, hide=is_suspended)
