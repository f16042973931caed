"""Reminders of planned streams: to whom, once, and whatever dies between."""

import asyncio
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from tests import make
from tests.app.row_lock_steps import until_waiting
from tests.domains.live.plans_steps import change, later, upcoming
from tests.domains.live.streams_steps import Json, seen
from tests.make import Person
from veza.app.services import Services
from veza.core.clock import now
from veza.core.ids import StreamId, UserId
from veza.domains.live.jobs import announce_plans
from veza.domains.live.models.plans import PlanNews
from veza.domains.live.models.stored_streams import StreamStatus
from veza.domains.live.rules import plans
from veza.domains.notifications.inbox.jobs import plan_notices
from veza.domains.notifications.inbox.jobs.plan_notices import notify_reminded
from veza.domains.notifications.inbox.models import NotifyReminded


async def ask(client: httpx.AsyncClient, stream: Json, person: Person, status: int = 200) -> None:
    answer = await client.post(f"live/streams/{stream['id']}/reminder", headers=person.headers)
    assert answer.status_code == status, answer.text


async def come_near(services: Services, stream: Json, **until: float) -> None:
    """Set the date of a stream to so far ahead."""
    sql = "update streams set starts_at = $2 where id = $1"
    async with services.database.transaction() as tx:
        await tx.run(sql, UUID(stream["id"]), now() + timedelta(**until))


async def kinds_of(services: Services, person: Person) -> list[str]:
    return [str(each.kind) for each in await make.told(services, person)]


@pytest.fixture
def tick(services, work):
    """Run the jobs of the worker's next minute."""

    async def run() -> None:
        await announce_plans(services.database)
        await work()

    return run


def test_a_reminder_is_due_from_ten_minutes_before_a_date_to_fifteen_after_it():
    moment = now()
    minutes = [-16, -15, 0, 10, 11]
    due = [plans.is_reminder_due(moment + timedelta(minutes=n), moment) for n in minutes]
    assert due == [False, True, True, True, False]
    assert not plans.is_reminder_due(None, moment)


def test_the_news_are_those_of_the_moment_at_which_they_are_told(services):
    class Plan:
        def __init__(self, status: str, starts_in: float | None, cancelled_in: float | None = None):
            self.status = StreamStatus(status)
            self.starts_at = None if starts_in is None else moment + timedelta(hours=starts_in)
            self.cancelled_at = cancelled_in and moment + timedelta(hours=cancelled_in)

    moment = now()
    told = {
        ("draft", 0.1): PlanNews.SOON,
        ("draft", 1): None,
        ("draft", None): None,
        ("draft", -1): None,
        ("live", 1): PlanNews.STARTED,
        ("ended", -3): PlanNews.STARTED,
        ("cancelled", 5, -1): PlanNews.CANCELLED,
        ("cancelled", None, -1): PlanNews.CANCELLED,
        ("cancelled", -6, -0.1): PlanNews.CANCELLED,
        ("cancelled", -6.2, -0.1): PlanNews.MISSED,
    }
    assert {said: plans.find_news(Plan(*said), moment) for said in told} == told


async def test_who_asked_is_reminded_once_in_all_channels(
    client, services, owner, other, create, tick
):
    stream = await create(starts_at=later(days=1))
    back = await make.person(services)
    for each in (other, back):
        await ask(client, stream, each)
        await ask(client, stream, each)
    assert (await seen(client, stream["id"], other))["has_reminder"]
    answer = await client.delete(f"live/streams/{stream['id']}/reminder", headers=back.headers)
    assert answer.json()["data"]["has_reminder"] is False
    assert not (await seen(client, stream["id"], back))["has_reminder"]
    listed = (await upcoming(client, other, owner_id=str(owner.id)))["streams"]
    assert [each["has_reminder"] for each in listed] == [True]
    await tick()
    assert await kinds_of(services, other) == []
    await come_near(services, stream, minutes=9)
    for _ in range(3):
        await tick()
    assert await kinds_of(services, other) == ["stream_soon"]
    assert await kinds_of(services, back) == []
    # Who asks now knows it already.
    await ask(client, stream, back)
    await tick()
    assert await kinds_of(services, back) == []


