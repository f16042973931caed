"""Which events notify whom."""

import asyncio
from uuid import UUID

import pytest

from tests import make
from tests.domains.notifications.inbox.reactions_steps import happen
from tests.support.waiting import until_somebody_waits
from veza.app.reactions import REACTIONS
from veza.core.access import Role
from veza.core.ids import NotificationId, TrackId, UserId, new_id
from veza.domains.marketplace.orders.events import OrderPaid
from veza.domains.moderation.reports.events import ModerationActionTaken, ReportClosed
from veza.domains.moderation.reports.models import ModerationActionType
from veza.domains.music.track_comments.events import TrackCommented
from veza.domains.music.tracks.events import TrackFailed, TrackLiked, TrackReady
from veza.domains.music.tracks.models.tracks import ProcessedAudio
from veza.domains.music.tracks.service import track_changes
from veza.domains.notifications.inbox import rules, service
from veza.domains.notifications.inbox.events import NOTIFIED
from veza.domains.relationships.events import UserFollowed
from veza.infra.jobs.outbox import emit


async def add_comment(services, track_id, author, content="That bass!"):
    comment_id = new_id()
    sql = "insert into track_comments (id, track_id, author_id, content) values ($1, $2, $3, $4)"
    async with services.database.transaction() as tx:
        await tx.run(sql, comment_id, track_id, author.id, content)
    return comment_id


async def test_a_new_follower_notifies(act, see, artist, fan):
    await act(fan, "POST", f"users/{artist.id}/follow")

    [one] = (await see(artist))["notifications"]
    assert (one["kind"], one["is_read"]) == ("follow", False)
    assert one["actors"] == [make.shown(fan)]
    assert (one["track"], one["comment"], one["report"], one["reason"]) == (None, None, None, None)


async def test_a_like_notifies_with_its_track(act, see, artist, fan, track_id):
    await act(fan, "POST", f"tracks/{track_id}/like")

    [one] = (await see(artist))["notifications"]
    assert (one["kind"], one["actors_count"]) == ("track_like", 1)
    assert one["track"] == {"id": str(track_id), "title": "Night Ferry"}


async def test_ten_likes_are_one_notification_that_names_the_last_three(
    services, act, see, artist, track_id
):
    fans = [await make.person(services) for _ in range(10)]
    for fan in fans:
        await act(fan, "POST", f"tracks/{track_id}/like")
        await make.delivered(services)

    page = await see(artist)

    [one] = page["notifications"]
    assert (one["actors_count"], page["unread_count"]) == (10, 1)
    assert [actor["id"] for actor in one["actors"]] == [str(fan.id) for fan in fans[:-4:-1]]


async def test_likes_of_two_tracks_are_two_notifications(
    services, act, told, artist, fan, track_id
):
    async with services.database.transaction() as tx:
        second = await make.bare_track(tx, artist.member, "Day Ferry")
    for liked in (track_id, second):
        await act(fan, "POST", f"tracks/{liked}/like")

    assert await told(artist) == [("track_like", [fan.username], 1)] * 2


async def test_after_the_notification_is_read_the_next_like_creates_another(
    act, see, told, artist, fan, other, track_id
):
    await act(fan, "POST", f"tracks/{track_id}/like")
    [first] = (await see(artist))["notifications"]
    await act(artist, "POST", f"notifications/{first['id']}/read")

    await act(other, "POST", f"tracks/{track_id}/like")

    assert await told(artist) == [
        ("track_like", [other.username], 1),
        ("track_like", [fan.username], 1),
    ]
    assert [one["is_read"] for one in (await see(artist))["notifications"]] == [False, True]


@pytest.mark.parametrize("is_read", [False, True])
async def test_deleting_a_like_keeps_its_notification_and_liking_again_adds_none(
    act, see, told, artist, fan, track_id, is_read
):
    path = f"tracks/{track_id}/like"
    await act(fan, "POST", path)
    [one] = (await see(artist))["notifications"]
    if is_read:
        await act(artist, "POST", f"notifications/{one['id']}/read")

    await act(fan, "DELETE", path)
    assert await told(artist) == [("track_like", [fan.username], 1)]
    await act(fan, "POST", path)

    [again] = (await see(artist))["notifications"]
    assert (again["id"], again["told_at"]) == (one["id"], one["told_at"])


async def test_the_latest_notification_is_first(services, act, told, artist, fan, other, track_id):
    await act(fan, "POST", f"tracks/{track_id}/like")
    await make.delivered(services)
    await act(fan, "POST", f"users/{artist.id}/follow")
    assert [kind for kind, *_ in await told(artist)] == ["follow", "track_like"]

    await act(other, "POST", f"tracks/{track_id}/like")

    assert await told(artist) == [
        ("track_like", [other.username, fan.username], 2),
        ("follow", [fan.username], 1),
    ]


