"""HTTP for storage quotas."""

from litestar import Router, get

from veza.core.access import Access, Scope
from veza.domains.platform.uploads import service
from veza.domains.platform.uploads.models import StorageQuotas
from veza.http.dependencies import AnyRequest, Conn, viewer_of
from veza.http.services import service_of


@get("/users/me/storage", access=Access.USER, scope=Scope.READ)
async def show_storage(request: AnyRequest, conn: Conn) -> StorageQuotas:
    """Get your storage quotas and usage: tracks, images, product files and gear documents.

    `GET /cloud/quota` has the quota of your cloud files.
    """
    return await service.list_quotas(conn, service_of(request, service.Uploads), viewer_of(request))


router = Router("/", route_handlers=[show_storage], tags=["users"])
