"""API keys for your own programs: a key is shown only when it is created."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import ApiKeyId
from veza.core.profiles import NotYourProfile
from veza.core.step_up import StepUp
from veza.domains.auth.api_keys import errors, service
from veza.domains.auth.api_keys.models import ApiKeyForm, ApiKeyList, CreatedApiKey
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted, Envelope


@post(
    "/developer/api-keys",
    access=Access.USER,
    scope=None,
    step_up=StepUp.WITH_FACTORS,
    errors=[errors.TooManyApiKeys, NotYourProfile],
)
async def create_key(
    request: AnyRequest, data: JSONBody[ApiKeyForm], tx: Tx
) -> Envelope[CreatedApiKey]:
    """Create an API key for your own program. The key is shown only once.

    Send it as `X-API-Key`. It grants what both its scopes and your role allow, and never access to
    admin routes, passwords, sessions or keys. With a `profile_id` it acts as that profile only.
    """
    created = await service.create_key(tx, viewer_of(request).id, data)
    return Envelope(created, status_code=201, headers={"cache-control": "no-store"})


@get("/developer/api-keys", access=Access.USER, scope=None)
async def list_keys(request: AnyRequest, conn: Conn) -> ApiKeyList:
    """List your API keys, newest first, each with its prefix and last use."""
    return await service.list_keys(conn, viewer_of(request).id)


@delete(
    "/developer/api-keys/{key_id:uuid}",
    status_code=200,
    access=Access.USER,
    scope=None,
    step_up=StepUp.WITH_FACTORS,
    errors=[errors.ApiKeyNotFound],
)
async def revoke_key(request: AnyRequest, key_id: FromPath[UUID], tx: Tx) -> Deleted:
    """Revoke an API key of yours immediately."""
    await service.revoke_key(tx, viewer_of(request).id, ApiKeyId(key_id))
    return Deleted(key_id)


router = Router(
    "/",
    route_handlers=[create_key, list_keys, revoke_key],
    tags=["keys"],
    opt={"right": None},
)