async def test_a_reminder_moves_with_the_date(client, services, owner, other, create, tick):
    stream = await create(starts_at=later(days=1))
    await ask(client, stream, other)
    await come_near(services, stream, minutes=9)
    assert (await change(client, owner, stream, starts_at=later(hours=3))).status_code == 200
    await tick()
    assert await kinds_of(services, other) == []
    await come_near(services, stream, minutes=9)
    await tick()
    [told] = await make.told(services, other)
    # It was told, and comes again for another date.
    await client.post(f"notifications/{told.id}/read", headers=other.headers)
    await change(client, owner, stream, starts_at=later(hours=3))
    await tick()
    assert await kinds_of(services, other) == ["stream_soon"]
    await come_near(services, stream, minutes=9)
    await tick()
    assert await kinds_of(services, other) == ["stream_soon"] * 2


async def test_a_stream_that_begins_early_is_told_as_live_and_once(
    client, services, other, create, ingest, tick
):
    stream = await create(starts_at=later(minutes=40))
    await ask(client, stream, other)
    reminded = await make.person(services)
    await ask(client, stream, reminded)
    async with services.database.transaction() as tx:
        sql = """
            update stream_reminders r set reminded_of = s.starts_at
              from streams s where s.id = r.stream_id and r.user_id = $1"""
        await tx.run(sql, reminded.id)
    await ingest.publish(stream["stream_key"])
    await tick()
    assert await kinds_of(services, other) == ["went_live"]
    assert await kinds_of(services, reminded) == []
    async with services.database.read() as conn:
        sql = "select count(*) from stream_reminders where stream_id = $1"
        assert await conn.value(int, sql, UUID(stream["id"])) == 0


async def test_followers_who_were_reminded_are_told_that_it_is_live_as_well(
    client, services, owner, other, create, ingest, tick
):
    await make.follows(services, other, owner)
    stream = await create(starts_at=later(minutes=9))
    async with services.database.transaction() as tx:
        sql = "insert into stream_reminders (stream_id, user_id) values ($1, $2)"
        await tx.run(sql, UUID(stream["id"]), other.id)
    await tick()
    await ingest.publish(stream["stream_key"])
    await tick()
    assert await kinds_of(services, other) == ["went_live", "stream_soon"]


async def test_who_may_not_see_it_at_that_moment_is_not_reminded(
    client, services, owner, create, tick
):
    names = ("left", "blocked", "suspended", "muted off", "stays")
    people = {each: await make.person(services) for each in names}
    for each in people.values():
        await make.follows(services, each, owner)
    stream = await create(starts_at=later(days=1), audience="followers")
    for each in people.values():
        await ask(client, stream, each)
    off = {"kinds": {"stream_soon": {"app": False}}}
    answer = await client.put(
        "users/me/notification-preferences", headers=people["muted off"].headers, json=off
    )
    assert answer.status_code == 200, answer.text
    async with services.database.transaction() as tx:
        await tx.run("delete from follows where follower_id = $1", people["left"].id)
    await make.blocks(services, owner, people["blocked"])
    await make.suspended(services, people["suspended"])
    await come_near(services, stream, minutes=5)
    await tick()
    async with services.database.read() as conn:
        sql = "select user_id from notifications where stream_id = $1"
        assert await conn.column(UserId, sql, UUID(stream["id"])) == [people["stays"].id]


async def test_a_reminder_is_taken_back_also_of_what_one_sees_no_more(
    client, services, owner, other, create
):
    await make.follows(services, other, owner)
    stream = await create(starts_at=later(days=1), audience="followers")
    await ask(client, stream, other)
    async with services.database.transaction() as tx:
        await tx.run("delete from follows where follower_id = $1", other.id)
    path = f"live/streams/{stream['id']}/reminder"
    answers = [await client.delete(path, headers=other.headers) for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 404]
    assert answers[0].json()["data"] == {"has_reminder": False, "starts_at": None}


@pytest.mark.parametrize("how", ["taken down", "suspended", "late"])
async def test_nobody_is_reminded_of_what_nobody_sees(
    client, services, owner, other, create, tick, how
):
    stream = await create(starts_at=later(days=1))
    await ask(client, stream, other)
    await come_near(services, stream, minutes=-20 if how == "late" else 5)
    if how == "taken down":
        await make.taken_down(services, "stream", UUID(stream["id"]))
    elif how == "suspended":
        await make.suspended(services, owner)
    await tick()
    async with services.database.read() as conn:
        sql = "select count(*) from notifications where stream_id = $1"
        assert await conn.value(int, sql, UUID(stream["id"])) == 0


