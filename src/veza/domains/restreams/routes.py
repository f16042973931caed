"""Owners of streams name servers of other platforms that get them, too."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import RestreamTargetId
from veza.core.profiles import Right
from veza.domains.live.errors import MayNotStream
from veza.domains.live.service.context import LiveContext
from veza.domains.restreams import errors
from veza.domains.restreams.models import (
    RestreamTarget,
    RestreamTargetChange,
    RestreamTargetForm,
    RestreamTargets,
)
from veza.domains.restreams.service import targets
from veza.domains.restreams.service.targets import RestreamContext, RestreamSettings
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted
from veza.http.services import service_of

_TARGETS = "/live/restreams"
_TARGET = "/live/restreams/{restream_target_id:uuid}"


@get(_TARGETS, access=Access.USER, right=Right.MANAGE, scope=None, errors=[MayNotStream])
async def list_restream_targets(request: AnyRequest, conn: Conn) -> RestreamTargets:
    """List the servers of other platforms to which the caller's streams are sent.

    While a stream is on air, each says what it gets.
    """
    return await targets.list_targets(conn, _context(request), viewer_of(request))


@post(
    _TARGETS,
    access=Access.USER,
    right=Right.MANAGE,
    scope=None,
    errors=[MayNotStream, errors.RestreamsOff, errors.TooManyRestreamTargets],
)
async def add_restream_target(
    request: AnyRequest, tx: Tx, data: JSONBody[RestreamTargetForm]
) -> RestreamTarget:
    """Add a server that gets the caller's streams, too, by RTMP. There are up to three.

    The key is stored encrypted, and never shown again.
    """
    return await targets.add_target(tx, _context(request), viewer_of(request), data)


@put(
    _TARGET,
    access=Access.USER,
    right=Right.MANAGE,
    needs_space=False,
    scope=None,
    errors=[MayNotStream, errors.RestreamTargetNotFound],
)
async def update_restream_target(
    request: AnyRequest,
    restream_target_id: FromPath[UUID],
    tx: Tx,
    data: JSONBody[RestreamTargetChange],
) -> RestreamTarget:
    """Change a target, or switch it on or off. What is sent to it begins anew."""
    return await targets.change_target(
        tx, _context(request), RestreamTargetId(restream_target_id), viewer_of(request), data
    )


@delete(
    _TARGET,
    access=Access.USER,
    right=Right.MANAGE,
    needs_space=False,
    scope=None,
    status_code=200,
    errors=[errors.RestreamTargetNotFound],
)
async def delete_restream_target(
    request: AnyRequest, restream_target_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete a target. It gets nothing more within two seconds."""
    await targets.delete_target(tx, RestreamTargetId(restream_target_id), viewer_of(request))
    return Deleted(restream_target_id)


def _context(request: AnyRequest) -> RestreamContext:
    return RestreamContext(service_of(request, RestreamSettings), service_of(request, LiveContext))


router = Router(
    "/",
    route_handlers=[
        list_restream_targets,
        add_restream_target,
        update_restream_target,
        delete_restream_target,
    ],
    tags=["live"],
)
