"""The hub on real engines: lost signals, unavailable engines, and removed members."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests import make
from tests.domains.realtime.chat_client import FakeClient, text_of
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.errors import Unavailable
from veza.core.ids import ConversationId
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.messages.models.messages import MessageForm
from veza.domains.chat.messages.service import history, sent_messages
from veza.domains.realtime import frame_handlers
from veza.domains.realtime.connections import PLACEHOLDER_BASE, EncodedEvent
from veza.domains.realtime.errors import NotJoined
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.models import FrameType, JoinData, JoinFrame, ServerFrame
from veza.domains.realtime.presence import PresenceStore
from veza.domains.realtime.presence_feed import PresenceFeed
from veza.infra.postgres import database as db
from veza.infra.valkey.broadcast import Broadcast
from veza.infra.valkey.client import WindowCounters
from veza.infra.valkey.hourly_limits import HourlyLimits
from veza.server.websocket_sender import CloseCode


@asynccontextmanager
async def _hub_on(services: Services) -> AsyncIterator[Hub]:
    """The hub of another process, with a broadcast of its own."""
    broadcast = Broadcast(services.valkey)
    presence_feed = PresenceFeed(PresenceStore(services.valkey), broadcast)
    limits = HourlyLimits(WindowCounters(services.valkey), {})
    urls_of, filters = services.url_signer.builder, services.text_filters
    hub = Hub(services.database, presence_feed, urls_of, limits, filters)
    broadcast.listen_subjects("conversation", hub.on_conversation_changed)
    async with broadcast.running(), hub.running():
        yield hub


async def _say_unheard(services: Services, sender: make.Person, place: ConversationId) -> None:
    """Say something whose signal is lost."""
    async with db.connect(services.addresses.database) as silent, silent.transaction() as tx:
        await sent_messages.send(tx, sender.member, place, MessageForm("Psst"), urls=make.NO_LINKS)


async def test_a_lost_signal_loses_no_event(services: Services) -> None:
    ann = await make.person(services)
    room = await make.conversation(services, "room", ann)
    reader = FakeClient(ann)
    assert services.hub.register(reader.connection)
    await services.hub.join(reader.connection, room)

    await _say_unheard(services, ann, room)

    await until(lambda: reader.seqs == [1])
    services.hub.unregister(reader.connection)
    assert room not in services.hub.channels


async def test_without_valkey_all_processes_receive_events(no_valkey: Services) -> None:
    ann = await make.person(no_valkey)
    room = await make.conversation(no_valkey, "room", ann)
    async with _hub_on(no_valkey) as here, _hub_on(no_valkey) as there:
        readers = [FakeClient(ann), FakeClient(ann)]
        for hub, reader in zip((here, there), readers, strict=True):
            assert hub.register(reader.connection)
            await hub.join(reader.connection, room)
        await _say_unheard(no_valkey, ann, room)

        await until(lambda: all(reader.seqs == [1] for reader in readers))


async def test_a_hub_recovers_with_the_database(services: Services) -> None:
    ann = await make.person(services)
    room = await make.conversation(services, "room", ann)
    reader = FakeClient(ann)
    async with _hub_on(services) as hub, db.connect("postgresql://nobody@/none?host=/no") as gone:
        assert hub.register(reader.connection)
        await hub.join(reader.connection, room)
        there, hub.database = hub.database, gone
        await _say_unheard(services, ann, room)
        hub.on_conversation_changed(str(room))
        await asyncio.sleep(0.1)
        assert reader.seqs == []

        hub.database = there

        await until(lambda: reader.seqs == [1])


async def test_a_join_whose_history_can_not_be_read_ends_the_connection(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = await make.person(services)
    room = await make.conversation(services, "room", ann)
    await make.message(services, ann, room, "Missed")
    reader = FakeClient(ann)

    async def fail(*_: object, **__: object) -> None:
        # What is said meanwhile is held back.
        await make.message(services, ann, room, "And now")
        subscription = services.hub.channels[room].subscriptions[reader.connection]
        await until(lambda: bool(subscription.held_frames))
        raise Unavailable

    assert services.hub.register(reader.connection)
    frame = JoinFrame(id=1, data=JoinData(room, since=0))
    monkeypatch.setattr(history, "list_member_events", fail)
    with pytest.raises(Unavailable):
        await frame_handlers.handle_frame(services.hub, reader.connection, frame)
    services.hub.unregister(reader.connection)

    closed = reader.connection.sender.close_reason
    assert closed is not None
    assert closed.code == CloseCode.TRY_AGAIN_LATER
    assert reader.seqs == []


async def test_a_removed_member_receives_nothing_after_a_lost_signal(services: Services) -> None:
    ann, ben = [await make.person(services) for _ in range(2)]
    group = await make.conversation(services, "group", ann, ben)
    reader = FakeClient(ben)
    async with _hub_on(services) as hub:
        assert hub.register(reader.connection)
        await hub.join(reader.connection, group)
        async with db.connect(services.addresses.database) as silent, silent.transaction() as tx:
            await tx.run(
                "delete from conversation_members where conversation_id = $1 and user_id = $2",
                group,
                ben.id,
            )
            await tx.run(
                "update conversations set members_version = members_version + 1 where id = $1",
                group,
            )
        await _say_unheard(services, ann, group)

        await until(lambda: not reader.connection.joined)
        assert [frame["type"] for frame in reader.received] == ["error"]
        with pytest.raises(NotJoined):
            hub.get_channel(reader.connection, group)
        with pytest.raises(ConversationNotFound):
            await hub.join(reader.connection, group)
        assert group not in hub.channels


async def test_concurrent_joins_use_one_channel(services: Services) -> None:
    people = [await make.person(services) for _ in range(30)]
    room = await make.conversation(services, "room", *people)
    readers = [FakeClient(person) for person in people]
    async with _hub_on(services) as hub:
        for reader in readers:
            assert hub.register(reader.connection)
        await asyncio.gather(
            *(hub.join(reader.connection, room) for reader in readers),
            *(make.message(services, people[0], room) for _ in range(10)),
        )
        await make.message(services, people[0], room)

        await until(lambda: all(reader.seqs[-1:] == [11] for reader in readers))
        for reader in readers:
            first = reader.seqs[0]
            assert reader.seqs == list(range(first, 12))


async def test_events_have_urls_for_each_base_url() -> None:
    encoded = EncodedEvent(ServerFrame(FrameType.PING, {"url": f"{PLACEHOLDER_BASE}/images/1"}))
    plain = EncodedEvent(ServerFrame(FrameType.PING, {}))

    assert text_of(encoded.frame_for('https://a"b').data) == (
        b'{"type":"ping","data":{"url":"https://a\\"b/images/1"}}'
    )
    assert encoded.frame_for("https://b.test") is encoded.frame_for("https://b.test")
    assert plain.frame_for("https://a.test") is plain.frame_for("https://b.test")


async def test_connections_without_pong_are_closed(services: Services) -> None:
    ann = await make.person(services)
    dead, silent, lively = (
        FakeClient(ann),
        FakeClient(ann),
        FakeClient(ann),
    )
    async with _hub_on(services) as hub:
        for reader in (dead, silent, lively):
            assert hub.register(reader.connection)
        for reader in (dead, silent):
            reader.connection.last_frame_at -= 100
            reader.connection.last_ping_at -= 100
        # They have answered before, and so they would.
        dead.connection.answers_pings = True

        await until(lambda: dead.connection.sender.close_reason is not None)
        await until(lambda: silent.received == [{"type": "ping", "data": {}}])
        assert dead.connection.sender.close_reason.code == 4410
        assert silent.connection.sender.close_reason is None
        assert lively.received == []
