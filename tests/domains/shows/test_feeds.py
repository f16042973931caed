"""Feeds of shows as applications read them, for all and for members of a tier."""

import io
from urllib.parse import urlsplit

import feedparser
import httpx
import podcastparser
import pytest

from tests import make
from tests.domains.shows.show_world import STREAM, World, made
from tests.raw import hearing
from veza.app.services import Services
from veza.infra.valkey.rate_limiter import RateLimit

# `podcastparser` knows the namespace by its former name alone; the elements are the same.
_NAMESPACES = (
    b"https://podcastindex.org/namespace/1.0",
    b"https://github.com/Podcastindex-org/podcast-namespace/blob/main/docs/1.0.md",
)
VTT = "WEBVTT\n\n00:00.000 --> 00:04.000\n<v Ada>Welcome to the harbour."


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


async def _read(site: httpx.AsyncClient, url: str) -> feedparser.FeedParserDict:
    answer = await site.get(_path(url))
    assert answer.status_code == 200, answer.text
    found = feedparser.parse(answer.content)
    assert not found.bozo, found.get("bozo_exception")
    return found


async def _own_feed(client: httpx.AsyncClient, world: World) -> str:
    made_feed = await made(client, f"shows/{world.show['id']}/feed-key", world.fan)
    return str(made_feed["feed_url"])


async def test_applications_read_the_feed(
    client: httpx.AsyncClient, site: httpx.AsyncClient, world: World
) -> None:
    episode = f"shows/{world.show['id']}/episodes/{world.open}"
    put = await client.put(
        f"{episode}/transcript", headers=world.owner.headers, json={"transcript": VTT}
    )
    assert put.status_code == 200
    url = world.show["feed_url"]
    feed = await _read(site, url)

    assert (feed.feed.title, feed.feed.language) == ("Tape Hours", "de")
    assert feed.feed.publisher_detail.name == "Harbour Radio"
    assert feed.feed.podcast_guid == world.show["guid"]
    assert (feed.feed.podcast_license, feed.feed.podcast_medium) == ("cc-by-4.0", "podcast")
    [entry] = feed.entries
    assert (entry.title, entry.id) == ("First tape", str(world.open))
    assert (entry.itunes_season, entry.itunes_episode) == ("1", "2")
    assert entry.itunes_episodetype == "full"
    [enclosure] = entry.enclosures
    sent = await site.get(_path(enclosure.href))
    assert (sent.content, sent.headers["content-type"]) == (STREAM, enclosure.type)
    assert len(STREAM) == int(enclosure.length)
    part = await site.get(_path(enclosure.href), headers={"range": "bytes=4-9"})
    assert (part.status_code, len(part.content)) == (206, 6)

    content = (await site.get(_path(url))).content.replace(*_NAMESPACES)
    parsed = podcastparser.parse(url, io.BytesIO(content))
    assert parsed["title"] == "Tape Hours"
    assert parsed["funding_url"] == "https://harbour.example/give"
    [item] = parsed["episodes"]
    assert item["enclosures"][0]["file_size"] == len(STREAM)
    assert item["number"] == 2
    assert item["total_time"] == 180
    chapters = await site.get(_path(item["chapters_json_url"]))
    assert chapters.headers["content-type"].startswith("application/json+chapters")
    assert chapters.json()["chapters"] == [
        {"startTime": 0, "title": "Hello"},
        {"startTime": 60, "title": "Loops"},
    ]
    transcript = await site.get(_path(item["transcript_url"]))
    assert transcript.headers["content-type"] == "text/vtt; charset=utf-8"
    assert b"<v Ada>Welcome" in transcript.content


