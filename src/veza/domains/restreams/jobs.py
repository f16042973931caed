"""Switches targets off with the management of a page, and encrypts keys again."""

from veza.core.ids import UserId
from veza.domains.profiles.events import ProfileClaimed, ProfileManagementEnded
from veza.domains.restreams.queries import targets as queries
from veza.domains.restreams.service.targets import reseal_batch
from veza.infra.postgres.database import Database, Tx
from veza.infra.security.encryption import Encryptor

# How often the worker looks what is to be sent: what ends, ends within two seconds.
LOOK_INTERVAL_S = 1.0


async def switch_targets_off(tx: Tx, event: ProfileClaimed | ProfileManagementEnded) -> None:
    """Switch the targets of a page off, which somebody named who doesn't manage it any more.

    Who manages it switches on what is theirs. It may run twice.
    """
    owner_id = UserId(event.profile_id)
    await queries.lock_targets(tx, owner_id)
    await queries.switch_off(tx, owner_id)


async def reseal_target_keys(database: Database, encryptor: Encryptor) -> int:
    """Encrypt all keys of targets with the newest encryption key; return how many were outdated."""
    count = 0
    after = queries.FIRST_ID
    while True:
        async with database.transaction() as tx:
            done = await reseal_batch(tx, encryptor, after)
        if not done:
            return count
        count = count + len(done)
        after = done[-1].id