async def test_each_comment_notifies_with_its_beginning(act, see, told, artist, fan, track_id):
    path = f"tracks/{track_id}/comments"
    await act(fan, "POST", path, content="Nice.")
    said = await act(fan, "POST", path, content="x" * 201)

    assert await told(artist) == [("track_comment", [fan.username], 1)] * 2
    one = (await see(artist))["notifications"][0]
    assert one["comment"] == {"id": said["id"], "excerpt": "x" * 200}
    assert one["track"] == {"id": str(track_id), "title": "Night Ferry"}


async def test_mentions_ignore_the_case_of_names(act, see, told, artist, fan, other, track_id):
    content = f"Hear this, @{other.username.upper()} and @{fan.username} and @nobody_at_all!"
    await act(fan, "POST", f"tracks/{track_id}/comments", content=content)

    [one] = (await see(other))["notifications"]
    assert (one["kind"], one["comment"]["excerpt"]) == ("mention", content)
    assert one["track"]["title"] == "Night Ferry"
    # Nobody is told of themselves.
    assert await told(fan) == []
    assert await told(artist) == [("track_comment", [fan.username], 1)]


async def test_an_artist_mentioned_on_their_own_track_is_notified_once(
    act, told, artist, fan, track_id
):
    path = f"tracks/{track_id}/comments"
    await act(fan, "POST", path, content=f"@{artist.username}, how did you do it?")
    assert await told(artist) == [("track_comment", [fan.username], 1)]


async def test_an_artist_without_comment_notifications_is_notified_of_a_mention(
    act, told, artist, fan, track_id
):
    await act(artist, "PUT", "notifications/preferences", track_comment=False)
    path = f"tracks/{track_id}/comments"
    await act(fan, "POST", path, content="Nice.")
    await act(fan, "POST", path, content=f"@{artist.username}, how did you do it?")
    assert await told(artist) == [("mention", [fan.username], 1)]


async def test_mentions_on_a_private_track_notify_nobody(services, act, told, artist, fan):
    async with services.database.transaction() as tx:
        hidden = await make.bare_track(tx, artist.member, "Draft", visibility="private")
    await act(artist, "POST", f"tracks/{hidden}/comments", content=f"Later, @{fan.username}.")
    assert await told(fan) == []


async def test_nobody_is_notified_of_their_own_actions(act, told, artist, track_id):
    await act(artist, "POST", f"tracks/{track_id}/like")
    content = f"By me, @{artist.username}."
    await act(artist, "POST", f"tracks/{track_id}/comments", content=content)
    assert await told(artist) == []


async def test_an_artist_is_notified_of_a_ready_or_failed_track(services, see, artist):
    async with services.database.transaction() as tx:
        ready, failed = [
            await make.bare_track(
                tx, artist.member, title, status="processing", duration_ms=None, format=None
            )
            for title in ("Ferry", "Broken")
        ]
        facts = ProcessedAudio(
            "flac", 60_000, 800_000, 44_100, 2, -14.0, -1.0, None, cover_palette=None
        )
        await track_changes.finish_track(tx, ready, facts)
        await track_changes.fail_track(tx, failed, "The file breaks off after 3 seconds.")

    found = (await see(artist))["notifications"]

    assert [(one["kind"], one["track"]["title"], one["reason"]) for one in found] == [
        ("track_failed", "Broken", "The file breaks off after 3 seconds."),
        ("track_ready", "Ferry", None),
    ]
    assert [(one["actors"], one["actors_count"]) for one in found] == [([], 0)] * 2


@pytest.mark.parametrize("is_blocker", [True, False])
async def test_nobody_is_notified_across_a_block(
    services, act, told, artist, fan, track_id, is_blocker
):
    blocker, blocked = (artist, fan) if is_blocker else (fan, artist)
    await act(blocker, "POST", f"users/{blocked.id}/block")
    comment_id = await add_comment(services, track_id, fan)

    await happen(
        services,
        UserFollowed(fan.id, artist.id),
        TrackLiked(track_id, fan.id, artist.id),
        TrackCommented(comment_id, track_id, fan.id, artist.id, [artist.username]),
    )

    assert await told(artist) == []


@pytest.mark.parametrize("is_blocker", [True, False])
async def test_a_mention_notifies_nobody_with_a_block_with_the_artist(
    services, act, told, artist, fan, other, track_id, is_blocker
):
    blocker, blocked = (artist, other) if is_blocker else (other, artist)
    await act(blocker, "POST", f"users/{blocked.id}/block")

    await act(fan, "POST", f"tracks/{track_id}/comments", content=f"@{other.username}!")

    assert await told(other) == []
    assert await told(artist) == [("track_comment", [fan.username], 1)]


