"""Viewer counts by heartbeats, and the media of streams."""

import asyncio
import re
from contextlib import AsyncExitStack

import httpx
import pytest
from msgspec import structs

from tests import make
from tests.domains.live.streams_steps import passed, seen
from tests.http.apps import assemble
from tests.support.addresses import BASE_URL, own_address
from veza.app.api import wrap
from veza.core.ids import StreamId, new_id
from veza.core.listener_identity import MAX_LISTENERS_OF_A_NETWORK, ListenerIdentity
from veza.domains.live.viewers import ViewerCounter

PLAYLIST = b"#EXTM3U\n#EXTINF:2.000,\n1764100000000.ts\n"


async def beat(client, stream_id, viewer=None, agent="a browser") -> httpx.Response:
    headers = {"User-Agent": agent} | (viewer.headers if viewer else {})
    return await client.post(f"live/streams/{stream_id}/heartbeat", headers=headers)


def viewer(name: str, network: str = "a network") -> ListenerIdentity:
    return ListenerIdentity(name, network)


def client_at(app, settings) -> httpx.AsyncClient:
    """A client with an address of its own."""
    transport = httpx.ASGITransport(app=wrap(app, settings), client=(own_address(), 1234))
    return httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/")


@pytest.fixture
async def live(ingest, create):
    stream = await create()
    await ingest.publish(stream["stream_key"])
    return stream


async def test_each_viewer_counts_once(client, live, owner, other):
    for viewer, agent in [(owner, "x"), (owner, "y"), (other, "x"), (None, "x"), (None, "y")] * 2:
        answer = await beat(client, live["id"], viewer, agent)
        assert answer.status_code == 200, answer.text
    assert answer.json()["data"] == {"viewers_count": 3, "next_in_seconds": 10}
    shown = await seen(client, live["id"])
    assert [shown[f"{name}_viewers"] for name in ("peak", "total")] == [3, 3]
    assert shown["viewers_count"] == 3


async def test_concurrent_viewers_are_all_counted(app, settings, live):
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(client_at(app, settings)) for _ in range(20)]
        await asyncio.gather(*(beat(one, live["id"]) for one in clients))
        assert (await seen(clients[0], live["id"]))["viewers_count"] == 20


async def test_a_user_agent_adds_no_viewer(client, live, owner):
    for n in range(30):
        await beat(client, live["id"], agent=f"made up {n}")
    shown = await seen(client, live["id"])
    assert [shown[f"{name}_viewers"] for name in ("peak", "total")] == [1, 1]
    answer = await beat(client, live["id"], owner, agent="made up 99")
    assert answer.json()["data"]["viewers_count"] == 2


async def test_fresh_accounts_of_one_address_add_a_bounded_number_of_viewers(services):
    stream_id = StreamId(new_id())
    seen_last = None
    for n in range(MAX_LISTENERS_OF_A_NETWORK + 10):
        seen_last = await services.live.viewers.count_viewer(stream_id, viewer(f"u:{n}"))
    assert seen_last is not None
    assert seen_last.counts.current == MAX_LISTENERS_OF_A_NETWORK
    # Viewers who are counted already, and those of another network, still count.
    await services.live.viewers.count_viewer(stream_id, viewer("u:0"))
    other = await services.live.viewers.count_viewer(stream_id, viewer("u:new", "another"))
    assert other is not None
    assert other.counts.current == MAX_LISTENERS_OF_A_NETWORK + 1


async def test_all_addresses_of_an_ipv6_network_are_one(app, settings, live):
    transports = [
        httpx.ASGITransport(app=wrap(app, settings), client=(f"2001:db8::{n}", 1234))
        for n in range(1, 4)
    ]
    for transport in transports:
        async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as near:
            answer = await beat(near, live["id"])
            assert answer.json()["data"]["viewers_count"] == 1


async def test_viewer_counts_are_stored_at_the_end(client, services, ingest, live, owner, other):
    for person in (owner, other, None):
        await beat(client, live["id"], person)
    await ingest.done(live["stream_key"])
    await passed(services, live["id"], 61)
    shown = await seen(client, live["id"])
    assert (shown["viewers_count"], shown["peak_viewers"], shown["total_viewers"]) == (0, 3, 3)


async def test_viewers_without_heartbeat_expire(services):
    viewers, stream_id = services.live.viewers, StreamId(new_id())
    await viewers.count_viewer(stream_id, viewer("m:1"))
    key = f"viewers:{stream_id}"
    # As if half a minute had gone by.
    [mark] = await services.valkey.zrange(key, 0, -1)
    await services.valkey.zadd(key, {mark: 1})
    assert (await viewers.get_counts([stream_id]))[stream_id].current == 0
    watched = await viewers.count_viewer(stream_id, viewer("m:2"))
    assert watched is not None
    assert (watched.counts.current, watched.counts.total) == (1, 2)


