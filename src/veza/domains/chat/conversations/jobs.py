"""Ends access to rooms of a tier with the membership, also for sockets that are open."""

from veza.domains.chat.conversations.queries import conversations, members
from veza.domains.chat.conversations.service.conversations import remove_memberships
from veza.infra.postgres.database import Database

# The number of former members that are looked up at once.
_BATCH = 1000


async def remove_former_members(database: Database) -> None:
    """Remove members from rooms whose tier they have no more.

    Reading, writing and events ended when they lost it. This corrects the number of members, and
    ends the presence of others that open sockets get.
    """
    is_done = False
    while not is_done:
        async with database.read() as conn:
            former = await conversations.list_former_members(conn)
        removed = 0
        for each in former:
            async with database.transaction() as tx:
                # They may have it again meanwhile.
                if await members.lock_former(tx, each):
                    await remove_memberships(tx, each.user_id, [each.conversation_id])
                    removed += 1
        # If none was removed, the next batch would be the same.
        is_done = len(former) < _BATCH or removed == 0
