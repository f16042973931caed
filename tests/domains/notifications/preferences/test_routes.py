"""Of what members want to be told, over HTTP; and what follows."""

import asyncio

import pytest

from tests import make
from tests.domains.music.tracks.test_service import until_somebody_waits
from veza.core.errors import Unauthenticated
from veza.domains.notifications.preferences import rules, service
from veza.domains.notifications.preferences.models import (
    Letter,
    NotificationKind,
    Preferences,
    PreferencesChange,
)

PREFERENCES = "notifications/preferences"
MODERATION = {
    NotificationKind.WARNED,
    NotificationKind.BANNED,
    NotificationKind.UNBANNED,
    NotificationKind.REPORT_CLOSED,
}


@pytest.fixture
async def member(services):
    return await make.person(services)


async def change(client, who, **kinds):
    answer = await client.put(PREFERENCES, headers=who.headers, json=kinds)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_all_kinds_can_be_switched_but_those_of_moderation():
    assert set(Preferences.__struct_fields__) == set(NotificationKind) - MODERATION
    assert PreferencesChange.__struct_fields__ == Preferences.__struct_fields__


async def test_everything_is_on_until_one_says_otherwise(client, member):
    answer = await client.get(PREFERENCES, headers=member.headers)
    assert answer.json()["data"] == dict.fromkeys(Preferences.__struct_fields__, True)


async def test_what_is_left_out_stays_as_it_is(client, member):
    everything = dict.fromkeys(Preferences.__struct_fields__, True)

    assert await change(client, member, follow=False, message=False) == everything | {
        "follow": False,
        "message": False,
    }
    assert await change(client, member, follow=True, sale=False) == everything | {
        "message": False,
        "sale": False,
    }
    assert await change(client, member) == everything | {"message": False, "sale": False}
    answer = await client.get(PREFERENCES, headers=member.headers)
    assert answer.json()["data"] == everything | {"message": False, "sale": False}


async def test_nobody_elses_are_changed(client, services, member):
    other = await make.person(services)
    await change(client, member, follow=False)
    answer = await client.get(PREFERENCES, headers=other.headers)
    assert all(answer.json()["data"].values())


@pytest.mark.parametrize(
    "body", [{"warned": False}, {"report_closed": True}, {"follow": None}, {"follow": 1}, {"x": 0}]
)
async def test_a_wrong_change_is_refused_and_changes_nothing(client, member, body):
    answer = await client.put(PREFERENCES, headers=member.headers, json=body)

    assert answer.status_code == 400, answer.text
    answer = await client.get(PREFERENCES, headers=member.headers)
    assert all(answer.json()["data"].values())


async def test_the_inboxes_of_those_who_want_it_are_opened_each_later_than_before(tx):
    wanting, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await service.change_preferences(tx, other, PreferencesChange(follow=False))
    letter = Letter(NotificationKind.FOLLOW, [wanting.id, other.id, wanting.id])

    first = await service.lock_recipients(tx, letter)
    second = await service.lock_recipients(tx, letter)

    assert [one.user_id for one in (*first, *second)] == [wanting.id] * 2
    assert first[0].told_at < second[0].told_at


async def test_moments_rise_though_the_clock_goes_back(tx):
    member, _ = await make.member_in(tx)
    ahead = "insert into inboxes (user_id, told_at) values ($1, now() + interval '1 hour')"
    await tx.run(ahead, member.id)

    moments = [
        (await service.lock_recipients(tx, Letter(NotificationKind.FOLLOW, [member.id])))[0].told_at
        for _ in "ab"
    ]

    assert moments == sorted(set(moments))


async def test_whoever_is_gone_wants_nothing(tx):
    member, _ = await make.member_in(tx)
    await tx.run("delete from users where id = $1", member.id)

    with pytest.raises(Unauthenticated):
        await service.change_preferences(tx, member, PreferencesChange(follow=False))
    assert await service.lock_recipients(tx, Letter(NotificationKind.FOLLOW, [member.id])) == []
    assert all(getattr(rules.show_preferences([]), kind) for kind in Preferences.__struct_fields__)


async def test_names_are_found_whatever_their_case(tx):
    member, name = await make.member_in(tx, username=f"Ada_{make.new_id().hex[-12:]}")
    assert await service.find_mentioned(tx, [name.lower(), "nobody_at_all"]) == [member.id]
    assert await service.find_mentioned(tx, []) == []


async def test_who_is_being_erased_is_waited_for_and_not_told(services, member):
    async def tell():
        async with services.database.transaction() as tx:
            return await service.lock_recipients(tx, Letter(NotificationKind.FOLLOW, [member.id]))

    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", member.id)
        telling = asyncio.create_task(tell())
        await until_somebody_waits(services.database)

    assert await telling == []
