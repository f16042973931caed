"""Erasing deletes personal details of events; the events and signatures stay."""

from veza.core.ids import UserId
from veza.domains.platform.audit.queries import event_records
from veza.infra.postgres.database import Tx

# Tables that contain a member's id, directly or through another table.
TABLES = ("audit_subjects", "audit_details")

export = event_records.list_events_by


async def erase(tx: Tx, user_id: UserId) -> None:
    """Delete the links between events and the member. Events and signatures are kept."""
    tx.erased = user_id
    await event_records.delete_details_about(tx, user_id)
    await event_records.delete_details_by(tx, user_id)
    await event_records.delete_subject(tx, user_id)