async def test_a_feed_is_asked_for_again_and_moves_away(
    client: httpx.AsyncClient, site: httpx.AsyncClient, world: World
) -> None:
    path = _path(world.show["feed_url"])
    first = await site.get(path)
    assert first.headers["last-modified"].endswith("GMT")
    same = await site.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    own = await _own_feed(client, world)
    show = f"shows/{world.show['id']}"
    there = "https://other.example/feed.xml"
    moved = await client.put(show, headers=world.owner.headers, json={"moved_to": there})
    assert moved.status_code == 200, moved.text
    answer = await site.get(path)
    assert (answer.status_code, answer.headers["location"]) == (301, there)
    assert (await site.get(_path(own))).status_code == 200


async def test_pages_of_a_feed_have_all_episodes(
    client: httpx.AsyncClient,
    site: httpx.AsyncClient,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("veza.domains.shows.service.feeds.ITEMS", 1)
    found: list[str] = []
    url: str | None = await _own_feed(client, world)
    while url is not None:
        feed = await _read(site, url)
        found += [entry.title for entry in feed.entries]
        url = next((link.href for link in feed.feed.links if link.rel == "next"), None)
    assert found == ["For members", "First tape"]


async def test_a_member_has_a_feed_as_long_as_the_membership_lasts(
    client: httpx.AsyncClient, site: httpx.AsyncClient, services: Services, world: World
) -> None:
    key_url = f"shows/{world.show['id']}/feed-key"
    refused = await client.post(key_url, headers=world.stranger.headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_a_member")
    first = await _own_feed(client, world)
    feed = await _read(site, first)
    assert {entry.title for entry in feed.entries} == {"First tape", "For members"}
    assert feed.feed.itunes_block == 1
    audio = {entry.title: _path(entry.enclosures[0].href) for entry in feed.entries}
    for path in audio.values():
        sent = await site.get(path)
        assert (sent.status_code, sent.content) == (200, STREAM)
        assert sent.headers["cache-control"].startswith("private")
    bare = audio["For members"].partition("?")[0]
    later = f"/feeds/shows/{world.show['id']}/{world.later}.m4a?{urlsplit(first).query}"
    for path in (bare, f"{bare}?key={'A' * 43}", f"{bare}?key=A", later):
        assert (await site.get(path)).status_code == 404, path

    second = await _own_feed(client, world)
    assert (await site.get(_path(first))).status_code == 404
    state = (await client.get(key_url, headers=world.fan.headers)).json()["data"]
    assert state["created_at"] is not None
    works = audio["For members"].replace(urlsplit(first).query, urlsplit(second).query)
    assert (await site.get(works)).status_code == 200

    end = "update memberships set access_until = now() - interval '1 second'"
    async with services.database.transaction() as tx:
        await tx.run(f"{end}, paid_until = now() - interval '1 second'")
    for path in (_path(second), works):
        assert (await site.get(path)).status_code == 404, path
    async with services.database.transaction() as tx:
        await tx.run("update memberships set access_until = now() + interval '1 day'")
    assert (await client.delete(key_url, headers=world.fan.headers)).status_code == 200
    assert (await site.get(works)).status_code == 404
    again = await client.delete(key_url, headers=world.fan.headers)
    assert again.json()["code"] == "show_key_not_found"
    third = _path(await _own_feed(client, world))
    await make.suspended(services, world.fan)
    assert (await site.get(third)).status_code == 404
    await make.unsuspended(services, world.fan)
    assert (await site.get(third)).status_code == 200


async def test_a_key_is_stored_as_its_hash_and_used_within_a_limit(
    client: httpx.AsyncClient,
    site: httpx.AsyncClient,
    services: Services,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with hearing(services, "show_keys") as heard:
        url = await _own_feed(client, world)
    key = urlsplit(url).query.removeprefix("key=")
    assert heard
    assert all(key not in str(values) for _, values in heard)

    limit = "veza.domains.shows.routes.feeds._PER_KEY"
    monkeypatch.setattr(limit, RateLimit("show_key_test", 2, 60))
    found = [(await site.get(_path(url))).status_code for _ in range(3)]
    assert found == [200, 200, 429]
