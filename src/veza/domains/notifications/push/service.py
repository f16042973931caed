"""The session's browser replaces its earlier subscription; endpoints are checked first."""

from collections.abc import Collection

from msgspec import Struct

from veza.core.access import Member, session_of
from veza.core.errors import Unauthenticated
from veza.core.ids import PushSubscriptionId, new_id
from veza.domains.notifications.push import queries, rules
from veza.domains.notifications.push.errors import InvalidPushSubscription, PushSubscriptionNotFound
from veza.domains.notifications.push.models import (
    NewPushSubscription,
    PushForm,
    PushKey,
    PushSubscription,
    PushSubscriptionList,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.web_push.encryption import BrowserKeys, is_valid
from veza.infra.web_push.endpoints import PrivateEndpoint, read_endpoint
from veza.infra.web_push.vapid import VapidKey, decode


class WebPush(Struct, frozen=True):
    """The key of this server at push services, and the origins of those in its own network."""

    key: VapidKey
    trusted_origins: Collection[str]


def get_key(web_push: WebPush) -> PushKey:
    """Return the key that browsers subscribe with."""
    return PushKey(web_push.key.public_key)


async def subscribe(
    tx: Tx, web_push: WebPush, member: Member, form: PushForm, user_agent: str
) -> PushSubscription:
    """Subscribe the browser of this session, instead of any before. Raises InvalidPushSubscription.

    Beyond `MAX_SUBSCRIPTIONS` the oldest of the member ends.
    """
    keys = _read_keys(form)
    try:
        read_endpoint(form.endpoint, web_push.trusted_origins)
    except PrivateEndpoint as error:
        raise InvalidPushSubscription from error
    session_id = session_of(member)
    if not await queries.lock_live_session(tx, session_id, member.id):
        raise Unauthenticated
    await queries.delete_replaced(tx, session_id, form.endpoint)
    new = NewPushSubscription(
        id=PushSubscriptionId(new_id()),
        session_id=session_id,
        user_id=member.id,
        endpoint=form.endpoint,
        p256dh=keys.p256dh,
        auth=keys.auth,
        user_agent=user_agent,
        language=form.language,
        has_previews=form.has_previews,
    )
    made = await queries.insert_subscription(tx, new)
    if made is None:
        raise InvalidPushSubscription
    await queries.delete_beyond(tx, member.id, keep=rules.MAX_SUBSCRIPTIONS)
    return made


async def list_subscriptions(conn: Conn, member: Member) -> PushSubscriptionList:
    """Return the browsers of a member that get push messages, newest first."""
    found = await queries.list_subscriptions(conn, member.id, member.session_id)
    return PushSubscriptionList(found)


async def unsubscribe(tx: Tx, member: Member, subscription_id: PushSubscriptionId) -> None:
    """End a subscription. Raises PushSubscriptionNotFound."""
    if not await queries.delete_subscription(tx, member.id, subscription_id):
        raise PushSubscriptionNotFound


def _read_keys(form: PushForm) -> BrowserKeys:
    try:
        keys = BrowserKeys(decode(form.keys.p256dh), decode(form.keys.auth))
    except ValueError as error:
        raise InvalidPushSubscription from error
    if not is_valid(keys):
        raise InvalidPushSubscription
    return keys
