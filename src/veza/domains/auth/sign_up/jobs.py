"""Declines newcomers on whom nobody decided in ninety days; deletes old invitations."""

from contextlib import suppress
from datetime import timedelta

from veza.core.ids import UserId
from veza.domains.auth.sign_up import queries, rules
from veza.domains.auth.sign_up.errors import SignUpRequestNotFound
from veza.domains.auth.sign_up.service import approval
from veza.infra.postgres.database import Database


async def decline_old_requests(database: Database) -> None:
    """Decline newcomers who have waited for ninety days. Running twice does no harm."""
    found: list[UserId] | None = None
    while found is None or found:
        async with database.read() as conn:
            found = await queries.list_old_requests(conn, timedelta(days=rules.WAITING_DAYS))
        for user_id in found:
            # Staff may have decided meanwhile.
            with suppress(SignUpRequestNotFound):
                async with database.transaction() as tx:
                    await approval.decline(tx, user_id)


async def sweep_invitations(database: Database) -> None:
    """Delete invitations that expired a month ago."""
    async with database.transaction(recorded=False) as tx:
        await queries.delete_expired_invitations(tx, rules.INVITATION_KEPT_FOR)
