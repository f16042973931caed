"""Messages of commissions are reported by the other party and taken down by staff."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from veza.core.access import Member
from veza.core.ids import CommissionEntryId
from veza.domains.cloud.files import service as files
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.marketplace.commissions.models import CommissionMessageEvidence
from veza.domains.marketplace.commissions.queries import takedowns as queries
from veza.domains.marketplace.commissions.rules import states
from veza.infra.postgres.database import Conn, Tx

# Its name in reports and take-downs.
CONTENT_TYPE = "commission_message"


async def find_evidence(
    conn: Conn, entry_id: UUID, viewer: Member
) -> CommissionMessageEvidence | None:
    """Return the content to keep with a report; None if the viewer is no party."""
    return await queries.find_evidence(conn, CommissionEntryId(entry_id), viewer.id)


async def _find(conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await queries.find_owned(conn, CommissionEntryId(content_id))
    return found and OwnedItem(found.author_id, found.words)


async def _hide(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    """Hide an entry; its author, who is locked, can't be erased meanwhile."""
    entry_id = CommissionEntryId(content_id)
    return {} if await queries.update_taken_down(tx, entry_id, is_taken_down=True) else None


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    entry_id = CommissionEntryId(content_id)
    if await queries.update_taken_down(tx, entry_id, is_taken_down=False):
        await queries.update_due_again(tx, entry_id, states.ACCEPTED_AFTER)


async def _delete(tx: Tx, content_id: UUID, _author: Member) -> None:
    snapshot_ids = await queries.update_deleted(tx, CommissionEntryId(content_id))
    await files.delete_file_snapshots(tx, snapshot_ids)


TAKEDOWN = TakedownKind(_find, _hide, _restore, _delete)
