"""Anybody sees the figures of moderation, if the site publishes them."""

from litestar import Router, get

from veza.domains.moderation.transparency import errors, service
from veza.domains.moderation.transparency.models import TransparencyReport, TransparencySettings
from veza.http.dependencies import AnyRequest, Conn
from veza.http.services import service_of


@get("/transparency", credentials="ignored", errors=[errors.TransparencyOff])
async def show_transparency(request: AnyRequest, conn: Conn) -> TransparencyReport:
    """Show figures of moderation by quarter: reports, decisions, time, appeals, notices.

    They are counted every hour.
    """
    return await service.show_report(conn, service_of(request, TransparencySettings))


router = Router("/", route_handlers=[show_transparency], tags=["moderation"])
