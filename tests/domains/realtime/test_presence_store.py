"""Who is there, as several processes say it through Valkey."""

from veza.app.services import Services
from veza.core.ids import ConversationId, UserId, new_id
from veza.domains.realtime.models import LocalPresence
from veza.domains.realtime.presence import LIFETIME_S, PresenceStore

NOBODY: frozenset[UserId] = frozenset()


def _user() -> UserId:
    return UserId(new_id())


def _place() -> ConversationId:
    return ConversationId(new_id())


async def test_all_processes_know_who_is_there(services: Services) -> None:
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


async def test_who_leaves_one_process_may_be_there_by_another(services: Services) -> None:
    here, there = PresenceStore(services.valkey), PresenceStore(services.valkey)
    place, ann = _place(), _user()
    for presence in (here, there):
        await presence.sync({place: LocalPresence({ann}, NOBODY)})

    assert await here.sync({place: LocalPresence(NOBODY, {ann})}) == {place: {ann}}
    assert await there.sync({place: LocalPresence(NOBODY, {ann})}) == {place: set()}


async def test_of_a_process_that_died_nobody_is_there_after_a_while(services: Services) -> None:
    dead, alive = PresenceStore(services.valkey), PresenceStore(services.valkey)
    place, ann, ben = _place(), _user(), _user()
    await dead.sync({place: LocalPresence({ann}, NOBODY)})
    key = f"presence:{place}"
    assert 0 < await services.valkey.ttl(key) <= LIFETIME_S
    # As after a minute in which it said nothing.
    (mark,) = await services.valkey.zrange(key, 0, -1)
    await services.valkey.zincrby(key, -LIFETIME_S - 1, mark)

    assert await alive.sync({place: LocalPresence({ben}, NOBODY)}) == {place: {ben}}


async def test_without_valkey_nothing_is_known(no_valkey: Services) -> None:
    presence = PresenceStore(no_valkey.valkey)

    assert await presence.sync({_place(): LocalPresence({_user()}, NOBODY)}) is None


async def test_nobody_asks_about_nothing(services: Services) -> None:
    assert await PresenceStore(services.valkey).sync({}) == {}