async def test_muted_members_cause_no_notifications_and_get_their_own(
    act, told, artist, fan, track_id
):
    await act(artist, "POST", f"users/{fan.id}/mute")
    await act(fan, "POST", f"users/{artist.id}/follow")
    await act(fan, "POST", f"tracks/{track_id}/like")
    await act(artist, "POST", f"users/{fan.id}/follow")

    assert await told(artist) == []
    assert await told(fan) == [("follow", [artist.username], 1)]


async def test_a_suspended_actor_notifies_nobody(services, told, artist, fan, track_id):
    await make.suspended(services, fan)
    await happen(services, TrackLiked(track_id, fan.id, artist.id))
    assert await told(artist) == []


@pytest.mark.parametrize("is_read", [False, True])
async def test_an_event_delivered_twice_notifies_once(
    services, act, told, artist, fan, other, track_id, is_read
):
    comment_id = await add_comment(services, track_id, fan)
    events = [
        UserFollowed(fan.id, artist.id),
        TrackLiked(track_id, fan.id, artist.id),
        TrackCommented(comment_id, track_id, fan.id, artist.id, [artist.username, other.username]),
        TrackReady(track_id, artist.id, "Night Ferry"),
        TrackFailed(track_id, artist.id, "Night Ferry", "Broken."),
    ]
    await happen(services, *events)
    once = await told(artist)
    if is_read:
        for person in (artist, other):
            await act(person, "POST", "notifications/read-all")

    await happen(services, *events, *events)

    assert await told(artist) == once
    assert len(once) == 5
    assert await told(other) == [("mention", [fan.username], 1)]


async def test_moderators_decisions_notify_once_and_can_not_be_switched_off(
    services, client, act, artist
):
    admin = await make.person(services, Role.ADMIN)
    answer = await client.put(
        "notifications/preferences", headers=artist.headers, json={"banned": False}
    )
    assert answer.status_code == 400, answer.text
    for path in ("suspend", "unban"):
        await act(admin, "POST", f"admin/users/{artist.id}/{path}", reason="Be kind.")
    async with services.database.read() as conn:
        sanctions = await conn.column(
            str, "select id::text from moderation_actions where user_id = $1 order by id", artist.id
        )

    await happen(
        services,
        ModerationActionTaken(sanctions[0], artist.id, ModerationActionType.SUSPEND),
        ModerationActionTaken(sanctions[1], artist.id, ModerationActionType.LIFT_SUSPENSION),
    )

    found = await make.told(services, artist)
    assert [(one.kind, one.reason) for one in found] == [
        ("unbanned", "Be kind."),
        ("banned", "Be kind."),
    ]


async def test_deleted_subjects_notify_nobody(services, told, artist, fan, track_id):
    gone = TrackId(new_id())
    await happen(
        services,
        TrackLiked(gone, fan.id, artist.id),
        TrackCommented(new_id(), track_id, fan.id, artist.id, []),
        TrackReady(gone, artist.id, "Gone"),
        TrackFailed(gone, artist.id, "Gone", "Gone."),
        ModerationActionTaken(new_id(), artist.id, ModerationActionType.WARN),
        ReportClosed(new_id()),
        UserFollowed(UserId(new_id()), artist.id),
        UserFollowed(fan.id, UserId(new_id())),
    )
    assert await told(artist) == []


async def test_more_reporters_than_a_batch_holds_are_all_notified(services, artist):
    report_id = new_id()
    async with services.database.transaction() as tx:
        await tx.run(_REPORT, report_id, artist.id)
        await tx.run(_MANY_REPORTERS, report_id)
        await emit(tx, ReportClosed(report_id))

    await make.delivered(services)

    async with services.database.read() as conn:
        counted = "select count(distinct user_id) from notifications where report_id = $1"
        assert await conn.value(int, counted, report_id) == 1_100


_REPORT = """
    insert into reports (id, content_type, content_id, status, action, resolved_at, evidence)
         values ($1, 'user', $2, 'resolved', 'resolve', now(), '{}')
"""

_MANY_REPORTERS = """
    with people as (
        insert into users (id, username, email, password_hash)
             select gen_random_uuid(), 'r' || left(md5($1::uuid::text || n), 20),
                    md5($1::uuid::text || n) || '@example.com', 'x'
               from generate_series(1, 1100) n
          returning id
    )
    insert into report_entries (id, report_id, reporter_id, reason)
         select gen_random_uuid(), $1::uuid, id, 'Stolen.' from people
"""


