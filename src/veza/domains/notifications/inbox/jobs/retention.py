"""Old notifications are deleted."""

from veza.core.clock import now
from veza.core.ids import LOWEST_ID, UserId
from veza.domains.notifications.inbox import rules
from veza.domains.notifications.inbox.queries import notifications
from veza.infra.postgres.database import Database


async def sweep_notifications(database: Database) -> None:
    """Delete notifications that are too old, or too many for a member."""
    too_old = now() - rules.KEPT_FOR
    deleted = rules.SWEPT_AT_ONCE
    while deleted == rules.SWEPT_AT_ONCE:
        async with database.transaction() as tx:
            deleted = await notifications.delete_old(tx, too_old, at_once=rules.SWEPT_AT_ONCE)
    after: UserId | None = UserId(LOWEST_ID)
    while after is not None:
        async with database.transaction() as tx:
            after = await notifications.delete_beyond(tx, after, keep=rules.MAX_KEPT)
