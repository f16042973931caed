"""A browser subscribes to push messages for as long as its session lasts."""

from uuid import UUID

from litestar import Router, delete, get, post
from litestar.params import FromPath, JSONBody

from veza.core.access import Access
from veza.core.ids import PushSubscriptionId
from veza.domains.notifications.push import errors, service
from veza.domains.notifications.push.models import (
    PushForm,
    PushKey,
    PushSubscription,
    PushSubscriptionList,
)
from veza.http.context import context_of
from veza.http.dependencies import AnyRequest, Conn, Tx, viewer_of
from veza.http.responses.envelope import Deleted
from veza.http.security.client import find_client
from veza.http.services import service_of


@get("/notifications/push/key", access=Access.USER, scope=None)
async def show_push_key(request: AnyRequest) -> PushKey:
    """Get the key that a browser subscribes to push messages with."""
    return service.get_key(service_of(request, service.WebPush))


@post(
    "/notifications/push/subscriptions",
    access=Access.USER,
    scope=None,
    errors=[errors.InvalidPushSubscription],
)
async def subscribe_to_push(
    request: AnyRequest, data: JSONBody[PushForm], tx: Tx
) -> PushSubscription:
    """Get notifications pushed to this browser, until its session ends.

    Send what `PushManager.subscribe()` returned. The push service must have a public address and
    HTTPS. A session has one subscription: this one replaces any before. You can have up to 20; with
    another, the oldest ends.

    A push message is encrypted JSON with the `id` and `kind` of the notification, `language`,
    `actors` (the names of up to two of `actors_count`), and `subject` with `subject_id`, where it
    leads to. With previews it also has a `title` and a `text`. What is empty is left out.
    """
    return await service.subscribe(
        tx,
        service_of(request, service.WebPush),
        viewer_of(request),
        data,
        find_client(request, context_of(request).trusted_proxies).device,
    )


@get("/notifications/push/subscriptions", access=Access.USER, scope=None)
async def list_push_subscriptions(request: AnyRequest, conn: Conn) -> PushSubscriptionList:
    """List your browsers that get push messages, newest first."""
    return await service.list_subscriptions(conn, viewer_of(request))


@delete(
    "/notifications/push/subscriptions/{subscription_id:uuid}",
    status_code=200,
    access=Access.USER,
    scope=None,
    errors=[errors.PushSubscriptionNotFound],
)
async def unsubscribe_from_push(
    request: AnyRequest, subscription_id: FromPath[UUID], tx: Tx
) -> Deleted:
    """End a subscription of yours: that browser gets no more push messages."""
    await service.unsubscribe(tx, viewer_of(request), PushSubscriptionId(subscription_id))
    return Deleted(subscription_id)


router = Router(
    "/",
    route_handlers=[
        show_push_key,
        subscribe_to_push,
        list_push_subscriptions,
        unsubscribe_from_push,
    ],
    tags=["notifications"],
    opt={"right": None},
)
