"""Reports of taxes as CSV, and the details that sellers enter for them."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import LOWEST_ID, SubjectId, new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.tax_reports import queries, rules
from veza.domains.marketplace.tax_reports.models import Dac7Query, Period, SellerTaxDetails
from veza.infra.postgres.database import Conn, Tx

# More than there are countries, rates, currencies and quarters that can be corrected.
_MAX_OSS_ROWS = 20_000
_ROWS_AT_ONCE = 5_000
_MAX_PARTS = 100

type OpenRead = Callable[[], AbstractAsyncContextManager[Conn]]


async def get_details(conn: Conn, seller: Member) -> SellerTaxDetails:
    """Return the details of a seller, empty ones if there are none."""
    return await queries.find_details(conn, seller.id) or SellerTaxDetails()


async def change_details(tx: Tx, seller: Member, details: SellerTaxDetails) -> SellerTaxDetails:
    """Replace the details of a seller. Raises Invalid for what doesn't fit together."""
    cleaned = rules.clean_details(details, now().date())
    await queries.upsert_details(tx, new_id(), seller.id, cleaned)
    return cleaned


async def write_oss(conn: Conn, seller: Member, quarter: Period, mode: MoneyMode) -> bytes:
    """Return what a seller declares for a quarter, as CSV."""
    rows = await queries.list_oss(conn, seller.id, quarter, mode, limit=_MAX_OSS_ROWS)
    return rules.write_oss(rows, mode)


async def write_dac7(open_read: OpenRead, asked: Dac7Query) -> AsyncIterator[bytes]:
    """Yield what the site reports for a year, as CSV: at most 500,000 rows.

    They are read in parts, each on a connection of its own: memory and connections are not held
    for as long as the client takes.
    """
    yield rules.write_dac7_header()
    after = (SubjectId(LOWEST_ID), 0, "")
    for _ in range(_MAX_PARTS):
        async with open_read() as conn:
            rows = await queries.list_dac7(conn, asked, after, limit=_ROWS_AT_ONCE)
        yield rules.write_dac7(rows, asked.year, asked.mode)
        if len(rows) < _ROWS_AT_ONCE:
            return
        after = (rows[-1].subject_id, rows[-1].quarter, rows[-1].currency)
