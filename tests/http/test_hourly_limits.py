"""How often a member may do in an hour what others see: over HTTP and the WebSocket together."""

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from msgspec import structs

from tests import make
from tests.domains.realtime.chat_client import FakeClient
from tests.make import Person
from veza.app.services import Services
from veza.app.settings.setting_types import CreatorSignup, Environment
from veza.app.settings.settings import Settings
from veza.app.sign_in import find_new_member_limits
from veza.core.access import Role
from veza.core.activities import Activity
from veza.core.clock import now
from veza.core.ids import ConversationId, UserId, lowest_id
from veza.domains.chat.messages.models.messages import MessageRef
from veza.domains.realtime import frame_handlers
from veza.domains.realtime.models import (
    EditData,
    EditFrame,
    JoinData,
    JoinFrame,
    MessageData,
    MessageFrame,
    ReactData,
    ReactFrame,
)
from veza.infra.valkey.client import WindowCounters
from veza.infra.valkey.hourly_limits import HourlyLimitReached, HourlyLimits, NewMemberLimits

MOST = 3


@pytest.fixture(autouse=True)
def limited(app, services: Services) -> Iterator[None]:
    """Allow three of each kind in an hour, over HTTP and the WebSocket."""
    context, before = app.state.context, services.hub.hourly_limits
    limits = HourlyLimits(WindowCounters(services.valkey), dict.fromkeys(Activity, MOST))
    app.state.context = structs.replace(context, hourly_limits=limits)
    services.hub.hourly_limits = limits
    yield
    app.state.context, services.hub.hourly_limits = context, before


@pytest.fixture
async def ann(services: Services) -> Person:
    return await make.person(services)


async def publish(client: httpx.AsyncClient, by: Person, content: str = "Out now"):
    return await client.post("social/posts", headers=by.headers, json={"content": content})


async def test_posts_beyond_the_limit_are_429_with_retry_after(client, services, ann):
    ben = await make.person(services)
    statuses = [(await publish(client, ann)).status_code for _ in range(MOST)]
    answer = await publish(client, ann)

    assert statuses == [201] * MOST
    assert (answer.status_code, answer.json()["code"]) == (429, "hourly_limit_reached")
    wait_s = int(answer.headers["retry-after"])
    assert 3590 <= wait_s <= 3600
    # Of the limit that refused, not of the one of addresses, of which much is left.
    shown = ("x-ratelimit-limit", "x-ratelimit-remaining", "ratelimit", "ratelimit-policy")
    assert [answer.headers.get_list(name) for name in shown] == [
        [f"{MOST}"],
        ["0"],
        [f'"hourly_limit_reached";r=0;t={wait_s}'],
        [f'"hourly_limit_reached";q={MOST};w=3600'],
    ]
    # Others, and what else the member does, are not held up.
    assert (await publish(client, ben)).status_code == 201
    assert (await client.get("social/feed", headers=ann.headers)).status_code == 200


async def test_an_api_key_and_a_session_of_a_member_share_the_limit(client, services, ann):
    headers = await make.key_headers(services, ann)
    for _ in range(MOST):
        assert (await publish(client, ann)).status_code == 201
    answer = await client.post("social/posts", headers=headers, json={"content": "By key"})
    assert answer.json()["code"] == "hourly_limit_reached"


async def test_comments_on_tracks_and_posts_share_the_limit(client, services, ann):
    creator = await make.person(services)
    post = (await publish(client, creator)).json()["data"]
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, creator.member, "A track")
    wish = {"post_id": post["id"], "content": "Lovely"}
    answers = [
        await client.post("social/comments", headers=ann.headers, json=wish) for _ in range(MOST)
    ]
    assert [answer.status_code for answer in answers] == [201] * MOST
    path = f"tracks/{track_id}/comments"
    answer = await client.post(path, headers=ann.headers, json={"content": "And this"})
    assert answer.json()["code"] == "hourly_limit_reached"


async def test_likes_and_follows_are_limited(client, services, ann):
    others = [await make.person(services) for _ in range(MOST + 1)]
    for other in others[:MOST]:
        answer = await client.post(f"users/{other.id}/follow", headers=ann.headers)
        assert answer.is_success
    answer = await client.post(f"users/{others[-1].id}/follow", headers=ann.headers)
    assert answer.json()["code"] == "hourly_limit_reached"
    # Taking it back is not limited.
    answer = await client.delete(f"users/{others[0].id}/follow", headers=ann.headers)
    assert answer.is_success

    post = (await publish(client, others[0])).json()["data"]
    likes = [
        await client.post("social/like", headers=ann.headers, json={"post_id": post["id"]})
        for _ in range(MOST + 1)
    ]
    assert [like.status_code for like in likes] == [200] * MOST + [429]


async def send_frame(
    services: Services, reader: FakeClient, place: ConversationId, content: str
) -> None:
    frame = MessageFrame(data=MessageData(content=content, conversation_id=place))
    await frame_handlers.handle_frame(services.hub, reader.connection, frame)


