"""Notification preferences over HTTP, and the choice of recipients."""

import asyncio

import pytest

from tests import make
from tests.support.waiting import until_somebody_waits
from veza.core.errors import Unauthenticated
from veza.core.ids import new_id
from veza.domains.auth.sessions.models import NoticeKind
from veza.domains.notifications.preferences import rules, service
from veza.domains.notifications.preferences import shared_queries as preference_queries
from veza.domains.notifications.preferences.models import (
    NotificationKind,
    Preferences,
    PreferencesChange,
)

PREFERENCES = "notifications/preferences"
BACKUPS = {NotificationKind.BACKUP_FAILED, NotificationKind.BACKUP_OVERDUE}
SECURITY = {NotificationKind(kind) for kind in NoticeKind} | {NotificationKind.PASSWORD_CHANGED}
MODERATION = {
    NotificationKind.WARNED,
    NotificationKind.BANNED,
    NotificationKind.UNBANNED,
    NotificationKind.WARNING_WITHDRAWN,
    NotificationKind.APPEAL_UPHELD,
    NotificationKind.ITEM_TAKEN_DOWN,
    NotificationKind.ITEM_RESTORED,
    NotificationKind.ITEM_HELD,
    NotificationKind.REPORT_CLOSED,
}


@pytest.fixture
async def member(services):
    return await make.person(services)


async def change(client, who, **kinds):
    answer = await client.put(PREFERENCES, headers=who.headers, json=kinds)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


def test_all_kinds_but_those_of_moderation_security_and_backups_can_be_switched_off():
    always = MODERATION | BACKUPS | SECURITY
    assert set(Preferences.__struct_fields__) == set(NotificationKind) - always
    assert PreferencesChange.__struct_fields__ == Preferences.__struct_fields__


async def test_all_kinds_are_on_by_default(client, member):
    answer = await client.get(PREFERENCES, headers=member.headers)
    assert answer.json()["data"] == dict.fromkeys(Preferences.__struct_fields__, True)


async def test_omitted_kinds_stay_as_they_are(client, member):
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


async def test_preferences_of_other_members_stay(client, services, member):
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


async def follow_recipients(tx, *user_ids):
    return await preference_queries.lock_recipients(tx, NotificationKind.FOLLOW, user_ids)


async def test_recipients_are_those_who_want_the_kind_each_time_later_than_before(tx):
    wanting, _ = await make.member_in(tx)
    other, _ = await make.member_in(tx)
    await service.change_preferences(tx, other, PreferencesChange(follow=False))
    user_ids = [wanting.id, other.id, wanting.id]

    first = await follow_recipients(tx, *user_ids)
    second = await follow_recipients(tx, *user_ids)

    assert [recipient.user_id for recipient in (*first, *second)] == [wanting.id] * 2
    assert first[0].notified_at < second[0].notified_at


async def test_notification_times_rise_even_if_the_clock_goes_back(tx):
    member, _ = await make.member_in(tx)
    ahead = """
        insert into notification_preferences (user_id, last_notified_at)
             values ($1, now() + interval '1 hour')
    """
    await tx.run(ahead, member.id)

    times = [(await follow_recipients(tx, member.id))[0].notified_at for _ in "ab"]

    assert times == sorted(set(times))


async def test_a_deleted_member_has_no_preferences_and_is_no_recipient(tx):
    member, _ = await make.member_in(tx)
    await tx.run("delete from users where id = $1", member.id)

    with pytest.raises(Unauthenticated):
        await service.change_preferences(tx, member, PreferencesChange(follow=False))
    assert await follow_recipients(tx, member.id) == []
    assert all(getattr(rules.show_preferences([]), kind) for kind in Preferences.__struct_fields__)


async def test_mentioned_members_are_found_by_their_names_in_lower_case(tx):
    member, name = await make.member_in(tx, username=f"Ada_{new_id().hex[-12:]}")
    assert await preference_queries.list_by_name(tx, [name.lower(), "nobody_at_all"]) == [member.id]
    assert await preference_queries.list_by_name(tx, []) == []


async def test_a_member_who_is_being_erased_is_waited_for_and_is_no_recipient(services, member):
    async def lock():
        async with services.database.transaction() as tx:
            return await follow_recipients(tx, member.id)

    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", member.id)
        locking = asyncio.create_task(lock())
        await until_somebody_waits(services.database)

    assert await locking == []
