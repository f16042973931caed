"""Admins download what the site reports of its sellers for a year."""

from contextlib import AbstractAsyncContextManager

from litestar import Router, post
from litestar.params import JSONBody
from litestar.response import Stream

from veza.core.access import Access
from veza.core.csv_rows import MEDIA_TYPE
from veza.core.filenames import attachment
from veza.core.money_mode import mode_of
from veza.core.step_up import StepUp
from veza.domains.marketplace.tax_reports import rules, service
from veza.domains.marketplace.tax_reports.models import Dac7Form, Dac7Query
from veza.domains.music.audio.service.audio_storage import AudioStorage
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, client_of
from veza.http.expensive import REPORT
from veza.http.services import service_of
from veza.infra.payouts.provider import PayoutProvider
from veza.infra.postgres.database import Conn


@post(
    "/admin/tax-reports/dac7",
    access=Access.ADMIN,
    scope=None,
    expensive=REPORT,
    step_up=StepUp.EVERYBODY,
    status_code=200,
    produces=MEDIA_TYPE,
)
async def make_dac7_report(request: AnyRequest, data: JSONBody[Dac7Form]) -> Stream:
    """Download what the site reports of its sellers for a year (DAC7, directive 2021/514), as CSV.

    A row for each seller, quarter and currency: what was sold in it less what was refunded in it,
    and who they are, as far as they entered it. Which of them are reported is for you to decide.
    That you had it made is in the audit log.
    """
    period = rules.read_year(data.year)
    asked = Dac7Query(period, mode_of(service_of(request, PayoutProvider).name))
    headers = {
        "content-disposition": attachment(f"dac7-{period.name}.csv"),
        "cache-control": "private, no-store",
    }
    folder = service_of(request, AudioStorage).folder
    rows = service.write_dac7(lambda: _open_read(request), asked, folder)
    return Stream(rows, media_type=MEDIA_TYPE, headers=headers)


def _open_read(request: AnyRequest) -> AbstractAsyncContextManager[Conn]:
    reads = context_of(request).expensive_reads
    return reads.read(REPORT, client_of(request).address)


router = Router("/", route_handlers=[make_dac7_report], tags=["admin"])
