"""Switches targets off with the management of a page."""

from veza.core.ids import UserId
from veza.domains.profiles.events import ProfileClaimed, ProfileManagementEnded
from veza.domains.restreams.queries import targets as queries
from veza.infra.postgres.database import Tx

# How often the worker looks what is to be sent: what ends, ends within two seconds.
LOOK_INTERVAL_S = 1.0


async def switch_targets_off(tx: Tx, event: ProfileClaimed | ProfileManagementEnded) -> None:
    """Switch the targets of a page off, which somebody named who doesn't manage it any more.

    Who manages it switches on what is theirs. It may run twice.
    """
    owner_id = UserId(event.profile_id)
    await queries.lock_targets(tx, owner_id)
    await queries.switch_off(tx, owner_id)
