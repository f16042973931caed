"""Reports of taxes as CSV, and the details that sellers enter for them."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, aclosing
from pathlib import Path

from veza.core.access import Member
from veza.core.clock import now
from veza.core.ids import new_id
from veza.core.money_mode import MoneyMode
from veza.domains.marketplace.tax_reports import queries, rules
from veza.domains.marketplace.tax_reports.models import Dac7Query, Period, SellerTaxDetails
from veza.infra.postgres.database import Conn, Tx

# More than there are countries, rates, currencies and quarters that can be corrected.
_MAX_OSS_ROWS = 20_000
_BYTES_AT_ONCE = 256 * 1024

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
    """Return the OSS report of a seller for a quarter, as CSV."""
    rows = await queries.list_oss(conn, seller.id, quarter, mode, limit=_MAX_OSS_ROWS)
    return rules.write_oss(rows, mode)


async def write_dac7(open_read: OpenRead, asked: Dac7Query, folder: Path) -> AsyncIterator[bytes]:
    """Yield the DAC7 report of a year, as CSV.

    The year is added up once, into a file without a name in a folder: memory and a connection are
    not held for as long as the client takes.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        async with open_read() as conn, aclosing(queries.list_dac7(conn, asked)) as batches:
            async for rows in batches:
                await asyncio.to_thread(file.write, rules.write_dac7(rows, asked.year, asked.mode))
        file.seek(0)
        yield rules.write_dac7_header()
        while content := await asyncio.to_thread(file.read, _BYTES_AT_ONCE):
            yield content
