"""HTTP for quotas: how much a member may keep, and does."""

from litestar import Router, get

from veza.core.access import Access, Scope
from veza.domains.platform.quotas import service
from veza.domains.platform.quotas.models import StorageQuotas
from veza.http.dependencies import AnyRequest, Conn, viewer_of
from veza.http.services import service_of


@get("/users/me/storage", access=Access.USER, scope=Scope.READ)
async def show_storage(request: AnyRequest, conn: Conn) -> StorageQuotas:
    """Get how much one keeps in tracks, images, product files and gear documents, and may keep.

    `GET /cloud/quota` tells the same of one's own files.
    """
    return await service.list_quotas(conn, service_of(request, service.Quotas), viewer_of(request))


router = Router("/", route_handlers=[show_storage], tags=["users"])
