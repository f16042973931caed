"""Explicit shows and episodes are left out of lists by the choice of a listener, as tracks are."""

from typing import Any
from uuid import UUID

import httpx

from tests import make
from tests.domains.shows.show_world import World, made, titles
from veza.app.services import Services
from veza.core.ids import ShowId, TrackId, new_id
from veza.domains.shows.queries import newest
from veza.domains.shows.service.search import index_shows


async def choose(client: httpx.AsyncClient, person: make.Person, explicit: str) -> None:
    answer = await client.put("users/me", json={"explicit": explicit}, headers=person.headers)
    assert answer.status_code == 200, answer.text


async def test_explicit_episodes_are_left_out_of_lists(
    client: httpx.AsyncClient, services: Services, world: World
) -> None:
    async with services.database.transaction() as tx:
        await tx.run("update tracks set is_explicit = true where id = $1", world.open)
    everything = ["First tape", "For members"]
    assert await titles(client, world, world.fan) == everything
    await choose(client, world.fan, "hide")
    await choose(client, world.owner, "hide")
    assert await titles(client, world, world.fan) == ["For members"]
    assert "First tape" in await titles(client, world, world.owner)
    assert await titles(client, world, None) == ["First tape"]

    async with services.database.read() as conn:
        for viewer, expected in ((world.fan, set[TrackId]()), (world.stranger, {world.open})):
            of_show = await newest.list_newest_of(
                conn, [ShowId(UUID(world.show["id"]))], viewer.id, 10
            )
            of_all = await newest.list_newest(conn, viewer.id, 1_000)
            for found in (of_show, of_all):
                assert {each.track_id for each in found} & {world.open} == expected

    # At its own address it is shown.
    path = f"shows/{world.show['id']}/episodes/{world.open}"
    assert (await client.get(path, headers=world.fan.headers)).status_code == 200


async def test_a_site_that_hides_what_is_explicit_has_no_such_episode_in_feeds(
    client: httpx.AsyncClient, services: Services, site: httpx.AsyncClient, world: World
) -> None:
    feed = f"/feeds/shows/{world.show['id']}.xml"
    async with services.database.transaction() as tx:
        await tx.run("update tracks set is_explicit = true where id = $1", world.open)
    assert "First tape" in (await site.get(feed)).text
    try:
        async with services.database.transaction(recorded=False) as tx:
            await tx.run("update site_profile set explicit = 'hide'")
        assert await titles(client, world, None) == []
        assert "First tape" not in (await site.get(feed)).text
    finally:
        await make.plain_site(services)


async def test_explicit_shows_are_left_out_of_lists(
    client: httpx.AsyncClient, services: Services, world: World
) -> None:
    word = f"w{new_id().hex[-10:]}"
    show = await made(
        client, "shows", world.owner, title=word, is_explicit=True, visibility="public"
    )
    async with services.database.transaction() as tx:
        await index_shows(tx, [ShowId(UUID(show["id"]))])

    async def find(who: make.Person | None) -> set[str]:
        """Return where somebody sees the show."""
        places = {
            "all": "shows?limit=50",
            "page": f"users/{world.owner.username}/shows",
            "search": f"search?q={word}&types=shows",
        }
        found = set[str]()
        for place, path in places.items():
            answer = await client.get(path, headers={} if who is None else who.headers)
            listed: list[dict[str, Any]] = answer.json()["data"]["shows"]
            found |= {place for each in listed if each["id"] == show["id"]}
        return found

    everywhere = {"all", "page", "search"}
    assert await find(world.stranger) == await find(None) == everywhere
    await choose(client, world.stranger, "hide")
    await choose(client, world.owner, "hide")
    assert await find(world.stranger) == set()
    assert await find(world.owner) == await find(None) == everywhere
    answer = await client.get(f"shows/{show['id']}", headers=world.stranger.headers)
    assert answer.status_code == 200
