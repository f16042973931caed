"""Retention, export, erasure and query plans of notifications."""

import re
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from tests import make
from tests.plans import Catcher
from tests.raw import hearing
from veza.core.clock import now
from veza.core.ids import NotificationId, lowest_id, new_id
from veza.domains.notifications.inbox import personal_data, rules, service
from veza.domains.notifications.inbox.jobs import retention
from veza.domains.notifications.inbox.models import NewNotification, SubjectGroup
from veza.domains.notifications.inbox.queries import notifications, views
from veza.domains.notifications.inbox.queries.subjects import KEYS
from veza.domains.notifications.preferences.models import NotificationKind

# So many of a member's, a minute apart, the newest now.
_MANY = """
    insert into notifications (id, user_id, kind, subject_id, told_at)
         select gen_random_uuid(), $1, 'track_ready', gen_random_uuid(),
                now() - n * interval '1 minute'
           from generate_series(0, $2::int - 1) n
"""
_INBOX = "insert into notification_preferences (user_id, last_notified_at) values ($1, now())"


async def count_of(services, person):
    async with services.database.read() as conn:
        return await conn.value(
            int, "select count(*) from notifications where user_id = $1", person.id
        )


async def test_the_newest_thousand_of_each_member_are_kept(services, artist, fan):
    async with services.database.transaction() as tx:
        for person, many in ((artist, rules.MAX_KEPT + 5), (fan, 3)):
            await tx.run(_INBOX, person.id)
            await tx.run(_MANY, person.id, many)

    await retention.sweep_notifications(services.database)

    assert (await count_of(services, artist), await count_of(services, fan)) == (1_000, 3)
    async with services.database.read() as conn:
        kept = await conn.value(
            int,
            """
            select extract(epoch from max(told_at) - min(told_at))::int
              from notifications
             where user_id = $1
            """,
            artist.id,
        )
    assert kept == 999 * 60


@pytest.mark.long
async def test_no_more_are_counted_as_unread_than_are_kept(services, artist, client):
    async with services.database.transaction() as tx:
        await tx.run(_MANY, artist.id, rules.MAX_KEPT + 5)

    for path in ("notifications", "notifications/unread"):
        answer = await client.get(path, headers=artist.headers)
        assert answer.json()["data"]["unread_count"] == rules.MAX_KEPT


async def test_more_members_than_a_page_holds_are_swept(services, artist, monkeypatch):
    monkeypatch.setattr(rules, "MAX_KEPT", 1)
    async with services.database.transaction() as tx:
        await tx.run(
            """
            with people as (
                insert into users (id, username, email, password_hash)
                     select gen_random_uuid(), 'k' || left(md5($1 || n), 20),
                            md5($1 || n) || '@example.com', 'x'
                       from generate_series(1, 600) n
                  returning id
            ), opened as (
                insert into notification_preferences (user_id, last_notified_at)
                     select id, now() from people
            )
            insert into notifications (id, user_id, kind, subject_id, told_at)
                 select gen_random_uuid(), people.id, 'track_ready', $2::uuid,
                        now() - n * interval '1 minute'
                   from people, generate_series(1, 1) n
                  union all
                 select gen_random_uuid(), people.id, 'track_failed', $2::uuid, now()
                   from people
            """,
            str(artist.id),
            artist.id,
        )

    await retention.sweep_notifications(services.database)

    async with services.database.read() as conn:
        kinds = await conn.column(
            str, "select kind from notifications where subject_id = $1", artist.id
        )
    assert kinds == ["track_failed"] * 600


async def test_old_notifications_are_deleted_unless_updated_since(services, artist):
    long_ago = now() - rules.KEPT_FOR - timedelta(hours=1)
    sql = """
        insert into notifications (id, user_id, kind, subject_id, told_at)
             values ($1, $2, 'track_ready', $3, $4)
    """
    ids = [UUID(int=lowest_id(long_ago).int + n) for n in range(4)]
    async with services.database.transaction() as tx:
        await tx.run(sql, ids[0], artist.id, new_id(), now())
        for each in ids[1:]:
            await tx.run(sql, each, artist.id, new_id(), long_ago)
        await tx.run(sql, new_id(), artist.id, new_id(), now())
        assert await notifications.delete_old(tx, now() - rules.KEPT_FOR, at_once=1) == 1

    await retention.sweep_notifications(services.database)

    assert await count_of(services, artist) == 2


async def test_all_notifications_of_a_member_are_exported(services, tx):
    member, _ = await make.member_in(tx)
    actor, name = await make.member_in(tx)
    await service.notify(
        tx, NewNotification(actor.id, NotificationKind.FOLLOW, member.id), [member.id]
    )
    await tx.run(_MANY, member.id, 1_100)

    handed_out = await personal_data.export(tx, member.id)

    assert len({one.id for one in handed_out}) == 1_101
    assert name in msgspec.json.encode(handed_out).decode()


async def test_erasing_a_member_deletes_their_notifications_and_actor_entries(
    services, act, told, artist, fan, other, track_id
):
    for liker in (fan, other):
        await act(liker, "POST", f"tracks/{track_id}/like")
    await act(fan, "POST", f"users/{artist.id}/follow")
    await act(artist, "POST", f"users/{fan.id}/follow")
    assert len(await told(artist)) == 2

    async with services.database.transaction() as tx:
        await personal_data.erase(tx, fan.id)

    assert await told(artist) == [("track_like", [other.username], 1)]
    assert await told(fan) == []


