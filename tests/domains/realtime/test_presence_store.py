"""Presence over several processes, through Valkey."""

from veza.app.services import Services
from veza.core.ids import ConversationId, UserId, new_id
from veza.domains.realtime.models import LocalPresence
from veza.domains.realtime.presence import LIFETIME_S, PresenceStore

NOBODY: frozenset[UserId] = frozenset()


def _user() -> UserId:
    return UserId(new_id())


def _place() -> ConversationId:
    return ConversationId(new_id())


async def test_presence_is_shared_between_processes(services: Services) -> None:
    here, there = PresenceStore(services.valkey), PresenceStore(services.valkey)
    one, other, empty = _place(), _place(), _place()
    ann, ben = _user(), _user()

    await here.sync({one: LocalPresence({ann}, NOBODY), other: LocalPresence({ben}, NOBODY)})
    found = await there.sync(
        {
            one: LocalPresence({ben}, NOBODY),
            other: LocalPresence(NOBODY, NOBODY),
            empty: LocalPresence(NOBODY, NOBODY),
        }
    )

    assert found == {one: {ann, ben}, other: {ben}, empty: set()}


async def test_a_member_stays_online_at_another_process(services: Services) -> None:
    here, there = PresenceStore(services.valkey), PresenceStore(services.valkey)
    place, ann = _place(), _user()
    for presence in (here, there):
        await presence.sync({place: LocalPresence({ann}, NOBODY)})

    assert await here.sync({place: LocalPresence(NOBODY, {ann})}) == {place: {ann}}
    assert await there.sync({place: LocalPresence(NOBODY, {ann})}) == {place: set()}


async def test_presence_of_a_dead_process_expires(services: Services) -> None:
    dead, alive = PresenceStore(services.valkey), PresenceStore(services.valkey)
    place, ann, ben = _place(), _user(), _user()
    await dead.sync({place: LocalPresence({ann}, NOBODY)})
    key = f"presence:{place}"
    assert 0 < await services.valkey.ttl(key) <= LIFETIME_S
    # As after a minute in which it said nothing.
    (mark,) = await services.valkey.zrange(key, 0, -1)
    await services.valkey.zincrby(key, -LIFETIME_S - 1, mark)

    assert await alive.sync({place: LocalPresence({ben}, NOBODY)}) == {place: {ben}}


async def test_without_valkey_presence_is_unknown(no_valkey: Services) -> None:
    presence = PresenceStore(no_valkey.valkey)

    assert await presence.sync({_place(): LocalPresence({_user()}, NOBODY)}) is None


async def test_an_empty_sync_returns_nothing(services: Services) -> None:
    assert await PresenceStore(services.valkey).sync({}) == {}
