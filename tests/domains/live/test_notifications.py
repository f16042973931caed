"""Followers are notified once of a live stream, however often its encoder reconnects."""

import pytest

from tests import make
from tests.domains.live.streams_steps import passed
from veza.domains.notifications.inbox.jobs.follower_notices import notify_followers
from veza.domains.notifications.inbox.models import NotifyFollowers


async def told_of_streams(services, someone, work):
    await work()
    return [each for each in await make.told(services, someone) if each.kind == "went_live"]


async def test_followers_are_notified_once(services, ingest, create, owner, other, work):
    await make.follows(services, other, owner)
    stream = await create()
    assert await told_of_streams(services, other, work) == []

    await ingest.publish(stream["stream_key"])
    await ingest.done(stream["stream_key"])
    await ingest.publish(stream["stream_key"])

    [told] = await told_of_streams(services, other, work)
    assert told.stream is not None
    assert (str(told.stream.id), told.stream.title) == (stream["id"], stream["title"])
    assert [actor.id for actor in told.actors] == [owner.id]


async def test_a_read_notification_is_not_repeated(
    client, services, ingest, create, owner, other, work
):
    await make.follows(services, other, owner)
    stream = await create()
    await ingest.publish(stream["stream_key"])
    [told] = await told_of_streams(services, other, work)
    await client.post(f"notifications/{told.id}/read", headers=other.headers)
    await notify_followers(services.database, NotifyFollowers(told.stream.id, owner.id))
    assert len(await told_of_streams(services, other, work)) == 1


async def test_the_next_stream_is_another_notification(
    services, ingest, create, owner, other, work
):
    await make.follows(services, other, owner)
    stream = await create()
    await ingest.publish(stream["stream_key"])
    await ingest.done(stream["stream_key"])
    await passed(services, stream["id"], 61)
    await ingest.publish(stream["stream_key"])
    assert len(await told_of_streams(services, other, work)) == 2


async def test_notification_preferences_are_respected(
    client, services, ingest, create, owner, work
):
    deaf, muting, stranger = [await make.person(services) for _ in range(3)]
    for each in (deaf, muting):
        await make.follows(services, each, owner)
    await make.mutes(services, muting, owner)
    off = {"went_live": False}
    answer = await client.put("notifications/preferences", headers=deaf.headers, json=off)
    assert answer.status_code == 200, answer.text
    stream = await create()
    await ingest.publish(stream["stream_key"])
    for each in (deaf, muting, stranger, owner):
        assert await told_of_streams(services, each, work) == []


@pytest.mark.long
async def test_many_followers_are_all_notified(services, ingest, create, owner, work):
    async with services.database.transaction() as tx:
        members = [(await make.member_in(tx))[0].id for _ in range(501)]
        sql = "insert into follows (follower_id, followed_id) select unnest($1::uuid[]), $2"
        await tx.run(sql, members, owner.id)
    stream = await create()
    await ingest.publish(stream["stream_key"])
    await work()
    async with services.database.read() as conn:
        sql = "select count(distinct user_id) from notifications where stream_id = $1::text::uuid"
        assert await conn.value(int, sql, stream["id"]) == 501


async def test_notifications_are_deleted_with_the_streamer(
    services, ingest, create, owner, other, work
):
    await make.follows(services, other, owner)
    stream = await create()
    await ingest.publish(stream["stream_key"])
    assert len(await told_of_streams(services, other, work)) == 1
    await make.suspended(services, owner)
    assert await told_of_streams(services, other, work) == []
