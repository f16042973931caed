"""Admins see statistics, traffic and settings, and retry or delete failed jobs."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import JobId
from veza.domains.platform.monitoring import errors, service
from veza.domains.platform.monitoring.models import (
    AdminJob,
    JobPage,
    JobStatus,
    SettingList,
    Statistics,
    TrafficReport,
    TrafficSpan,
)
from veza.http.dependencies import AnyRequest, Conn, Tx
from veza.http.expensive import REPORT
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of


@get("/admin/stats", access=Access.ADMIN, scope=None, expensive=REPORT)
async def show_stats(request: AnyRequest, conn: Conn) -> Statistics:
    """Show statistics: members, tracks, plays, bytes, reports, jobs and more.

    They are counted at each request. `money` is in cents, of the current mode: real, or the
    sandbox's. `payments.is_free_in_production` is 1 if members get paid products without paying
    real money.
    """
    return await service.collect_statistics(conn, service_of(request, service.StatisticSources))


@get("/admin/traffic", access=Access.ADMIN, scope=None, expensive=REPORT)
async def show_traffic(conn: Conn, span: FromQuery[TrafficSpan] = TrafficSpan.DAY) -> TrafficReport:
    """Show how many requests were answered over time, and how fast.

    Of all nodes, up to a minute old. `mean_ms` is null where nothing was requested.
    """
    return await service.report_traffic(conn, span)


@get("/admin/settings", access=Access.ADMIN, scope=None, sync_to_thread=False)
def list_settings(request: AnyRequest) -> SettingList:
    """List the settings in effect, and where each is from.

    The value of a setting that may hold a secret is never shown, only whether it is set.
    """
    return service_of(request, SettingList)


@get("/admin/jobs", access=Access.ADMIN, scope=None, errors=[pages.BadCursor])
async def list_jobs(
    conn: Conn,
    status: FromQuery[JobStatus] = JobStatus.FAILED,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> JobPage:
    """List jobs, newest first; by default those that failed for good.

    A job is shown with the ids it is about, and the type of its error: the details are in the log.
    """
    return await service.list_jobs(conn, status, limit=limit, cursor=read_cursor(cursor))


@post(
    "/admin/jobs/{job_id:uuid}/retry",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.JobNotFound, errors.JobNotFailed, errors.JobNotNeeded],
)
async def retry_job(job_id: FromPath[UUID], tx: Tx) -> AdminJob:
    """Retry a job that failed for good, with as many attempts as a new job."""
    return await service.retry_job(tx, JobId(job_id))


@delete(
    "/admin/jobs/{job_id:uuid}",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.JobNotFound, errors.JobNotFailed],
)
async def delete_job(job_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Delete a job that failed for good."""
    await service.delete_job(tx, JobId(job_id))
    return Deleted(job_id)


router = Router(
    "/",
    route_handlers=[show_stats, show_traffic, list_settings, list_jobs, retry_job, delete_job],
    tags=["admin"],
)