async def test_messages_by_http_and_websocket_share_the_limit(client, services, ann):
    place = await make.conversation(services, "room", ann)
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    try:
        await services.hub.join(reader.connection, place)
        path = f"conversations/{place}/messages"
        sent = await client.post(path, headers=ann.headers, json={"content": "By HTTP"})
        assert sent.status_code == 201
        await send_frame(services, reader, place, "By WebSocket")
        message = MessageRef(place, sent.json()["data"]["id"])
        edit = EditFrame(data=EditData(message.conversation_id, message.message_id, "Changed"))
        await frame_handlers.handle_frame(services.hub, reader.connection, edit)

        with pytest.raises(HourlyLimitReached) as refusal:
            await send_frame(services, reader, place, "One too many")
        assert 3590 <= (refusal.value.retry_after or 0) <= 3600
        answer = await client.post(path, headers=ann.headers, json={"content": "By HTTP"})
        assert (answer.status_code, answer.json()["code"]) == (429, "hourly_limit_reached")
        react = ReactFrame(data=ReactData(message.conversation_id, message.message_id, "🔥"))
        for _ in range(MOST):
            await frame_handlers.handle_frame(services.hub, reader.connection, react)
        with pytest.raises(HourlyLimitReached):
            await frame_handlers.handle_frame(services.hub, reader.connection, react)
    finally:
        services.hub.unregister(reader.connection)


async def test_joining_again_costs_nothing_and_new_rooms_do(client, services, ann):
    owner = await make.person(services)
    rooms = [await make.conversation(services, "room", owner) for _ in range(MOST + 1)]
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    try:
        for room in rooms[:MOST] * 2:
            await frame_handlers.handle_frame(
                services.hub, reader.connection, JoinFrame(data=JoinData(room))
            )
        with pytest.raises(HourlyLimitReached):
            await frame_handlers.handle_frame(
                services.hub, reader.connection, JoinFrame(data=JoinData(rooms[-1]))
            )
    finally:
        services.hub.unregister(reader.connection)
    answer = await client.post(f"conversations/{rooms[-1]}/join", headers=ann.headers)
    assert answer.json()["code"] == "hourly_limit_reached"


async def test_each_member_who_is_added_counts(client, services, ann):
    others = [str((await make.person(services)).id) for _ in range(MOST + 1)]
    group = {"type": "group", "name": "Many", "member_ids": others}
    answer = await client.post("conversations", headers=ann.headers, json=group)
    assert (answer.status_code, answer.json()["code"]) == (429, "hourly_limit_reached")
    async with services.database.read() as conn:
        made = await conn.value(
            int, "select count(*) from conversation_members where user_id = $1", ann.id
        )
    assert made == 0

    ben = await make.person(services)
    group = {"type": "group", "name": "Few", "member_ids": others[:MOST]}
    answer = await client.post("conversations", headers=ben.headers, json=group)
    assert answer.status_code == 201
    group = {"type": "group", "name": "One more", "member_ids": others[:1]}
    answer = await client.post("conversations", headers=ben.headers, json=group)
    assert answer.status_code == 429


async def test_refused_attempts_do_not_move_the_end_of_the_hour(services, ann):
    limits = services.hub.hourly_limits
    for _ in range(MOST):
        await limits.count(Activity.POST, ann.member)
    waits = []
    for _ in range(5):
        with pytest.raises(HourlyLimitReached) as refusal:
            await limits.count(Activity.POST, ann.member)
        waits.append(refusal.value.retry_after)
    assert waits == sorted(waits, reverse=True)


async def test_nobody_is_named_in_valkey(services, ann):
    await services.hub.hourly_limits.count(Activity.POST, ann.member)
    keys = await services.valkey.keys("count:hourly-*")
    assert keys
    assert not [key for key in keys if str(ann.id).encode() in key]


async def test_without_valkey_each_process_still_counts(no_valkey, ann):
    limits = HourlyLimits(WindowCounters(no_valkey.valkey), {Activity.POST: MOST})
    for _ in range(MOST):
        await limits.count(Activity.POST, ann.member)
    with pytest.raises(HourlyLimitReached):
        await limits.count(Activity.POST, ann.member)


async def test_new_members_have_lower_limits_and_staff_has_not(app, services, ann):
    lower = NewMemberLimits(
        timedelta(days=3), frozenset({Role.USER}), {Activity.POST: 1, Activity.FOLLOW: 1}
    )
    counters = WindowCounters(services.valkey)
    limits = HourlyLimits(counters, {Activity.POST: MOST}, of_new_members=lower)
    await limits.count(Activity.POST, ann.member)
    # Where others have no limit, new members have theirs.
    await limits.count(Activity.FOLLOW, ann.member)
    for activity in (Activity.POST, Activity.FOLLOW):
        with pytest.raises(HourlyLimitReached):
            await limits.count(activity, ann.member)
    creator = (await make.person(services, Role.CREATOR)).member
    old = structs.replace(ann.member, id=UserId(lowest_id(now() - timedelta(days=3, seconds=1))))
    for member in (creator, old):
        for _ in range(MOST):
            await limits.count(Activity.POST, member)
        await limits.count(Activity.COMMENT, member)


def test_creators_are_new_where_anybody_becomes_one():
    settings = Settings(env=Environment.TEST)
    opened = find_new_member_limits(settings)
    approved = structs.replace(settings, creator_signup=CreatorSignup.APPROVAL)
    assert opened is not None
    assert opened.roles == {Role.USER, Role.CREATOR}
    found = find_new_member_limits(approved)
    assert found is not None
    assert found.roles == {Role.USER}
    assert opened.limits[Activity.POST] == 10
    assert find_new_member_limits(structs.replace(settings, new_member_days=0)) is None
    assert find_new_member_limits(structs.replace(settings, rate_limit_per_ip=0)) is None
