"""Tests that changes of a room reach all connections, also after a lost signal."""

import asyncio
import time
from collections.abc import Callable, Sequence

import pytest

from tests import make
from tests.domains.realtime.chat_client import FakeClient, Frame, connected
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.ids import ConversationId, new_id
from veza.domains.chat.conversations.service import conversations
from veza.domains.listening import service, shared_queries
from veza.domains.listening.models import ListeningChange, ListeningForm
from veza.domains.realtime import frame_handlers
from veza.domains.realtime.connections import Channel
from veza.domains.realtime.listening_feed import ListeningFeed, SharedClock
from veza.domains.realtime.models import PingData, PingFrame
from veza.infra.postgres import database as db


async def _begin(services: Services, host: make.Person, place: ConversationId) -> None:
    async with services.database.transaction() as tx:
        track_id = await make.bare_track(tx, host.member, "Night Ferry")
        form = ListeningForm([track_id, track_id])
        await service.begin(tx, host.member, place, form, make.NO_LINKS)


def _is_of_version(version: int) -> Callable[[Frame], bool]:
    def matches(frame: Frame) -> bool:
        return frame["type"] == "listening" and frame["data"]["state"]["version"] == version

    return matches


async def test_changes_reach_all_who_are_there_and_nobody_else(
    served: Services, address: str
) -> None:
    ann, ben, cas = [await make.person(served) for _ in range(3)]
    place = await make.conversation(served, "room", ann, ben)
    async with connected(served, address, ann, ben, cas) as (one, other, elsewhere):
        for socket in (one, other):
            await socket.ack("join", conversation_id=str(place))
        await _begin(served, ann, place)
        begun = await one.receive("listening", conversation_id=str(place))
        assert begun["state"]["entry_id"] == 1
        assert await other.receive("listening") == begun

        state = await service.change(
            served.database, served.counters, ann.member, place, ListeningChange(None, entry_id=2)
        )
        for socket in (one, other):
            found = await socket.wait_for(_is_of_version(state.version))
            assert found["data"]["state"]["at_ms"] == state.at_ms
        async with served.database.transaction() as tx:
            await service.end(tx, ann.member, place)
        for socket in (one, other):
            await socket.receive("listening", state=None)
        await elsewhere.flush()
        assert elsewhere.all("listening") == []


async def test_who_is_removed_from_the_conversation_hears_of_no_change(
    served: Services, address: str
) -> None:
    ann, ben = [await make.person(served) for _ in range(2)]
    place = await make.conversation(served, "group", ann, ben)
    async with connected(served, address, ann, ben) as (one, other):
        for socket in (one, other):
            await socket.ack("join", conversation_id=str(place))
        await _begin(served, ann, place)
        await other.receive("listening")
        async with served.database.transaction() as tx:
            await conversations.remove_member(tx, ann.member, place, ben.id)
        await other.receive("error", code="conversation_not_found")
        heard = len(other.all("listening"))
        change = ListeningChange(None, is_playing=False)
        state = await service.change(served.database, served.counters, ann.member, place, change)
        await one.wait_for(_is_of_version(state.version))
        await other.flush()
        assert len(other.all("listening")) == heard


async def test_a_pong_has_the_time_of_the_database(served: Services, address: str) -> None:
    ann = await make.person(served)
    place = await make.conversation(served, "room", ann)
    async with connected(served, address, ann) as (socket,):
        await socket.ack("join", conversation_id=str(place))
        await _begin(served, ann, place)
        await socket.receive("listening")
        async with served.database.read() as conn:
            before = await shared_queries.read_clock(conn)
            answer = await socket.request("ping")
            after = await shared_queries.read_clock(conn)
    # The process measures the clock of the database by a question, which takes a moment.
    slack_ms = 1000
    assert before.timestamp() * 1000 - slack_ms < answer["data"]["time_ms"]
    assert answer["data"]["time_ms"] < after.timestamp() * 1000 + slack_ms