async def test_counts_are_due_to_be_stored_at_intervals(services):
    stream_id = StreamId(new_id())
    viewers = services.live.viewers
    first = await viewers.count_viewer(stream_id, viewer("m:1"))
    assert first is not None
    assert first.is_due
    # As if no time went by.
    await services.valkey.persist(f"viewers_noted:{stream_id}")
    later = [await viewers.count_viewer(stream_id, viewer(f"m:{n}")) for n in range(5)]
    assert not any(each.is_due for each in later if each is not None)
    await services.valkey.delete(f"viewers_noted:{stream_id}")
    due = await viewers.count_viewer(stream_id, viewer("m:1"))
    assert due is not None
    assert due.is_due


async def test_without_valkey_no_viewers_are_counted(no_valkey, live, client):
    context = structs.replace(no_valkey.live, viewers=ViewerCounter(no_valkey.valkey))
    _, app = assemble(structs.replace(no_valkey, live=context))
    transport = httpx.ASGITransport(app=app, client=(own_address(), 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"{BASE_URL}/api/v1/") as alone:
        answer = await beat(alone, live["id"])
        assert answer.status_code == 200
        assert answer.json()["data"]["viewers_count"] == 0
        shown = await alone.get(f"live/streams/{live['id']}")
        assert shown.json()["data"]["viewers_count"] == 0


async def test_streams_that_are_not_live_count_no_viewers(client, services, create, ingest):
    stream = await create()
    assert (await beat(client, stream["id"])).json()["code"] == "stream_not_live"
    await ingest.publish(stream["stream_key"])
    await ingest.done(stream["stream_key"])
    assert (await beat(client, stream["id"])).json()["code"] == "stream_not_live"


async def test_no_device_data_is_stored(client, services, live, owner):
    await beat(client, live["id"], agent="a very special browser")
    await beat(client, live["id"], owner)
    marks = await services.valkey.zrange(f"viewers:{live['id']}", 0, -1)
    assert len(marks) == 2
    assert all(re.fullmatch(b"[0-9a-f]{32}", mark) for mark in marks)
    assert not any(b"fd00" in key for key in await services.valkey.keys("viewers*"))


@pytest.fixture
def write(services, live):
    """Write what the ingest would: `write("index.m3u8", b"...")`."""
    folder = services.live.folder / live["id"]
    folder.mkdir(parents=True)

    def put(name: str, content: bytes) -> None:
        (folder / name).write_bytes(content)

    return put


async def test_a_live_stream_is_playable(client, live, write):
    write("index.m3u8", PLAYLIST)
    write("1764100000000.ts", b"G" * 188)
    path = f"live/streams/{live['id']}/hls"
    playlist = await client.get(f"{path}/index.m3u8")
    assert (playlist.status_code, playlist.content) == (200, PLAYLIST)
    assert playlist.headers["content-type"].startswith("application/vnd.apple.mpegurl")
    assert playlist.headers["cache-control"] == "no-cache"
    segment = await client.get(f"{path}/1764100000000.ts")
    assert (segment.status_code, segment.content) == (200, b"G" * 188)
    assert segment.headers["content-type"] == "video/mp2t"
    assert segment.headers["cache-control"] == "public, max-age=3600, s-maxage=1, immutable"
    known = {"If-None-Match": segment.headers["etag"]}
    again = await client.get(f"{path}/1764100000000.ts", headers=known)
    assert (again.status_code, again.content) == (304, b"")


async def test_an_ended_stream_is_playable_for_a_minute(
    client, services, ingest, live, write, owner
):
    write("index.m3u8", PLAYLIST)
    path = f"live/streams/{live['id']}/hls/index.m3u8"
    await ingest.done(live["stream_key"])
    # They may come back: no player is told to end.
    assert (await client.get(path)).content == PLAYLIST
    await ingest.publish(live["stream_key"])
    await client.post(f"live/streams/{live['id']}/end", headers=owner.headers)
    last = await client.get(path)
    assert (last.status_code, last.content) == (200, PLAYLIST + b"#EXT-X-ENDLIST\n")
    await passed(services, live["id"], 60)
    assert (await client.get(path)).status_code == 404


async def test_streams_of_suspended_members_are_not_playable(client, services, live, write, owner):
    write("index.m3u8", PLAYLIST)
    path = f"live/streams/{live['id']}/hls/index.m3u8"
    await make.suspended(services, owner)
    assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    "name",
    ["2.ts", "index.m3u8.bak", "..%2Findex.m3u8", "%2e%2e", "secret.txt", "index.m3u8%00", "1.key"],
)
async def test_only_stream_media_are_served(client, services, live, write, name):
    write("secret.txt", b"secret")
    write("index.m3u8.bak", b"secret")
    write("1.key", b"secret")
    answer = await client.get(f"live/streams/{live['id']}/hls/{name}")
    assert answer.status_code == 404
    assert b"secret" not in answer.content.replace(b"secrets", b"")


async def test_symbolic_links_are_not_followed(client, services, live, write):
    (services.live.folder / live["id"] / "1.ts").symlink_to(
        services.settings.data_dir / "secrets.json"
    )
    assert (await client.get(f"live/streams/{live['id']}/hls/1.ts")).status_code == 404


async def test_a_draft_has_no_media(client, create):
    stream = await create()
    assert (await client.get(f"live/streams/{stream['id']}/hls/index.m3u8")).status_code == 404
