"""Members get the statement of a month: what they earned, what was taken back and paid out."""

from contextlib import AbstractAsyncContextManager
from typing import Annotated, Any

from litestar import Router, get
from litestar.params import QueryParameter
from litestar.response import Stream

from veza.core.access import Access
from veza.core.clock import now
from veza.core.filenames import attachment
from veza.core.profiles import Right
from veza.domains.auth.accounts import shared_queries as account_queries
from veza.domains.marketplace.invoices.service import InvoiceDocuments
from veza.domains.marketplace.statements import rules, service
from veza.domains.marketplace.statements.models import StatementFormat, Statements
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, client_of, reading, viewer_of
from veza.http.expensive import REPORT
from veza.http.responses.envelope import Envelope
from veza.http.services import service_of
from veza.infra.postgres.database import Conn

_CSV, _PDF = "text/csv", "application/pdf"
_Month = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^20\d\d-(0[1-9]|1[0-2])$",
        max_length=7,
        description="A month in UTC, such as `2026-11`. By default the current one.",
    ),
]
_Format = Annotated[
    StatementFormat,
    QueryParameter(description="`csv` has a row for each movement, `pdf` the sums for printing."),
]


@get(
    "/marketplace/statements",
    access=Access.USER,
    scope=None,
    expensive=REPORT,
    also_produces=f"{_CSV} {_PDF}",
)
async def show_statements(
    request: AnyRequest,
    month: _Month = None,
    format: _Format = StatementFormat.JSON,  # noqa: A002 - the name of the query's parameter
) -> Envelope[Statements]:
    """Get your statement of a month, for each currency: sales, fees, refunds, disputes, transfers.

    What is split is there with your part. The balances are those of the ledger: what was earned and
    not transferred; below zero it is owed. Real money and that of the sandbox (`test`) are
    separate. As CSV it ends with the closing balance: without that row it is not complete.
    """
    chosen = rules.read_month(month, now().date())
    member = viewer_of(request)
    async with reading(request) as conn:
        found = await service.list_statements(conn, member, chosen)
        username = await account_queries.find_username(conn, member.id)
    name = f"statement-{rules.name_month(chosen)}.{format}"
    headers = {"content-disposition": attachment(name), "cache-control": "private, no-store"}
    match format:
        case StatementFormat.JSON:
            return Envelope(service.show_statements(found, chosen))
        case StatementFormat.CSV:
            rows = service.write_entries(lambda: _open_read(request), found, chosen)
            answer: Any = Stream(rows, media_type=_CSV, headers=headers)
            return answer
        case StatementFormat.PDF:
            typesetter = service_of(request, InvoiceDocuments).typesetter
            pdf: Any = await service.print_statements(typesetter, found, chosen, username=username)
            return Envelope(pdf, media_type=_PDF, headers=headers)


def _open_read(request: AnyRequest) -> AbstractAsyncContextManager[Conn]:
    reads = context_of(request).expensive_reads
    return reads.read(REPORT, client_of(request).address)


router = Router(
    "/", route_handlers=[show_statements], tags=["marketplace"], opt={"right": Right.MONEY}
)