async def test_a_page_costs_two_statements_and_the_rest_of_the_count_two_more(
    services, client, act, artist, fan, track_id
):
    await act(fan, "POST", f"tracks/{track_id}/like")
    await act(fan, "POST", f"tracks/{track_id}/comments", content="That bass!")
    await act(fan, "POST", f"users/{artist.id}/follow")
    await make.delivered(services)

    async with hearing(services, "notifications") as statements:
        answer = await client.get("notifications", headers=artist.headers)

    assert len(answer.json()["data"]["notifications"]) == 3
    assert len(statements) == 2

    async with hearing(services, "notifications") as statements:
        await client.get("notifications", params={"limit": 1}, headers=artist.headers)

    assert len(statements) == 4


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 5, 100])
async def test_every_page_knows_the_number_of_all_unread(client, act, services, artist, limit):
    async with services.database.transaction() as tx:
        tracks = [await make.bare_track(tx, artist.member, str(n)) for n in range(4)]
    for track_id in tracks:
        await act(await make.person(services), "POST", f"tracks/{track_id}/like")
        await make.delivered(services)
    newest = (await client.get("notifications", headers=artist.headers)).json()["data"]
    read_id = newest["notifications"][limit % 4]["id"]
    await act(artist, "POST", f"notifications/{read_id}/read")

    query, seen = {"limit": limit}, 0
    while True:
        answer = await client.get("notifications", params=query, headers=artist.headers)
        page = answer.json()["data"]
        seen += len(page["notifications"])
        assert page["unread_count"] == 3
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == 4


async def test_pages_go_on_behind_hundreds_that_are_hidden(services, client, artist, fan, other):
    async with services.database.transaction() as tx:
        for of, since, until in ((fan, 0, 3), (other, 3, 400), (fan, 400, 403)):
            await tx.run(_FOLLOWED, artist.id, of.id, since, until)
    await make.suspended(services, other)

    seen, query = [], {"limit": 2}
    while True:
        answer = await client.get("notifications", params=query, headers=artist.headers)
        page = answer.json()["data"]
        seen.append([actor["id"] for one in page["notifications"] for actor in one["actors"]])
        assert page["unread_count"] == 6
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]
    assert seen == [[str(fan.id)] * 2] * 3


# Notifications of somebody who follows, a minute apart.
_FOLLOWED = """
    with told as (
        insert into notifications (id, user_id, kind, subject_id, actors_count, told_at)
             select gen_random_uuid(), $1, 'follow', gen_random_uuid(), 1,
                    now() - n * interval '1 minute'
               from generate_series($3::int, $4::int - 1) n
          returning id, told_at
    )
    insert into notification_actors (notification_id, actor_id, acted_at)
         select id, $2, told_at from told
"""


def test_every_subject_is_of_a_group():
    others = {"actor_id", "kind", "subject_id", "message_number"}
    keys = [key for group in SubjectGroup for key in KEYS[group]]
    assert sorted(keys) == sorted(set(NewNotification.__struct_fields__) - others)


@pytest.mark.long
@pytest.mark.parametrize("what", ["batch", "shown", "unread"])
async def test_lists_and_counts_use_an_index_and_scan_no_table(owner_tx, what):
    tx = owner_tx
    members = [(await make.member_in(tx))[0] for _ in range(20)]
    for member in members:
        await tx.run(_MANY, member.id, 500)
    await tx.run("update notifications set read_at = now() where random() < 0.9")
    await tx.run(_FULL_OF_OTHERS)
    await tx.run(_FULL_OF_ACTORS)
    await tx.value(str, "analyze")
    catcher = Catcher()
    if what == "batch":
        await views.find_batch(catcher, members[0].id, 20, None)
    elif what == "shown":
        await views.list_shown(catcher, [NotificationId(new_id())])
    else:
        await views.find_unread(catcher, members[0].id, most=rules.MAX_KEPT)

    plan = "\n".join(await tx.column(str, f"explain {catcher.sql}", *catcher.args))

    assert _INDEXES[what] in plan, plan
    assert what != "shown" or "notification_actors_acted_at" in plan, plan
    for table in _LARGE:
        assert f"Seq Scan on {table} " not in plan, plan
    # A row of a small table may be sorted to be joined, and the notifications of a page.
    assert what == "shown" or not re.search(r"Sort Key: (n|a)\.", plan), plan


_INDEXES = {
    "batch": "notifications_user_id",
    "shown": "notifications_pkey",
    "unread": "notifications_unread",
}
_LARGE = (
    *("notifications", "notification_actors", "tracks", "track_comments"),
    *("users", "blocks", "mutes"),
)
# So much that nobody would look at it whole.
_FULL_OF_OTHERS = """
    with people as (
        insert into users (id, username, email, password_hash)
             select gen_random_uuid(), 'full' || n, 'full' || n || '@example.com', 'x'
               from generate_series(1, 3000) n
          returning id
    ), shown as (
        insert into tracks (id, owner_id, title, visibility)
             select gen_random_uuid(), id, 'Ferry', 'public' from people
          returning id, owner_id
    )
    insert into track_comments (id, track_id, author_id, content)
         select gen_random_uuid(), id, owner_id, '!' from shown
"""
_FULL_OF_ACTORS = """
    with people as (
        select id, lead(id) over (order by id) as following from users where username like 'full%'
    ), blocking as (
        insert into blocks (blocker_id, blocked_id)
             select id, following from people where following is not null
    ), muting as (
        insert into mutes (muter_id, muted_id)
             select id, following from people where following is not null
    ), acting as (
        insert into notification_actors (notification_id, actor_id, acted_at)
             select n.id, p.id, n.told_at
               from notifications n
               join lateral (select id from people limit 5) p on true
    )
    update notifications set actors_count = 5
"""