async def test_a_ping_is_answered_whatever_is_sent_along(served: Services, address: str) -> None:
    ann = await make.person(served)
    said = [7, 1.5, "now", True, None, [1], {"conversation_id": 7}, {"at": 1}]
    async with connected(served, address, ann) as (socket,):
        for number, data in enumerate(said):
            await socket.send_raw({"type": "ping", "id": f"p{number}", "data": data})
            answer = await socket.wait_for(lambda one, name=f"p{number}": one.get("id") == name)
            assert answer["type"] == "pong", data


def test_the_clock_is_that_of_the_measurement_that_took_least(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = SharedClock()
    real = time.time()
    monkeypatch.setattr(time, "time", lambda: real)
    clock.note(real, real + 61.0, real + 2.0)
    clock.note(real, real + 60.01, real + 0.02)
    clock.note(real, real + 59.0, real + 1.0)
    assert clock.time_ms() / 1000 - real == pytest.approx(60.0, abs=0.005)


async def test_a_lost_signal_is_noticed_and_whoever_is_there_is_noted(services: Services) -> None:
    ann = await make.person(services)
    place = await make.conversation(services, "room", ann)
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    await services.hub.join(reader.connection, place)
    async with db.connect(services.addresses.database) as silent, silent.transaction() as tx:
        track_id = await make.bare_track(tx, ann.member, "Night Ferry")
        form = ListeningForm([track_id])
        await service.begin(tx, ann.member, place, form, make.NO_LINKS)
        await tx.run(
            "update listening_rooms set heard_at = now() - interval '1 hour'"
            " where conversation_id = $1",
            place,
        )

    await until(lambda: [one["type"] for one in reader.received].count("listening") == 1)

    async def is_noted() -> bool:
        sql = """
            select heard_at > now() - interval '10 minutes'
              from listening_rooms where conversation_id = $1
        """
        async with services.database.read() as conn:
            return await conn.value(bool, sql, place) or False

    # Only those who say so listen: the chat may be open while they are elsewhere.
    for conversation_id in (None, ConversationId(new_id())):
        services.hub.listening_feed.note_listener(reader.connection, PingData(conversation_id))
    await services.hub.listening_feed.send_changes([place])
    assert not await is_noted()
    await frame_handlers.handle_frame(
        services.hub, reader.connection, PingFrame(data={"conversation_id": str(place)})
    )
    await until(is_noted)
    # Nothing is sent twice.
    await services.hub.listening_feed.send_changes([place])
    assert [one["type"] for one in reader.received].count("listening") == 1
    services.hub.unregister(reader.connection)


class _BusyFeed(ListeningFeed):
    """A feed in one of whose rooms something changes whenever it reads."""

    def __init__(self, services: Services, busy: ConversationId, quiet: ConversationId) -> None:
        super().__init__(services.database, {each: Channel(each) for each in (busy, quiet)})
        self.read: list[set[ConversationId]] = []
        self._busy = busy
        self.on_changed(str(busy))

    async def send_changes(self, conversation_ids: Sequence[ConversationId]) -> None:
        self.read.append(set(conversation_ids))
        self.on_changed(str(self._busy))
        await asyncio.sleep(0)


async def test_all_rooms_are_compared_however_many_signals_come(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("veza.domains.realtime.listening_feed.INTERVAL_S", 0.0)
    busy, quiet = ConversationId(new_id()), ConversationId(new_id())
    feed = _BusyFeed(services, busy, quiet)
    async with feed.running():
        await until(lambda: len(feed.read) > 10)
    assert feed.read.count({busy, quiet}) > 5


async def test_rooms_that_nobody_here_is_in_are_not_read(services: Services) -> None:
    feed = ListeningFeed(services.database, {})
    feed.on_changed("01a23669-8212-7c37-9c81-8c1d8db3a436")
    await feed.send_changes([])
    before = time.time() * 1000
    assert before <= feed.clock.time_ms() <= time.time() * 1000
