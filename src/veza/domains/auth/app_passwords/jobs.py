"""Encrypts all app passwords again with the newest key, for a command."""

from veza.core.ids import LOWEST_ID, AppPasswordId
from veza.domains.auth.app_passwords.service import AppPasswords, reseal_batch


async def reseal_passwords(passwords: AppPasswords) -> int:
    """Encrypt all app passwords with the newest encryption key; return how many were outdated."""
    count = 0
    after = AppPasswordId(LOWEST_ID)
    while True:
        async with passwords.database.transaction() as tx:
            done = await reseal_batch(tx, passwords.encryptor, after)
        if not done:
            return count
        count = count + len(done)
        after = done[-1].id
