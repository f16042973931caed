"""Export a member's commissions and texts; erasing ends the commissions and empties the texts.

Sent files are exported with those of messages, as both are snapshots of cloud files.
"""

from veza.core.ids import UserId
from veza.domains.marketplace.commissions.models import PersonalCommissions
from veza.domains.marketplace.commissions.queries import entries
from veza.domains.marketplace.commissions.service import payment
from veza.infra.postgres.database import Conn

# Tables with a user's id, or with rows that belong to such a row.
TABLES = ("commissions", "commission_entries", "commission_files")

erase = payment.erase


async def export(conn: Conn, user_id: UserId) -> PersonalCommissions:
    """Return the commissions of a member, and what they wrote."""
    return PersonalCommissions(
        await entries.list_personal_commissions(conn, user_id),
        await entries.list_personal_entries(conn, user_id),
    )
