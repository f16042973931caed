"""Who is there, as several processes say it through Valkey."""

from veza.app.services import Services
from veza.core.ids import ConversationId, UserId, new_id
from veza.domains.realtime.models import Attendance
from veza.domains.realtime.presence import LIFETIME_S, Presence

NOBODY: frozenset[UserId] = frozenset()


def _user() -> UserId:
    return UserId(new_id())


def _place() -> ConversationId:
    return ConversationId(new_id())


async def test_all_processes_know_who_is_there(services: Services) -> None:
    here, there = Presence(services.valkey), Presence(services.valkey)
    one, other, empty = _place(), _place(), _place()
    ann, ben = _user(), _user()

    await here.meet({one: Attendance({ann}, NOBODY), other: Attendance({ben}, NOBODY)})
    found = await there.meet(
        {
            one: Attendance({ben}, NOBODY),
            other: Attendance(NOBODY, NOBODY),
            empty: Attendance(NOBODY, NOBODY),
        }
    )

    assert found == {one: {ann, ben}, other: {ben}, empty: set()}


async def test_who_leaves_one_process_may_be_there_by_another(services: Services) -> None:
    here, there = Presence(services.valkey), Presence(services.valkey)
    place, ann = _place(), _user()
    for presence in (here, there):
        await presence.meet({place: Attendance({ann}, NOBODY)})

    assert await here.meet({place: Attendance(NOBODY, {ann})}) == {place: {ann}}
    assert await there.meet({place: Attendance(NOBODY, {ann})}) == {place: set()}


async def test_of_a_process_that_died_nobody_is_there_after_a_while(services: Services) -> None:
    dead, alive = Presence(services.valkey), Presence(services.valkey)
    place, ann, ben = _place(), _user(), _user()
    await dead.meet({place: Attendance({ann}, NOBODY)})
    key = f"presence:{place}"
    assert 0 < await services.valkey.ttl(key) <= LIFETIME_S
    # As after a minute in which it said nothing.
    (mark,) = await services.valkey.zrange(key, 0, -1)
    await services.valkey.zincrby(key, -LIFETIME_S - 1, mark)

    assert await alive.meet({place: Attendance({ben}, NOBODY)}) == {place: {ben}}


async def test_without_valkey_nothing_is_known(no_valkey: Services) -> None:
    presence = Presence(no_valkey.valkey)

    assert await presence.meet({_place(): Attendance({_user()}, NOBODY)}) is None


async def test_nobody_asks_about_nothing(services: Services) -> None:
    assert await Presence(services.valkey).meet({}) == {}
