"""HTTP for admins: figures of the whole, and the jobs behind it."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, FromQuery

from veza.core import pages
from veza.core.access import Access
from veza.core.ids import JobId
from veza.domains.platform.monitoring import errors, service
from veza.domains.platform.monitoring.models import DeletedJob, Figures, Job, JobPage, JobStatus
from veza.http.dependencies import AnyRequest, Conn, Tx
from veza.http.expensive import REPORT
from veza.http.query_parameters import CursorText, PageLimit
from veza.http.services import service_of


@get("/admin/stats", access=Access.ADMIN, scope=None, expensive=REPORT)
async def show_stats(request: AnyRequest, conn: Conn) -> Figures:
    """Show how many there are of everything: members, tracks, plays, bytes, reports, jobs.

    They are counted when you ask. `money` is of the current mode, in cents: real, or the sandbox's;
    `payments.is_free_in_production` is 1 where real members get paid products for nothing.
    """
    return await service.collect_figures(conn, service_of(request, service.StatisticSources))


@get("/admin/jobs", access=Access.ADMIN, scope=None, errors=[pages.BadCursor])
async def list_jobs(
    conn: Conn,
    status: FromQuery[JobStatus] = JobStatus.FAILED,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> JobPage:
    """List jobs, the latest first: those that failed for good, unless others are asked for.

    Of what a job is about its ids are shown, of an error its kind: the rest is in the log.
    """
    place = None if cursor is None else pages.decode_cursor(cursor)
    return await service.list_jobs(conn, status, limit=limit, cursor=place)


@post(
    "/admin/jobs/{job_id:uuid}/retry",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.JobNotFound, errors.JobNotFailed, errors.JobNotNeeded],
)
async def retry_job(job_id: FromPath[UUID], tx: Tx) -> Job:
    """Have a job that failed for good tried again, with as many tries as a new one."""
    return await service.retry_job(tx, JobId(job_id))


@delete(
    "/admin/jobs/{job_id:uuid}",
    access=Access.ADMIN,
    scope=None,
    status_code=200,
    errors=[errors.JobNotFound, errors.JobNotFailed],
)
async def delete_job(job_id: FromPath[UUID], tx: Tx) -> DeletedJob:
    """Forget a job that failed for good."""
    await service.delete_job(tx, JobId(job_id))
    return DeletedJob(JobId(job_id))


router = Router("/", route_handlers=[show_stats, list_jobs, retry_job, delete_job], tags=["admin"])
