"""The hub on real engines: lost signals, machines that are gone, and what nobody may hear."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests import make
from tests.domains.realtime.talking import Reader, text_of
from tests.infra.waiting import until
from veza.app.services import Services
from veza.core.ids import ConversationId
from veza.domains.chat.conversations.errors import ConversationNotFound
from veza.domains.chat.messages import service as messages
from veza.domains.chat.messages.models import MessageForm
from veza.domains.realtime.connections import MARKED_BASE, Edition
from veza.domains.realtime.errors import NotJoined
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.models import Ping
from veza.domains.realtime.presence import Presence
from veza.domains.realtime.presence_feed import Company
from veza.infra.postgres import database as db
from veza.infra.valkey.broadcast import Broadcast
from veza.infra.valkey.client import WindowCounters
from veza.infra.valkey.hourly_limits import HourlyLimits


@asynccontextmanager
async def _hub_on(services: Services) -> AsyncIterator[Hub]:
    """The hub of another process, with a broadcast of its own."""
    broadcast = Broadcast(services.valkey)
    company = Company(Presence(services.valkey), broadcast)
    limits = HourlyLimits(WindowCounters(services.valkey), {})
    hub = Hub(services.database, company, services.url_signer.builder, limits)
    broadcast.listen_subjects("conversation", hub.hear)
    async with broadcast.running(), hub.running():
        yield hub


async def _say_unheard(services: Services, sender: make.Person, place: ConversationId) -> None:
    """Say something whose signal is lost."""
    async with db.connect(services.addresses.database) as silent, silent.transaction() as tx:
        await messages.send(tx, sender.member, place, MessageForm("Psst"), urls=make.NO_LINKS)


async def test_a_lost_signal_loses_nothing(services: Services) -> None:
    ann = await make.person(services)
    room = await make.conversation(services, "room", ann)
    reader = Reader(ann)
    assert services.hub.admit(reader.seat)
    await services.hub.join(reader.seat, room)

    await _say_unheard(services, ann, room)

    await until(lambda: reader.seqs == [1])
    services.hub.dismiss(reader.seat)
    assert room not in services.hub.halls


async def test_without_valkey_all_processes_hear_everything(no_valkey: Services) -> None:
    ann = await make.person(no_valkey)
    room = await make.conversation(no_valkey, "room", ann)
    async with _hub_on(no_valkey) as here, _hub_on(no_valkey) as there:
        readers = [Reader(ann), Reader(ann)]
        for hub, reader in zip((here, there), readers, strict=True):
            assert hub.admit(reader.seat)
            await hub.join(reader.seat, room)
        await _say_unheard(no_valkey, ann, room)

        await until(lambda: all(reader.seqs == [1] for reader in readers))


async def test_a_hub_goes_on_when_the_database_is_back(services: Services) -> None:
    ann = await make.person(services)
    room = await make.conversation(services, "room", ann)
    reader = Reader(ann)
    async with _hub_on(services) as hub, db.connect("postgresql://nobody@/none?host=/no") as gone:
        assert hub.admit(reader.seat)
        await hub.join(reader.seat, room)
        there, hub.database = hub.database, gone
        await _say_unheard(services, ann, room)
        hub.hear(str(room))
        await asyncio.sleep(0.1)
        assert reader.seqs == []

        hub.database = there

        await until(lambda: reader.seqs == [1])


async def test_who_is_removed_while_the_signal_is_lost_hears_no_more(services: Services) -> None:
    ann, ben = [await make.person(services) for _ in range(2)]
    group = await make.conversation(services, "group", ann, ben)
    reader = Reader(ben)
    async with _hub_on(services) as hub:
        assert hub.admit(reader.seat)
        await hub.join(reader.seat, group)
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

        await until(lambda: not reader.seat.joined)
        assert [frame["type"] for frame in reader.heard] == ["error"]
        with pytest.raises(NotJoined):
            hub.find_hall(reader.seat, group)
        with pytest.raises(ConversationNotFound):
            await hub.join(reader.seat, group)
        assert group not in hub.halls


async def test_many_who_join_at_once_ask_for_each_once(services: Services) -> None:
    people = [await make.person(services) for _ in range(30)]
    room = await make.conversation(services, "room", *people)
    readers = [Reader(person) for person in people]
    async with _hub_on(services) as hub:
        for reader in readers:
            assert hub.admit(reader.seat)
        await asyncio.gather(
            *(hub.join(reader.seat, room) for reader in readers),
            *(make.message(services, people[0], room) for _ in range(10)),
        )
        await make.message(services, people[0], room)

        await until(lambda: all(reader.seqs[-1:] == [11] for reader in readers))
        for reader in readers:
            first = reader.seqs[0]
            assert reader.seqs == list(range(first, 12))


async def test_each_gets_urls_by_the_address_that_they_know() -> None:
    edition = Edition(Ping(data={"url": f"{MARKED_BASE}/images/1"}))
    plain = Edition(Ping(data={}))

    assert text_of(edition.at('https://a"b').data) == (
        b'{"type":"ping","data":{"url":"https://a\\"b/images/1"}}'
    )
    assert edition.at("https://b.test") is edition.at("https://b.test")
    assert plain.at("https://a.test") is plain.at("https://b.test")


async def test_who_answers_no_more_is_closed(services: Services) -> None:
    ann = await make.person(services)
    dead, silent, lively = Reader(ann), Reader(ann), Reader(ann)
    async with _hub_on(services) as hub:
        for reader in (dead, silent, lively):
            assert hub.admit(reader.seat)
        for reader in (dead, silent):
            reader.seat.heard_at -= 100
            reader.seat.asked_at -= 100
        # They have answered before, and so they would.
        dead.seat.answers_pings = True

        await until(lambda: dead.seat.outlet.ending is not None)
        await until(lambda: silent.heard == [{"type": "ping", "data": {}}])
        assert dead.seat.outlet.ending.code == 4410
        assert silent.seat.outlet.ending is None
        assert lively.heard == []
