"""Ends access to rooms of a tier with the membership, also for sockets that are open."""

from veza.domains.chat.conversations.queries import conversations, members
from veza.domains.chat.conversations.service.conversations import remove_memberships
from veza.infra.postgres.database import Database

_BATCH = 1000


async def remove_former_members(database: Database) -> None:
    """Remove from rooms whoever has their tier no more.

    Until then these neither read nor write; what is sent to open sockets ends with this.
    """
    found = _BATCH
    while found == _BATCH:
        async with database.read() as conn:
            former = await conversations.list_former_members(conn)
        found = len(former)
        for each in former:
            async with database.transaction() as tx:
                # They may have it again meanwhile.
                if await members.lock_former(tx, each):
                    await remove_memberships(tx, each.user_id, [each.conversation_id])
