"""Warranties: their owners are told before they end, once of each end."""

import asyncio
from datetime import timedelta

import pytest

from tests import make
from veza.core.clock import now
from veza.core.ids import new_id
from veza.domains.gear import jobs, rules
from veza.domains.gear.events import WarrantyEnding
from veza.infra.jobs.outbox import emit


@pytest.fixture
def told(services, call):
    """Let the clock look at all warranties: what somebody is told then, the latest first."""

    async def look(who):
        await jobs.warn_of_warranties(services.database)
        return await make.told(services, who)

    return look


def in_days(days):
    return (now().date() + timedelta(days=days)).isoformat()


async def test_an_owner_is_told_once_with_the_name_and_the_day(
    services, client, call, create, told, ann, bob
):
    gear = await create(warranty_until=in_days(20))

    await told(ann)
    [one] = await told(ann)

    answer = await client.get("notifications", headers=ann.headers)
    [shown] = answer.json()["data"]["notifications"]
    assert (shown["id"], shown["kind"], shown["actors"]) == (str(one.id), "warranty", [])
    assert shown["gear"] == {
        "id": gear["id"],
        "name": "Juno-106",
        "warranty_until": gear["warranty_until"],
    }
    assert await told(bob) == []


@pytest.mark.parametrize(
    ("days", "is_told"),
    [
        (-1, False),
        (1, True),
        (rules.WARNED_BEFORE.days - 1, True),
        (rules.WARNED_BEFORE.days + 2, False),
        (4000, False),
    ],
)
async def test_they_are_told_thirty_days_before_and_not_after(create, told, ann, days, is_told):
    # No day stands at an edge: midnight may come while this runs.
    await create(warranty_until=in_days(days))
    assert bool(await told(ann)) is is_told


async def test_of_another_end_one_is_told_again_and_of_the_same_not(call, create, told, ann):
    gear = await create(warranty_until=in_days(10))
    path = f"gear/{gear['id']}"
    assert len(await told(ann)) == 1

    await call("PUT", path, json={"notes": "As before."})
    assert len(await told(ann)) == 1
    await call("PUT", path, json={"warranty_until": in_days(400)})
    assert len(await told(ann)) == 1
    await call("PUT", path, json={"warranty_until": in_days(20)})
    assert len(await told(ann)) == 2
    await call("PUT", path, json={"warranty_until": None})
    assert len(await told(ann)) == 2


async def test_many_that_look_at_once_tell_once(services, create, ann):
    for _ in range(3):
        await create(warranty_until=in_days(10))
    await asyncio.gather(*(jobs.warn_of_warranties(services.database) for _ in range(4)))
    assert len(await make.told(services, ann)) == 3


@pytest.mark.long
async def test_more_than_one_look_takes_are_all_told(services, ann, count):
    sql = """
        insert into gear (id, owner_id, name, currency, search_text, warranty_until)
             select gen_random_uuid(), $1, 'A', 'EUR', 'a', $2 from generate_series(1, 450)
    """
    async with services.database.transaction() as tx:
        await tx.run(sql, ann.id, now().date() + timedelta(days=9))
    await jobs.warn_of_warranties(services.database)
    await make.delivered(services)
    sql = "select count(*) from notifications where user_id = $1 and kind = 'warranty'"
    assert await count(sql, ann.id) == 450


async def test_an_event_that_comes_twice_or_late_tells_at_most_once(services, call, create, ann):
    gear, gone = await create(), await create()
    await call("DELETE", f"gear/{gone['id']}")
    warning_id = new_id()
    async with services.database.transaction() as tx:
        for event in (
            WarrantyEnding(warning_id, gear["id"], ann.id),
            WarrantyEnding(warning_id, gear["id"], ann.id),
            WarrantyEnding(new_id(), gone["id"], ann.id),
        ):
            await emit(tx, event)
    [one] = await make.told(services, ann)
    assert one.gear is not None
    assert str(one.gear.id) == gear["id"]


async def test_who_does_not_want_to_hear_of_it_does_not(client, create, told, ann):
    answer = await client.put(
        "notifications/preferences", headers=ann.headers, json={"warranty": False}
    )
    assert answer.json()["data"]["warranty"] is False
    await create(warranty_until=in_days(10))
    assert await told(ann) == []


async def test_a_deleted_item_takes_along_what_was_told_of_it(call, create, told, ann):
    gear = await create(warranty_until=in_days(10))
    assert len(await told(ann)) == 1
    await call("DELETE", f"gear/{gear['id']}")
    assert await told(ann) == []


async def test_what_ends_soon_is_counted(call, create):
    for days in (-1, 10, 300):
        await create(warranty_until=in_days(days))
    summary = (await call("GET", "summary")).json()["data"]
    assert (summary["under_warranty_count"], summary["ending_soon_count"]) == (2, 1)
