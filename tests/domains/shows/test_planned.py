"""Planned episodes are published when they are due and their tracks can be heard."""

from datetime import timedelta

import httpx
import pytest

from tests.domains.shows.show_world import World, titles
from veza.app.services import Services
from veza.core.clock import now
from veza.domains.shows import jobs
from veza.domains.shows.models.episodes import PublishEpisode
from veza.domains.shows.queries import episodes

# Of a track that can't be heard yet, and of one that can.
WAITING = {
    "processed": ("status = 'processing'", "status = 'ready'"),
    "taken down": ("owner_visibility = 'private'", "owner_visibility = null"),
}


async def change_track(services: Services, world: World, change: str) -> None:
    async with services.database.transaction() as tx:
        await tx.run(f"update tracks set {change} where id = $1", world.later)


async def is_due(services: Services, world: World) -> bool:
    async with services.database.read() as conn:
        found = await episodes.list_due(conn, now(), after=None, limit=500)
    return world.later in {each.track_id for each in found}


async def test_a_planned_episode_is_published_once_it_is_due(
    client: httpx.AsyncClient, services: Services, world: World
) -> None:
    async with services.database.transaction() as tx:
        sql = "update episodes set published_at = $2 where track_id = $1"
        await tx.run(sql, world.later, now() - timedelta(seconds=1))
    assert "Later" not in await titles(client, world, None)
    await jobs.enqueue_publications(services.database)
    for _ in range(2):
        await jobs.publish_episode(services.database, PublishEpisode(world.later))

    assert await titles(client, world, None) == ["First tape", "Later"]
    track = (await client.get(f"tracks/{world.later}")).json()["data"]
    assert track["visibility"] == "public"


async def test_publishing_now_keeps_a_track_for_members(
    client: httpx.AsyncClient, services: Services, world: World
) -> None:
    url = f"shows/{world.show['id']}/episodes/{world.members}"
    async with services.database.transaction() as tx:
        sql = "update episodes set is_planned = true, published_at = 'tomorrow' where track_id = $1"
        await tx.run(sql, world.members)
    assert await titles(client, world, world.fan) == ["First tape"]
    answer = await client.put(url, headers=world.owner.headers, json={"publish_at": None})
    assert answer.json()["data"]["is_planned"] is False
    assert await titles(client, world, world.fan) == ["First tape", "For members"]
    assert await titles(client, world, world.stranger) == ["First tape"]
    past = {"track_id": str(world.members), "publish_at": "2020-01-01T00:00:00Z"}
    again = await client.post(
        f"shows/{world.show['id']}/episodes", headers=world.owner.headers, json=past
    )
    assert again.json()["details"][0]["rule"] == "not_in_future"


@pytest.mark.parametrize("why", WAITING)
async def test_publishing_now_waits_for_the_track(
    client: httpx.AsyncClient, services: Services, world: World, why: str
) -> None:
    waits, goes_on = WAITING[why]
    await change_track(services, world, waits)
    url = f"shows/{world.show['id']}/episodes/{world.later}"
    answer = await client.put(url, headers=world.owner.headers, json={"publish_at": None})
    shown = answer.json()["data"]
    assert (answer.status_code, shown["is_planned"]) == (200, True)
    assert shown["published_at"] < now().isoformat()
    assert not await is_due(services, world)

    await change_track(services, world, goes_on)
    assert await is_due(services, world)
    await jobs.publish_episode(services.database, PublishEpisode(world.later))
    assert await titles(client, world, None) == ["First tape", "Later"]


@pytest.mark.parametrize("why", WAITING)
async def test_an_episode_that_is_due_waits_for_the_track(
    client: httpx.AsyncClient, services: Services, world: World, why: str
) -> None:
    waits, goes_on = WAITING[why]
    async with services.database.transaction() as tx:
        sql = "update episodes set published_at = $2 where track_id = $1"
        await tx.run(sql, world.later, now() - timedelta(seconds=1))
    # After it was found to be due, and before its job runs.
    await change_track(services, world, waits)
    await jobs.publish_episode(services.database, PublishEpisode(world.later))
    await change_track(services, world, goes_on)
    assert await titles(client, world, None) == ["First tape"]
    assert await is_due(services, world)
    await jobs.publish_episode(services.database, PublishEpisode(world.later))
    assert await titles(client, world, None) == ["First tape", "Later"]
