"""Notifications over HTTP: listed by pages, read, deleted; nobody else's."""

import pytest

from tests import make
from veza.core.access import Role, Scope
from veza.core.ids import new_id


@pytest.fixture
async def five(services, act, artist, see):
    """The ids of five notifications of the artist's, the latest first."""
    async with services.database.transaction() as tx:
        tracks = [await make.bare_track(tx, artist.member, f"Ferry {n}") for n in range(5)]
    fan = await make.person(services)
    for track_id in tracks:
        await act(fan, "POST", f"tracks/{track_id}/like")
        await make.delivered(services)
    return [one["id"] for one in (await see(artist))["notifications"]]


async def test_without_notifications_the_list_is_empty(see, fan):
    assert await see(fan) == {
        "notifications": [],
        "unread_count": 0,
        "next_cursor": None,
        "has_more": False,
    }


async def test_pages_follow_each_other_without_a_gap(act, see, artist, five):
    seen, cursor = [], ""
    for has_more in (True, True, False):
        page = await see(artist, limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [one["id"] for one in page["notifications"]]
        assert (page["has_more"], page["unread_count"]) == (has_more, 5)
        cursor = page["next_cursor"]

    assert (seen, cursor) == (five, None)


@pytest.mark.parametrize("query", ["cursor=nonsense", "cursor=e30", "limit=0", "limit=101"])
async def test_a_wrong_page_is_refused(client, fan, query):
    answer = await client.get(f"notifications?{query}", headers=fan.headers)
    assert answer.status_code == 400, answer.text


async def test_marking_one_as_read_counts_it_once(client, act, see, artist, five):
    for _ in range(2):
        assert await act(artist, "POST", f"notifications/{five[2]}/read") == {"unread_count": 4}

    assert await act(artist, "GET", "notifications/unread") == {"unread_count": 4}
    page = await see(artist)
    assert [one["is_read"] for one in page["notifications"]] == [False, False, True, False, False]
    assert page["unread_count"] == 4


@pytest.mark.parametrize("body", [None, {}, {"up_to": None}])
async def test_marking_all_as_read_leaves_nothing_unread(client, see, artist, five, body):
    path = "notifications/read-all"
    answer = await client.post(path, headers=artist.headers, json=body)

    assert (answer.status_code, answer.json()["data"]) == (200, {"unread_count": 0})
    assert all(one["is_read"] for one in (await see(artist))["notifications"])


async def test_marking_as_read_up_to_a_time_leaves_later_ones(
    services, act, see, artist, fan, five
):
    seen = (await see(artist))["notifications"]
    # One more like joins the oldest, which thereby is the latest.
    track_id = seen[-1]["track"]["id"]
    await act(fan, "POST", f"tracks/{track_id}/like")
    await make.delivered(services)

    left = await act(artist, "POST", "notifications/read-all", up_to=seen[0]["told_at"])

    assert left == {"unread_count": 1}
    page = await see(artist)
    assert [one["id"] for one in page["notifications"]] == [five[-1], *five[:-1]]
    assert [one["is_read"] for one in page["notifications"]] == [False, True, True, True, True]
    assert page["notifications"][0]["actors_count"] == 2


async def test_reading_up_to_one_in_the_middle_leaves_the_later_ones(act, see, artist, five):
    middle = (await see(artist))["notifications"][2]
    left = await act(artist, "POST", "notifications/read-all", up_to=middle["told_at"])
    assert left == {"unread_count": 2}


@pytest.mark.parametrize(
    "body", [{"up_to": "yesterday"}, {"up_to": 5}, {"up_to": "2026-02-30T00:00:00Z"}, []]
)
async def test_a_wrong_time_is_refused(client, fan, body):
    answer = await client.post("notifications/read-all", headers=fan.headers, json=body)
    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999Z"])
async def test_times_at_the_edge_of_the_calendar_are_accepted(act, fan, moment):
    assert await act(fan, "POST", "notifications/read-all", up_to=moment) == {"unread_count": 0}


async def test_a_deleted_notification_is_not_listed(client, act, see, artist, five):
    path = f"notifications/{five[0]}"
    assert await act(artist, "DELETE", path) == {"id": five[0]}

    assert [one["id"] for one in (await see(artist))["notifications"]] == five[1:]
    answer = await client.delete(path, headers=artist.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "notification_not_found")


async def test_notifications_of_others_are_not_found(client, see, artist, fan, five):
    assert (await see(fan))["notifications"] == []
    for method, path in (
        ("POST", f"notifications/{five[0]}/read"),
        ("DELETE", f"notifications/{five[0]}"),
        ("POST", f"notifications/{new_id()}/read"),
    ):
        answer = await client.request(method, path, headers=fan.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "notification_not_found")
    await client.post("notifications/read-all", headers=fan.headers)
    assert (await see(artist))["unread_count"] == 5


async def test_a_read_key_can_list_and_not_change(services, client, artist, five):
    headers = await make.key_headers(services, artist, Scope.READ)
    for path in ("notifications", "notifications/unread", "notifications/preferences"):
        assert (await client.get(path, headers=headers)).status_code == 200
    for method, path in (
        ("POST", f"notifications/{five[0]}/read"),
        ("POST", "notifications/read-all"),
        ("DELETE", f"notifications/{five[0]}"),
        ("PUT", "notifications/preferences"),
    ):
        answer = await client.request(method, path, headers=headers, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")


async def test_a_new_name_counts_at_once(services, see, act, artist, fan, track_id):
    await act(fan, "POST", f"tracks/{track_id}/like")
    await see(artist)
    name = f"n{fan.id.hex[-12:]}"
    async with services.database.transaction() as tx:
        await tx.run("update users set username = $1 where id = $2", name, fan.id)
        await tx.run("update tracks set title = 'Day Ferry' where id = $1", track_id)

    [one] = (await see(artist))["notifications"]
    assert [actor["username"] for actor in one["actors"]] == [name]
    assert one["track"]["title"] == "Day Ferry"


async def test_deleting_a_subject_deletes_its_notifications(act, see, artist, fan, other, track_id):
    path = f"tracks/{track_id}/comments"
    said = await act(fan, "POST", path, content=f"Hear, @{other.username}!")
    await act(fan, "POST", f"tracks/{track_id}/like")
    assert len((await see(artist))["notifications"]) == 2

    await act(fan, "DELETE", f"{path}/{said['id']}")
    assert [one["kind"] for one in (await see(artist))["notifications"]] == ["track_like"]
    assert (await see(other))["unread_count"] == 0
    await act(artist, "DELETE", f"tracks/{track_id}")
    assert (await see(artist))["notifications"] == []


async def test_notifications_of_hidden_subjects_are_not_shown(
    services, act, see, artist, fan, other, track_id
):
    await act(fan, "POST", f"tracks/{track_id}/comments", content=f"Hear, @{other.username}!")
    assert (await see(other))["unread_count"] == 1

    await act(artist, "PUT", f"tracks/{track_id}", visibility="private")
    page = await see(other)
    assert (page["notifications"], page["unread_count"]) == ([], 0)
    assert (await see(artist))["unread_count"] == 1
    await act(artist, "PUT", f"tracks/{track_id}", visibility="unlisted")
    assert (await see(other))["unread_count"] == 1
    await make.suspended(services, artist)
    assert (await see(other))["unread_count"] == 0


@pytest.mark.parametrize("how", ["block", "mute", "be blocked"])
async def test_muted_and_blocked_actors_are_not_named(
    services, act, see, artist, fan, other, track_id, how
):
    await act(fan, "POST", f"tracks/{track_id}/like")
    await act(fan, "POST", f"tracks/{track_id}/comments", content="Mine!")
    await act(other, "POST", f"tracks/{track_id}/like")
    await see(artist)
    if how == "be blocked":
        await act(fan, "POST", f"users/{artist.id}/block")
    else:
        await act(artist, "POST", f"users/{fan.id}/{how}")

    page = await see(artist)

    [one] = page["notifications"]
    assert [actor["username"] for actor in one["actors"]] == [other.username]
    assert page["unread_count"] == 1


async def test_notifications_need_a_token(client, services):
    for method, path in (
        ("GET", "notifications"),
        ("GET", "notifications/unread"),
        ("POST", "notifications/read-all"),
        ("GET", "notifications/preferences"),
    ):
        assert (await client.request(method, path)).status_code == 401
    moderator = await make.person(services, Role.MODERATOR)
    assert (await client.get("notifications", headers=moderator.headers)).status_code == 200
