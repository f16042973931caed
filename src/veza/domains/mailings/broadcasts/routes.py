"""Broadcasts of a profile, for its managers."""

from uuid import UUID

from litestar import Router, delete, get, post, put
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.activities import Activity
from veza.core.ids import BroadcastId, ProfileId
from veza.core.pages import BadCursor
from veza.core.profiles import NotYourProfile, Right
from veza.domains.mailings.broadcasts import errors
from veza.domains.mailings.broadcasts.models import (
    BroadcastForm,
    BroadcastPage,
    BroadcastPlan,
    BroadcastPreview,
    MailBroadcast,
    SendForm,
)
from veza.domains.mailings.broadcasts.service import drafts as service
from veza.domains.mailings.broadcasts.service.context import BroadcastContext
from veza.domains.platform.text_filters.errors import TextRefused
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.profiles.errors import ProfileNotFound
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.requests.query_parameters import CursorText, PageLimit, read_cursor
from veza.http.responses.envelope import Deleted, Done
from veza.http.services import service_of

_REFUSED = (ProfileNotFound, NotYourProfile)
_OF_ONE = (*_REFUSED, errors.BroadcastNotFound)
_TEXTS = ("subject", "text")


@get(
    "/profiles/{profile_id:uuid}/broadcasts",
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED, BadCursor],
)
async def list_broadcasts(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    conn: Conn,
    limit: PageLimit = 20,
    cursor: CursorText = None,
) -> BroadcastPage:
    """List the broadcasts of a profile that you manage with their numbers, the newest first."""
    return await service.list_broadcasts(
        conn, ProfileId(profile_id), viewer_of(request), limit=limit, cursor=read_cursor(cursor)
    )


@post(
    "/profiles/{profile_id:uuid}/broadcasts",
    access=Access.USER,
    scope=None,
    errors=[*_REFUSED, errors.TooManyBroadcastDrafts, TextRefused],
)
async def create_broadcast(
    request: AnyRequest, profile_id: FromPath[UUID], data: JSONBody[BroadcastForm], tx: Tx
) -> MailBroadcast:
    """Write a mail to the followers, buyers, members or subscribers of a profile that you manage.

    It is a draft until you send it.
    """
    author = viewer_of(request)
    service_of(request, TextFilters).screen(author, data, *_TEXTS)
    return await service.create(tx, ProfileId(profile_id), author, data)


@get(
    "/profiles/{profile_id:uuid}/broadcasts/{broadcast_id:uuid}",
    access=Access.USER,
    scope=None,
    errors=[*_OF_ONE],
)
async def show_broadcast(
    request: AnyRequest, profile_id: FromPath[UUID], broadcast_id: FromPath[UUID], conn: Conn
) -> MailBroadcast:
    """Get a broadcast with its numbers."""
    place = ProfileId(profile_id), viewer_of(request), BroadcastId(broadcast_id)
    return await service.get_broadcast(conn, *place)


@put(
    "/profiles/{profile_id:uuid}/broadcasts/{broadcast_id:uuid}",
    access=Access.USER,
    scope=None,
    errors=[*_OF_ONE, errors.BroadcastBegun, TextRefused],
)
async def change_broadcast(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    broadcast_id: FromPath[UUID],
    data: JSONBody[BroadcastForm],
    tx: Tx,
) -> MailBroadcast:
    """Change a draft."""
    author = viewer_of(request)
    service_of(request, TextFilters).screen(author, data, *_TEXTS)
    return await service.change(tx, ProfileId(profile_id), author, BroadcastId(broadcast_id), data)


@get(
    "/profiles/{profile_id:uuid}/broadcasts/{broadcast_id:uuid}/preview",
    access=Access.USER,
    scope=None,
    errors=[*_OF_ONE],
)
async def preview_broadcast(
    request: AnyRequest, profile_id: FromPath[UUID], broadcast_id: FromPath[UUID], conn: Conn
) -> BroadcastPreview:
    """Get a broadcast as it arrives, as text and as HTML."""
    context = service_of(request, BroadcastContext)
    place = ProfileId(profile_id), viewer_of(request), BroadcastId(broadcast_id)
    return await service.preview(conn, context, *place)


@post(
    "/profiles/{profile_id:uuid}/broadcasts/{broadcast_id:uuid}/test",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[*_OF_ONE, errors.NoTestAddress, errors.TooManyTestMails],
)
async def test_broadcast(
    request: AnyRequest, profile_id: FromPath[UUID], broadcast_id: FromPath[UUID], tx: Tx
) -> Done:
    """Send a broadcast to your own address alone."""
    context = service_of(request, BroadcastContext)
    place = ProfileId(profile_id), viewer_of(request), BroadcastId(broadcast_id)
    await service.test(tx, context, *place)
    return Done("A test is on its way to you.")


@post(
    "/profiles/{profile_id:uuid}/broadcasts/{broadcast_id:uuid}/send",
    access=Access.USER,
    activity=Activity.POST,
    scope=None,
    status_code=200,
    errors=[*_OF_ONE, errors.BroadcastBegun, errors.TooManyBroadcasts],
)
async def send_broadcast(
    request: AnyRequest,
    profile_id: FromPath[UUID],
    broadcast_id: FromPath[UUID],
    data: JSONBody[SendForm],
    tx: Tx,
) -> MailBroadcast:
    """Send a draft now, or at a time. Who is to get it is looked up when it begins."""
    return await service.send(
        tx,
        service_of(request, BroadcastContext),
        ProfileId(profile_id),
        viewer_of(request),
        BroadcastPlan(BroadcastId(broadcast_id), data.send_at),
    )


@delete(
    "/profiles/{profile_id:uuid}/broadcasts/{broadcast_id:uuid}",
    access=Access.USER,
    scope=None,
    status_code=200,
    errors=[*_OF_ONE, errors.BroadcastOver],
)
async def cancel_broadcast(
    request: AnyRequest, profile_id: FromPath[UUID], broadcast_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """Delete a draft, or cancel a broadcast: nobody else gets it, and it stays in the list."""
    place = ProfileId(profile_id), viewer_of(request), BroadcastId(broadcast_id)
    await service.cancel(tx, *place)
    return Deleted(broadcast_id)


router = Router(
    "/",
    route_handlers=[
        list_broadcasts,
        create_broadcast,
        show_broadcast,
        change_broadcast,
        preview_broadcast,
        test_broadcast,
        send_broadcast,
        cancel_broadcast,
    ],
    tags=["mail"],
    # The role in the profile of the path decides.
    opt={"right": Right.READ},
)
