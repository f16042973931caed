"""Exports commissions and what a member wrote in them. Erasing ends them, and keeps no words."""

from veza.core.ids import UserId
from veza.domains.cloud.blobs import service as blobs
from veza.domains.contributions import PersonalFile
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


async def list_files(conn: Conn, user_id: UserId) -> list[PersonalFile]:
    """Return the sent files that are in none of the member's files any more."""
    return [
        PersonalFile(f"{each.id}-{each.name}", blobs.object_key(each.blob_id), each.size_bytes)
        for each in await entries.list_personal_contents(conn, user_id)
    ]
