"""Owners are told once, some days before a recording expires."""

from datetime import timedelta
from uuid import UUID

import pytest

from tests import make
from tests.domains.replays.recordings_steps import go_on_air, start
from veza.core.clock import now
from veza.domains.replays import jobs


@pytest.fixture
def tick(services, work):
    """Run the job of the worker's next hour."""

    async def run() -> None:
        await jobs.announce_expiring(services.database)
        await work()

    return run


@pytest.fixture
async def made(client, services, owner, sound):
    """A recording that is complete."""
    air = await go_on_air(services, owner, sound)
    found = await start(client, owner, air)
    air.send(25)
    await air.end()
    await air.record()
    return found


async def expires(services, made, **until: float) -> None:
    async with services.database.transaction() as tx:
        sql = "update stream_recordings set expires_at = $2 where id = $1"
        await tx.run(sql, UUID(made["id"]), now() + timedelta(**until))


async def kinds_of(services, person) -> list[str]:
    return [str(each.kind) for each in await make.told(services, person)]


async def test_the_owner_is_told_once(client, services, owner, made, tick):
    await tick()
    assert await kinds_of(services, owner) == []
    await expires(services, made, days=3, minutes=1)
    await tick()
    assert await kinds_of(services, owner) == []
    await expires(services, made, days=2, hours=23)
    await tick()
    await tick()
    assert await kinds_of(services, owner) == ["recording_expiring"]
    answer = await client.get("notifications", headers=owner.headers)
    [told] = answer.json()["data"]["notifications"]
    assert told["stream"] == {"id": made["stream_id"], "title": "Dusk till dub"}
    # Also after it was read, and whatever is said a second time.
    await client.post(f"notifications/{told['id']}/read", headers=owner.headers)
    async with services.database.transaction() as tx:
        await tx.run("update stream_recordings set expiry_told_at = null")
    await tick()
    assert len(await make.told(services, owner)) == 1


async def test_a_track_is_no_news_and_neither_is_what_is_gone(
    client, services, owner, made, tick, work
):
    await expires(services, made, days=1)
    answer = await client.post(f"live/recordings/{made['id']}/publish", headers=owner.headers)
    assert answer.status_code == 201, answer.text
    await tick()
    assert "recording_expiring" not in await kinds_of(services, owner)
    async with services.database.transaction() as tx:
        await tx.run("update stream_recordings set track_id = null")
    await jobs.announce_expiring(services.database)
    await client.delete(f"live/recordings/{made['id']}", headers=owner.headers)
    await work()
    assert "recording_expiring" not in await kinds_of(services, owner)


async def test_who_switched_it_off_hears_nothing(client, services, owner, made, tick):
    off = {"recording_expiring": False}
    answer = await client.put("notifications/preferences", headers=owner.headers, json=off)
    assert answer.status_code == 200, answer.text
    await expires(services, made, days=1)
    await tick()
    assert await kinds_of(services, owner) == []