@pytest.mark.long
async def test_concurrent_events_are_counted_exactly(services, act, see, artist, track_id):
    """Several workers deliver, the artist reads, likes go on: each is told once, none is lost."""
    fans = [await make.person(services) for _ in range(40)]

    async def like(some):
        for fan in some:
            await act(fan, "POST", f"tracks/{track_id}/like")

    async def read():
        for _ in range(5):
            await make.delivered(services)
            await act(artist, "POST", "notifications/read-all")

    await asyncio.gather(
        *(like(fans[n::4]) for n in range(4)),
        *(make.delivered(services) for _ in range(3)),
        read(),
    )

    found = (await see(artist, limit=100))["notifications"]
    assert sum(one["actors_count"] for one in found) == 40
    assert sum(not one["is_read"] for one in found) <= 1
    async with services.database.read() as conn:
        rows = await conn.column(
            str,
            """
            select a.actor_id::text
              from notification_actors a
              join notifications n on n.id = a.notification_id
             where n.user_id = $1
            """,
            artist.id,
        )
    assert sorted(rows) == sorted(str(fan.id) for fan in fans)


async def test_notifications_of_the_same_member_wait_for_each_other(
    services, artist, fan, other, track_id
):
    """So that moments only rise, in the order in which what is told can be seen."""
    tell = REACTIONS[TrackLiked][0]

    async def tell_of(liker):
        async with services.database.transaction() as tx:
            await tell(tx, TrackLiked(track_id, liker.id, artist.id))

    async with services.database.transaction() as tx:
        await tell(tx, TrackLiked(track_id, fan.id, artist.id))
        waiting = asyncio.create_task(tell_of(other))
        await until_somebody_waits(services.database)
        [moment] = await tx.column(str, _MOMENT, artist.id)
    await waiting

    async with services.database.read() as conn:
        [later] = await conn.column(str, _MOMENT, artist.id)
    assert later > moment


_MOMENT = "select told_at::text from notifications where user_id = $1"


def test_each_sanction_has_its_kind():
    assert set(rules.KINDS_OF_ACTIONS) == set(ModerationActionType)


async def test_each_notification_is_announced_to_every_process_once(
    services, act, artist, fan, other, track_id
):
    for liker in (fan, other):
        await act(liker, "POST", f"tracks/{track_id}/like")
        await make.delivered(services)
    await happen(services, TrackLiked(track_id, fan.id, artist.id))
    await make.delivered(services)

    async with services.database.read() as conn:
        sql = "select subject from revisions where topic = $1 and subject like $2"
        subjects = await conn.column(str, sql, NOTIFIED, f"{artist.id}:%")
        [one] = {subject.split(":")[1] for subject in subjects}
        pushed = await service.list_for_push(conn, [NotificationId(UUID(one))], make.NO_LINKS)
        nothing = await service.list_for_push(conn, [], make.NO_LINKS)
        gone = await service.list_for_push(conn, [NotificationId(new_id())], make.NO_LINKS)

    assert len(subjects) == len(set(subjects)) == 2
    [push] = pushed
    assert push.user_id == artist.id
    assert (push.notification.kind, push.notification.actors_count) == ("track_like", 2)
    assert (nothing, gone) == ([], [])


async def test_hidden_notifications_are_not_pushed(services, artist, fan, track_id):
    await happen(services, TrackLiked(track_id, fan.id, artist.id))
    [one] = await make.told(services, artist)
    await make.suspended(services, fan)

    async with services.database.read() as conn:
        assert await service.list_for_push(conn, [one.id], make.NO_LINKS) == []


async def test_sellers_are_notified_of_a_sale_once(services, artist, fan, other, see):
    async with services.database.transaction() as tx:
        order_id = await make.paid_order(tx, fan.member, (artist.member, 1200), (other.member, 500))
    await happen(services, OrderPaid(order_id, fan.id, [artist.id, other.id]))
    await happen(services, OrderPaid(order_id, fan.id, []))

    for seller, net in ((artist, 1080), (other, 450)):
        [found] = (await see(seller))["notifications"]
        assert (found["kind"], found["actors"]) == ("sale", [])
        sold = {"title": "Night Ferry", "kind": "product", "share_cents": net, "currency": "EUR"}
        assert found["sale"] == {"id": str(order_id), "tip": None} | sold
    assert (await see(fan))["notifications"] == []


async def test_a_tip_is_told_with_its_words_unless_they_are_unwanted(services, artist, fan, see):
    async with services.database.transaction() as tx:
        order_id = await make.paid_tip(tx, services, fan.member, artist.member)
    await happen(services, OrderPaid(order_id, fan.id, [artist.id]))
    [found] = (await see(artist))["notifications"]
    assert (found["sale"]["kind"], found["sale"]["share_cents"]) == ("tip", 450)
    told = {"giver": fan.username, "amount_cents": 500, "message": "Encore!"}
    assert found["sale"]["tip"] == told
    sql = "insert into mutes (muter_id, muted_id) values ($1, $2)"
    async with services.database.transaction() as tx:
        await tx.run(sql, artist.id, fan.id)
    [found] = (await see(artist))["notifications"]
    assert found["sale"]["tip"] == told | {"message": None}
