"""Sellers enter what the yearly report has of them, and download what they declare by quarter."""

from typing import Annotated

from litestar import Router, get, put
from litestar.params import JSONBody, QueryParameter

from veza.core.access import Access
from veza.core.clock import now
from veza.core.csv_rows import MEDIA_TYPE
from veza.core.filenames import attachment
from veza.core.money_mode import mode_of
from veza.core.profiles import Right
from veza.domains.marketplace.tax_reports import rules, service
from veza.domains.marketplace.tax_reports.models import SellerTaxDetails
from veza.http.dependencies import AnyRequest, Conn, Tx, reading, viewer_of
from veza.http.expensive import REPORT
from veza.http.responses.envelope import Envelope
from veza.http.services import service_of
from veza.infra.payouts.provider import PayoutProvider

_Quarter = Annotated[
    str | None,
    QueryParameter(
        pattern=r"^20\d\d-Q[1-4]$",
        max_length=7,
        description="A quarter in UTC, such as `2026-Q4`. By default the current one.",
    ),
]


@get("/sell/tax-details", access=Access.USER, scope=None)
async def show_tax_details(request: AnyRequest, conn: Conn) -> SellerTaxDetails:
    """Get what the yearly report for the tax office has of you, besides your seller profile."""
    return await service.get_details(conn, viewer_of(request))


@put("/sell/tax-details", access=Access.USER, scope=None)
async def update_tax_details(
    request: AnyRequest, data: JSONBody[SellerTaxDetails], tx: Tx
) -> SellerTaxDetails:
    """Replace what the yearly report has of you: fields that are left out are removed.

    Nobody sees it but you and admins. If you sold something, it is kept as long as your invoices.
    """
    return await service.change_details(tx, viewer_of(request), data)


@get(
    "/sell/tax-reports/oss",
    access=Access.USER,
    scope=None,
    expensive=REPORT,
    produces=MEDIA_TYPE,
)
async def show_oss_report(request: AnyRequest, quarter: _Quarter = None) -> Envelope[bytes]:
    """Download what you declare of a quarter in the one-stop shop of the EU (OSS), as CSV.

    A row `supply` has what was sold to private buyers of a country at a rate, and a `correction`
    what was refunded of an earlier quarter, below zero. Both are in the currencies of the sales.
    `unproven_sales` lack two proofs of the buyer's place that agree with the country.
    """
    period = rules.read_quarter(quarter, now().date())
    mode = mode_of(service_of(request, PayoutProvider).name)
    async with reading(request) as conn:
        content = await service.write_oss(conn, viewer_of(request), period, mode)
    headers = {
        "content-disposition": attachment(f"oss-{period.name}.csv"),
        "cache-control": "private, no-store",
    }
    return Envelope(content, media_type=MEDIA_TYPE, headers=headers)


router = Router(
    "/",
    route_handlers=[show_tax_details, update_tax_details, show_oss_report],
    tags=["seller"],
    opt={"right": Right.MONEY},
)
