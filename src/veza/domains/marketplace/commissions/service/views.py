"""Show commissions, and open their files, for the parties and for staff."""

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import required
from veza.core.ids import FileSnapshotId, OrderItemId
from veza.core.pages import Cursor, cut
from veza.core.signed_urls import UrlBuilder
from veza.domains.marketplace.commissions.errors import CommissionFileNotFound, CommissionNotFound
from veza.domains.marketplace.commissions.models import (
    Commission,
    CommissionPage,
    CommissionQuery,
    Party,
    ServedFile,
    StoredCommission,
)
from veza.domains.marketplace.commissions.queries import entries, records
from veza.domains.marketplace.commissions.rules import states, views
from veza.infra.postgres.database import Conn


async def get_commission(
    conn: Conn, commission_id: OrderItemId, viewer: Member, urls: UrlBuilder
) -> Commission:
    """Return a commission with all that happened. Raises CommissionNotFound."""
    stored = required(await records.find_commission(conn, commission_id), CommissionNotFound)
    role = states.party_of(stored, viewer)
    found = await entries.list_entries(conn, commission_id)
    shown = views.show(stored, found, role, moment=now(), urls=urls)
    if role is Party.STAFF and await records.has_interest(conn, commission_id, viewer.id):
        # Another member of staff decides.
        return structs.replace(shown, steps=[])
    return shown


async def list_commissions(conn: Conn, viewer: Member, query: CommissionQuery) -> CommissionPage:
    """Return a page of the commissions of a buyer or a seller, newest first."""
    return _cut(await records.list_commissions(conn, viewer.id, query), query)


async def list_disputed(conn: Conn, query: CommissionQuery) -> CommissionPage:
    """Return a page of the commissions that were disputed, newest first."""
    return _cut(await records.list_disputed(conn, query), query)


async def open_file(
    conn: Conn, commission_id: OrderItemId, file_id: FileSnapshotId, viewer: Member
) -> ServedFile:
    """Return the data for serving a file. Raises CommissionNotFound, CommissionFileNotFound."""
    stored = required(await records.find_commission(conn, commission_id), CommissionNotFound)
    role = states.party_of(stored, viewer)
    found = required(await entries.find_file(conn, commission_id, file_id), CommissionFileNotFound)
    views.ensure_may_open(stored, found, role)
    return found


def _cut(found: list[StoredCommission], query: CommissionQuery) -> CommissionPage:
    page, next_cursor = cut(found, query.limit, lambda each: Cursor(each.created_at, each.id))
    shown = [views.summarize(each, query.role, now()) for each in page]
    return CommissionPage(shown, next_cursor, next_cursor is not None)
