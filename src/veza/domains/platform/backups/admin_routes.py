"""Admins list attempts to make a backup, and have one made at once."""

from litestar import Router, get, post

from veza.core.access import Access
from veza.core.step_up import StepUp
from veza.domains.platform.backups import errors, service
from veza.domains.platform.backups.models import BackupOverview, BackupPlan
from veza.http.dependencies import AnyRequest, Conn, Tx
from veza.http.requests.query_parameters import PageLimit
from veza.http.responses.envelope import Done
from veza.http.services import service_of


@get("/admin/backups", access=Access.ADMIN, scope=None)
async def list_backups(request: AnyRequest, conn: Conn, limit: PageLimit = 20) -> BackupOverview:
    """List the newest attempts to make a backup, with their results, and show the schedule.

    Those of the worker and of `veza backup`, at any target, for 400 days.
    """
    return await service.show_overview(conn, service_of(request, BackupPlan), limit)


@post(
    "/admin/backups",
    access=Access.ADMIN,
    scope=None,
    step_up=StepUp.EVERYBODY,
    status_code=202,
    errors=[errors.BackupsNotConfigured, errors.BackupRunning],
)
async def start_backup(request: AnyRequest, tx: Tx) -> Done:
    """Have a worker make a backup at once, at the target of the settings.

    It begins within a minute. If it fails, it is not tried again before the schedule says so.
    """
    await service.request(tx, service_of(request, BackupPlan))
    return Done("A backup will be made: look at the result later.")


router = Router("/", route_handlers=[list_backups, start_backup], tags=["admin"])
