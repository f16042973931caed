"""Hubs of WebSub are told what changes in public feeds, once for many changes, and nothing else."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import feedparser
import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.domains.shows.show_world import World, add_track, made
from tests.fakes.hub import FakeHub
from tests.http.apps import BASE_URL
from veza.app.reactions import REACTIONS
from veza.app.services import Services
from veza.domains.shows import jobs
from veza.domains.shows.models.hubs import FeedHubs, PingHub
from veza.domains.shows.queries import shows
from veza.http.services import ServiceRegistry
from veza.infra.foreign_http.hubs import HubAnswer, HubClient
from veza.infra.jobs.outbox import EventDelivery
from veza.infra.jobs.queue import RetryLater

type Change = Callable[..., Any]


@pytest.fixture
def hub() -> Iterator[FakeHub]:
    with FakeHub() as running:
        yield running


class Site:
    """A server with a hub: what its worker does in a minute."""

    def __init__(self, services: Services, hub: FakeHub) -> None:
        self.hubs = FeedHubs([hub.url], BASE_URL)
        self._services = services
        self._hub = hub
        self._publisher = HubClient(self.hubs.addresses)

    async def tell(self) -> list[str]:
        """Deliver events, look for changes, and tell the hub; return what it was told."""
        await EventDelivery(self._services.database, REACTIONS).deliver_due()
        await jobs.announce_feeds(self._services.database, self.hubs)
        for job in await self.take_jobs():
            await self.ping(job)
        return self._hub.take()

    async def take_jobs(self) -> list[PingHub]:
        sql = """
            with taken as (delete from jobs where name = 'PingHub' returning payload)
            select convert_from(payload, 'UTF8') from taken
        """
        async with self._services.database.transaction() as tx:
            return [msgspec.json.decode(each, type=PingHub) for each in await tx.column(str, sql)]

    async def ping(self, job: PingHub) -> None:
        await jobs.ping_hub(self.hubs, self._publisher, job)


@pytest.fixture
async def told(services: Services, hub: FakeHub, world: World) -> Site:
    """A site whose hub knows the feed of the show already."""
    site = Site(services, hub)
    assert world.show["feed_url"] in await site.tell()
    return site


@pytest.fixture
def change(client: httpx.AsyncClient, world: World) -> Change:
    """Change the show, an episode of it, or another thing of its owner."""

    async def send(path: str = "", /, **said: Any) -> None:
        url = path or f"shows/{world.show['id']}"
        answer = await client.put(url, headers=world.owner.headers, json=said)
        assert answer.status_code == 200, answer.text

    return send


async def test_feeds_name_their_hubs(
    app: Litestar, site: httpx.AsyncClient, client: httpx.AsyncClient, world: World, hub: FakeHub
) -> None:
    url = world.show["feed_url"]
    path = url.removeprefix(BASE_URL)
    before = await site.get(path)
    assert "link" not in before.headers
    assert b'rel="hub"' not in before.content
    hubs = FeedHubs([hub.url, "https://hub.example/"], BASE_URL)
    registry: ServiceRegistry = app.state.services
    none = registry.replace(FeedHubs, hubs)
    try:
        await _read_named(site, client, world, hubs)
    finally:
        registry.replace(FeedHubs, none)


async def _read_named(
    site: httpx.AsyncClient, client: httpx.AsyncClient, world: World, hubs: FeedHubs
) -> None:
    url = world.show["feed_url"]
    path = url.removeprefix(BASE_URL)
    answer = await site.get(path)
    feed = feedparser.parse(answer.content).feed
    links = [(link.rel, link.href) for link in feed.links if link.rel in {"hub", "self"}]
    named = [*(("hub", each) for each in hubs.addresses), ("self", url)]
    assert sorted(links) == named
    assert answer.headers["link"] == ", ".join(f'<{to}>; rel="{rel}"' for rel, to in named)
    # The feed of a member is a secret.
    show = f"shows/{world.show['id']}"
    key = await made(client, f"{show}/feed-key", world.fan)
    own = await site.get(str(key["feed_url"]).removeprefix(BASE_URL))
    assert own.status_code == 200
    assert b'rel="hub"' not in own.content
    assert "link" not in own.headers
    unlisted = {"visibility": "unlisted"}
    answer = await client.put(show, headers=world.owner.headers, json=unlisted)
    assert answer.status_code == 200
    assert b'rel="hub"' not in (await site.get(path)).content


async def test_pages_after_the_first_name_no_hub(
    app: Litestar,
    services: Services,
    client: httpx.AsyncClient,
    site: httpx.AsyncClient,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with services.database.transaction() as tx:
        track_id = await add_track(tx, world.owner, "Second tape")
    episodes = f"shows/{world.show['id']}/episodes"
    await made(client, episodes, world.owner, track_id=str(track_id))
    monkeypatch.setattr("veza.domains.shows.service.feeds.ITEMS", 1)
    registry: ServiceRegistry = app.state.services
    none = registry.replace(FeedHubs, FeedHubs(["https://hub.example"], BASE_URL))
    try:
        first = await site.get(world.show["feed_url"].removeprefix(BASE_URL))
        assert b'rel="hub"' in first.content
        links = feedparser.parse(first.content).feed.links
        following = next(link.href for link in links if link.rel == "next")
        second = await site.get(following.removeprefix(BASE_URL))
    finally:
        registry.replace(FeedHubs, none)
    assert second.status_code == 200
    assert b'rel="hub"' not in second.content
    assert "link" not in second.headers


async def test_each_change_of_a_feed_is_told_once(
    services: Services, client: httpx.AsyncClient, world: World, told: Site, change: Change
) -> None:
    url = world.show["feed_url"]
    episodes = f"shows/{world.show['id']}/episodes"
    assert await told.tell() == []
    for number in range(3):
        await change(title=f"Tape Hours {number}")
    assert await told.tell() == [url]
    await change(f"{episodes}/{world.open}", notes="Other notes")
    assert await told.tell() == [url]
    await change(f"tracks/{world.open}", title="The first tape")
    assert await told.tell() == [url]
    await change(f"tracks/{world.open}", visibility="private")
    assert await told.tell() == [url]
    async with services.database.transaction() as tx:
        track_id = await add_track(tx, world.owner, "Another")
        loose = await add_track(tx, world.owner, "In no show")
    await made(client, episodes, world.owner, track_id=str(track_id))
    assert await told.tell() == [url]
    answer = await client.delete(f"tracks/{track_id}", headers=world.owner.headers)
    assert answer.status_code == 200
    assert await told.tell() == [url]
    await change(f"tracks/{loose}", title="Still in none")
    assert await told.tell() == []
    # A cover that is taken down, and all else that changes a show without its owner.
    async with services.database.transaction() as tx:
        await shows.update_cover(tx, UUID(world.show["id"]), None)
    assert await told.tell() == [url]


async def test_a_planned_episode_is_told_when_it_is_public(
    services: Services, world: World, told: Site
) -> None:
    async with services.database.transaction() as tx:
        sql = "update episodes set published_at = now() - interval '1 s' where track_id = $1"
        await tx.run(sql, world.later)
    await jobs.enqueue_publications(services.database)
    assert await told.tell() == []
    await jobs.publish_episode(services.database, jobs.PublishEpisode(world.later))
    assert await told.tell() == [world.show["feed_url"]]


async def test_what_is_not_public_is_named_to_no_hub(
    services: Services, client: httpx.AsyncClient, told: Site, world: World, change: Change
) -> None:
    for visibility in ("unlisted", "private"):
        show = await made(client, "shows", world.owner, title="Quiet", visibility=visibility)
        await change(f"shows/{show['id']}", description="Quiet talk")
        assert await told.tell() == []
    # One that was public is told once more, so that what the hub has of it can go.
    await change(visibility="private")
    assert await told.tell() == [world.show["feed_url"]]
    await change(title="Behind the door")
    assert await told.tell() == []
    await change(visibility="public")
    assert await told.tell() == [world.show["feed_url"]]
    await make.suspended(services, world.owner)
    assert await told.tell() == [world.show["feed_url"]]
    assert await told.tell() == []


async def test_nothing_is_kept_or_called_without_hubs(
    services: Services, hub: FakeHub, world: World
) -> None:
    await jobs.announce_feeds(services.database, FeedHubs([], ""))
    async with services.database.read() as conn:
        left = "select count(*) from changed_feeds where show_id = $1"
        assert await conn.value(int, left, world.show["id"]) == 0
        known = "select is_announced from shows where id = $1"
        assert await conn.value(bool, known, world.show["id"]) is False
    # A job of a hub that is not in the settings any more.
    gone = PingHub(world.show["id"], hub.url)
    await jobs.ping_hub(FeedHubs([], ""), HubClient([hub.url]), gone)
    assert hub.told == []


async def test_a_change_while_a_hub_is_told_is_told_afterwards(
    services: Services, world: World, told: Site, change: Change
) -> None:
    for number in range(3):
        # One job waits, however often the feed changes before a worker has time.
        await change(title=f"Tape Hours {number}")
        await jobs.announce_feeds(services.database, told.hubs)
    async with services.database.transaction() as tx:
        sql = """
            update jobs
               set status = 'picked', leased_until = now() + interval '1 day'
             where name = 'PingHub'
        """
        assert await tx.run(sql) == 1
    await change(title="Tape Days")
    await jobs.announce_feeds(services.database, told.hubs)
    assert await told.take_jobs() == [PingHub(UUID(world.show["id"]), told.hubs.addresses[0])] * 2


async def test_a_hub_that_is_away_is_told_later(
    hub: FakeHub, world: World, told: Site, change: Change
) -> None:
    await change(title="Tape Days")
    hub.statuses += [503, 429, 0]
    job = PingHub(world.show["id"], hub.url)
    for _ in range(3):
        with pytest.raises(RetryLater) as away:
            await told.ping(job)
        assert away.value.first_pause >= timedelta(minutes=1)
    hub.take()
    hub.statuses += [400, 302]
    await told.ping(job)
    await told.ping(job)
    # No redirect was followed.
    assert len(hub.take()) == 2


async def test_hubs_in_private_networks_are_those_of_the_settings(hub: FakeHub) -> None:
    url = "https://music.example/feeds/shows/1.xml"
    stranger = HubClient(["https://hub.example"])
    assert await stranger.publish(hub.url, url) is HubAnswer.UNAVAILABLE
    assert hub.told == []
    assert await HubClient([hub.url]).publish(hub.url, url) is HubAnswer.ACCEPTED
    assert hub.take() == [url]
