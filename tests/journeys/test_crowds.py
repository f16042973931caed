"""A crowd that comes at once, or a machine that others keep busy, is no overload of this server.

These servers have the gauge of overloads as operators have it by default.
"""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from msgspec import Struct

from tests.journeys.served import Server, calling, served, sign_up, until
from tests.make import chat, music, people
from veza.app.services import open_services
from veza.app.settings.environment import read_settings

pytestmark = pytest.mark.long

CROWD = 40
HOGS_PER_CORE = 8


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with served("--workers", "2") as running:
        yield running


class Place(Struct, frozen=True):
    """Where a crowd comes to; `members` are the headers of its members, and of one more."""

    artist_id: str
    track_id: str
    # All are members of the one, nobody is of the other.
    conversation_id: str
    room_id: str
    members: Sequence[dict[str, str]]


def test_a_crowd_at_a_cold_server_and_the_visitor_after_it_are_answered(server: Server) -> None:
    place = asyncio.run(_make_place(server))
    _restart_http(server)

    answers = asyncio.run(_come_at_once(server, place))

    assert [answer.text for answer in answers if not answer.is_success] == []
    assert len(answers) == 5 * (CROWD + 2)


def test_a_visitor_of_a_machine_that_others_keep_busy_is_answered(server: Server) -> None:
    with _busy_machine():
        token = sign_up(server, "patient")
        with calling(server, token) as client:
            for number in range(10):
                _ensure_answered(client.get("users/me"))
                _ensure_answered(client.get("tracks"))
                _ensure_answered(client.get("tracks/search", params={"q": f"calm {number}"}))
                _ensure_answered(client.post("social/posts", json={"content": f"Number {number}"}))
                _ensure_answered(client.get("notifications"))
        for number in range(3):
            sign_up(server, f"patient{number}")


def _ensure_answered(answer: httpx.Response) -> None:
    assert answer.is_success, answer.text


async def _make_place(server: Server) -> Place:
    async with open_services(read_settings(server.environment())) as services:
        artist = await people.person(services)
        members = [await people.person(services) for _ in range(CROWD + 1)]
        async with services.database.transaction() as tx:
            track_id = await music.bare_track(tx, artist.member, "Loved by all")
        conversation_id = await chat.conversation(services, "room", artist, *members)
        room_id = await chat.conversation(services, "room", artist)
    return Place(
        str(artist.id),
        str(track_id),
        str(conversation_id),
        str(room_id),
        [member.headers for member in members],
    )


def _restart_http(server: Server) -> None:
    """Have new HTTP processes, which have no connection and no plan yet."""
    before = server.http_workers()
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    until(lambda: len({*server.http_workers()} - {*before}) == len(before), 60)
    server.wait_until_ready()


async def _come_at_once(server: Server, place: Place) -> list[httpx.Response]:
    """Have all members do the same at once, and then another one; one thing after the other."""
    visitors = httpx.AsyncClient(
        base_url=f"{server.url}/api/v1/",
        timeout=60,
        limits=httpx.Limits(max_connections=None),
        verify=False,
    )
    said: dict[str, Any] = {"json": {"content": "Here"}}
    things: dict[str, dict[str, Any]] = {
        f"conversations/{place.room_id}/join": {},
        f"conversations/{place.conversation_id}/messages": said,
        f"users/{place.artist_id}/follow": {},
        f"tracks/{place.track_id}/comments": said,
        f"tracks/{place.track_id}/like": {},
    }
    answers: list[httpx.Response] = []
    *crowd, last = place.members
    async with visitors:
        for path, form in things.items():
            coming = [visitors.post(path, headers=member, **form) for member in crowd]
            answers += await asyncio.gather(*coming)
            answers += [
                await visitors.get("tracks"),
                await visitors.post(path, headers=last, **form),
            ]
    return answers


@contextmanager
def _busy_machine() -> Iterator[None]:
    """Run programs that compute without end, several for each core."""
    count = HOGS_PER_CORE * (os.cpu_count() or 1)
    hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