async def test_a_cancelled_stream_is_told_and_one_that_never_began_is_not(
    client, services, owner, other, create, tick
):
    cancelled, missed = [await create(title=t, starts_at=later(days=1)) for t in ("C", "M")]
    for each in (cancelled, missed):
        await ask(client, each, other)
    path = f"live/streams/{cancelled['id']}/cancel"
    assert (await client.post(path, headers=other.headers)).status_code == 403
    assert (await client.post(path, headers=owner.headers)).status_code == 200
    assert (await client.post(path, headers=owner.headers)).status_code == 409
    await come_near(services, missed, hours=-5.9)
    await tick()
    assert (await seen(client, missed["id"]))["status"] == "draft"
    await come_near(services, missed, hours=-6.1)
    await tick()
    await tick()
    told = await make.told(services, other)
    assert [(each.kind, each.stream.title) for each in told] == [("stream_cancelled", "C")]
    assert (await seen(client, missed["id"]))["status"] == "cancelled"
    async with services.database.read() as conn:
        sql = "select count(*) from stream_reminders where user_id = $1"
        assert await conn.value(int, sql, other.id) == 0
    await ask(client, cancelled, other, 409)


async def test_a_job_that_dies_tells_nobody_twice(services, client, create, monkeypatch):
    stream = await create(starts_at=later(days=1))
    people = [await make.person(services) for _ in range(5)]
    for each in people:
        await ask(client, stream, each)
    await come_near(services, stream, minutes=5)
    monkeypatch.setattr(plans, "TAKEN_AT_ONCE", 2)
    job = NotifyReminded(StreamId(UUID(stream["id"])), UserId(UUID(stream["owner"]["id"])))
    # A transaction is lost after it told two of them, as when the worker is killed.
    notify, calls = plan_notices.notify, 0

    async def dying(*given, **named) -> None:
        nonlocal calls
        await notify(*given, **named)
        calls += 1
        if calls == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(plan_notices, "notify", dying)
    with pytest.raises(KeyboardInterrupt):
        await notify_reminded(services.database, job)
    await asyncio.gather(*(notify_reminded(services.database, job) for _ in range(3)))
    await notify_reminded(services.database, job)
    async with services.database.read() as conn:
        sql = "select user_id from notifications where stream_id = $1"
        told = await conn.column(UserId, sql, UUID(stream["id"]))
    assert sorted(told) == sorted(each.id for each in people)


async def test_a_member_has_a_bounded_number_of_reminders(client, create, other, monkeypatch):
    monkeypatch.setattr(plans, "MAX_REMINDERS", 1)
    one, two, undated = [await create(starts_at=t) for t in (later(days=1), later(days=2), None)]
    await ask(client, undated, other, 409)
    await ask(client, one, other)
    answer = await client.post(f"live/streams/{two['id']}/reminder", headers=other.headers)
    assert answer.json()["code"] == "too_many_reminders"


async def test_a_row_that_another_holds_is_waited_for(client, services, create, other):
    stream = await create(starts_at=later(days=1))
    await ask(client, stream, other)
    await come_near(services, stream, minutes=5)
    job = NotifyReminded(StreamId(UUID(stream["id"])), UserId(UUID(stream["owner"]["id"])))
    async with services.database.transaction() as tx:
        sql = "select user_id from stream_reminders where stream_id = $1 for update"
        await tx.column(UUID, sql, UUID(stream["id"]))
        telling = asyncio.create_task(notify_reminded(services.database, job))
        await until_waiting(services.database)
    await telling
    assert await kinds_of(services, other) == ["stream_soon"]


async def test_who_asks_while_a_stream_begins_is_refused(client, services, create, other):
    stream = await create(starts_at=later(days=1))
    async with services.database.transaction() as tx:
        sql = "update streams set status = 'cancelled', cancelled_at = now() where id = $1"
        await tx.run(sql, UUID(stream["id"]))
        asking = asyncio.create_task(ask(client, stream, other, 409))
        await until_waiting(services.database)
    await asking


async def test_requests_at_once_pass_no_bound(client, services, create, other, monkeypatch):
    monkeypatch.setattr(plans, "MAX_REMINDERS", 1)
    made = [await create(title=str(n), starts_at=later(days=1)) for n in range(6)]
    paths = [f"live/streams/{each['id']}/reminder" for each in made]
    async with services.database.transaction() as tx:
        # As long as one request has the member, further ones wait.
        await tx.run("select from users where id = $1 for share", other.id)
        asking = [asyncio.create_task(client.post(path, headers=other.headers)) for path in paths]
        await until_waiting(services.database, len(asking))
    answers = await asyncio.gather(*asking)
    assert sorted(each.status_code for each in answers) == [200] + [409] * 5
