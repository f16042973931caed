"""Exports credits; of an erased member nothing is left in those of others."""

from veza.core.ids import UserId
from veza.domains.music.credits import queries
from veza.domains.music.credits.models import CreditedKind
from veza.domains.music.credits.service import UNKNOWN
from veza.infra.postgres.database import Tx

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("track_credits", "release_credits")

export = queries.list_personal_credits


async def erase(tx: Tx, user_id: UserId) -> None:
    """Forget a member, whose items were erased, and whom `forget` took out of those of others."""
    for kind in CreditedKind:
        await queries.update_forgotten(tx, kind, user_id, UNKNOWN)


async def move(tx: Tx, user_id: UserId, into_id: UserId) -> None:
    """Move the credits of a page to another profile, after its tracks and releases."""
    for kind in CreditedKind:
        await queries.update_profile(tx, kind, user_id, into_id)
