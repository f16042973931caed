"""Deletes expired challenges of logins, and encrypts secrets again with the newest key."""

from veza.core.ids import LOWEST_ID, UserId
from veza.domains.auth.factors import queries
from veza.domains.auth.factors.service import authenticator_apps
from veza.infra.postgres.database import Database
from veza.infra.security.encryption import Encryptor


async def reseal_secrets(database: Database, encryptor: Encryptor) -> int:
    """Encrypt all secrets with the newest encryption key; return how many were outdated."""
    count = 0
    after = UserId(LOWEST_ID)
    while True:
        async with database.transaction() as tx:
            done = await authenticator_apps.reseal_batch(tx, encryptor, after)
        if not done:
            return count
        count = count + len(done)
        after = done[-1].user_id


async def sweep_challenges(database: Database) -> None:
    """Delete challenges of logins that have expired."""
    async with database.transaction() as tx:
        await queries.delete_expired_challenges(tx)
