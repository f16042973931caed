"""Three HTTP processes never answer with less than what was acknowledged before they were asked.

An author changes a title and publishes posts through one process after the other, while readers
ask all of them, with several connections each: their requests share queries and bodies. Each title
has a number. A reader notes the latest acknowledged number before each request, and fails where the
answer has a lower one. This is more than both promises: authors see their own change in the very
next response, and every process shows it within a second.
"""

import asyncio
import itertools
import os
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import httpx
import pytest

from tests import sounds
from tests.journeys.served import another_process, calling, served, sign_up, upload, wait_for_track

pytestmark = pytest.mark.long

READERS_OF_EACH = 8
# Some twenty seconds; a million take minutes.
MANY_READS = int(os.environ.get("FRESHNESS_READS", "100_000"))
_NUMBER = re.compile(rb'"(?:title|content)":"Number (\d+)')
_LENGTH = re.compile(rb"content-length: (\d+)")


class Written:
    """The numbers of the latest change that was begun, and that was acknowledged."""

    def __init__(self) -> None:
        self.begun = self.acknowledged = 0


@dataclass(frozen=True)
class Cluster:
    """The addresses of the processes, the author's token, the id of their track, and its changes.

    A title and the newest post are changed at the same time. Each has numbers of its own.
    """

    urls: list[str]
    token: str
    track_id: str
    title: Written = field(default_factory=Written)
    post: Written = field(default_factory=Written)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    unlimited = {"VEZA_HOURLY_EDITS": "0", "VEZA_HOURLY_POSTS": "0", "VEZA_LOG_LEVEL": "warning"}
    with (
        served("--workers", "1", **unlimited) as server,
        another_process(server) as second,
        another_process(server) as third,
    ):
        token = sign_up(server, "author")
        source = sounds.write(tmp_path_factory.mktemp("sound") / "tone.wav", sounds.sine(1))
        with calling(server, token) as client:
            track_id = upload(client, source, title="Number 0")
            assert wait_for_track(client, track_id)["status"] == "ready"
            client.post("social/posts", json={"content": "Number 0"}).raise_for_status()
        yield Cluster([server.url, second, third], token, track_id)


async def _change(
    cluster: Cluster, written: Written, path: str, is_over: Callable[[], bool]
) -> None:
    """Change what is at a path through one process after the other, and look at it at once."""
    token = cluster.token
    async with httpx.AsyncClient(timeout=60, verify=False) as client:
        for url in itertools.cycle(cluster.urls):
            if is_over():
                return
            written.begun += 1
            text = f"Number {written.begun}"
            is_title = path.startswith("tracks")
            answer = await client.request(
                "PUT" if is_title else "POST",
                f"{url}/api/v1/" + (f"tracks/{cluster.track_id}" if is_title else "social/posts"),
                headers={"authorization": f"Bearer {token}"},
                json={"title" if is_title else "content": text},
            )
            answer.raise_for_status()
            written.acknowledged = written.begun
            for headers in ({}, {"authorization": f"Bearer {token}"}):
                seen = await client.get(f"{url}/api/v1/{path}", headers=headers)
                assert text in seen.text, "An author doesn't see their own change."


async def _read(
    url: str, path: str, written: Written, is_over: Callable[[], bool], count: Callable[[], None]
) -> None:
    """Read a path on one connection, again and again."""
    reader, writer = await asyncio.open_connection(*_address(url))
    request = f"GET /api/v1/{path} HTTP/1.1\r\nhost: {url.partition('//')[2]}\r\n\r\n".encode()
    with closing(writer):
        while not is_over():
            known = written.acknowledged
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = _LENGTH.search(head)
            assert length is not None
            number = _NUMBER.search(await reader.readexactly(int(length[1])))
            assert number is not None
            assert known <= int(number[1]) <= written.begun, (url, path)
            count()
    await writer.wait_closed()


def _address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)


async def _ensure_fresh(cluster: Cluster, most: int) -> dict[str, int]:
    """Read until so many responses were right; return how many changes of each path they saw."""
    track, title, post = f"tracks/{cluster.track_id}", cluster.title, cluster.post
    before = {"title": title.acknowledged, "post": post.acknowledged}
    reads = 0

    def count() -> None:
        nonlocal reads
        reads += 1

    def is_over() -> bool:
        return reads >= most

    read_paths = {track: title, "tracks?limit=5": title, "social/feed?limit=5": post}
    async with asyncio.TaskGroup() as group:
        group.create_task(_change(cluster, title, track, is_over))
        group.create_task(_change(cluster, post, "social/feed?limit=5", is_over))
        for url in cluster.urls:
            for path, written in read_paths.items():
                for _ in range(READERS_OF_EACH):
                    group.create_task(_read(url, path, written, is_over, count))
    after = {"title": title.acknowledged, "post": post.acknowledged}
    return {name: after[name] - before[name] for name in before}


@pytest.mark.long
async def test_three_processes_show_every_change_at_once(cluster: Cluster) -> None:
    changes = await _ensure_fresh(cluster, 5_000)
    assert min(changes.values()) >= 1, changes


async def test_many_reads_show_every_change_at_once(cluster: Cluster) -> None:
    changes = await _ensure_fresh(cluster, MANY_READS)
    assert min(changes.values()) > 100, changes
