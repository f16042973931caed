"""Likes and ratings of releases: counted, listed, private, and gone with the member."""

import asyncio

import pytest

from tests import make
from tests.infra.databases import execute
from veza.app.worker import run_until_empty
from veza.core.ids import ReleaseId, new_id
from veza.core.visibility import Visibility
from veza.domains.music.library import personal_data


@pytest.fixture
async def release_id(services, owner, add):
    track_id = await add()
    async with services.database.transaction() as tx:
        return await make.release(
            tx, owner.member, "Night Ferry", track_id, visibility=Visibility.PUBLIC
        )


async def _call(client, method, path, person, status=200, **form):
    given = {"json": form} if form else {}
    answer = await client.request(method, path, headers=person.headers, **given)
    assert answer.status_code == status, answer.text
    return answer.json().get("data")


async def test_likes_are_counted_once_and_announced(client, services, owner, other, release_id):
    like = f"releases/{release_id}/like"
    for _ in range(2):
        state = await _call(client, "post", like, other)
        assert state == {"liked": True, "likes_count": 1}
    await _call(client, "post", like, owner)
    shown = await _call(client, "get", f"releases/{release_id}", other)
    assert (shown["liked"], shown["likes_count"]) == (True, 2)
    listed = await _call(client, "get", "users/me/library/liked-releases", other)
    assert [each["id"] for each in listed["releases"]] == [str(release_id)]
    await make.delivered(services)
    await run_until_empty(services)
    told = await make.told(services, owner)
    assert [each.release.title for each in told if each.kind == "release_like"] == ["Night Ferry"]

    for _ in range(2):
        state = await _call(client, "delete", like, other)
        assert state == {"liked": False, "likes_count": 1}
    shown = await _call(client, "get", f"releases/{release_id}", other)
    assert (shown["liked"], shown["likes_count"]) == (False, 1)
    assert (await _call(client, "get", "users/me/library/liked-releases", other))["releases"] == []


async def test_twenty_members_who_like_at_once_are_all_counted(client, services, release_id):
    people = [await make.person(services) for _ in range(20)]
    like = f"releases/{release_id}/like"
    await asyncio.gather(*(_call(client, "post", like, person) for person in people))
    await asyncio.gather(*(_call(client, "delete", like, person) for person in people[:5]))
    shown = await _call(client, "get", f"releases/{release_id}", people[0])
    assert shown["likes_count"] == 15


async def test_a_suspended_member_s_like_does_not_count(client, services, work, other, release_id):
    await _call(client, "post", f"releases/{release_id}/like", other)

    async def count():
        sql = "select likes_count from releases where id = $1"
        return (await execute(services.addresses.migration, sql, release_id))[0][0]

    assert await count() == 1
    await make.suspended(services, other)
    await work()
    assert await count() == 0
    await make.unsuspended(services, other)
    await work()
    assert await count() == 1
    async with services.database.transaction() as tx:
        await personal_data.erase(tx, other.id)
    assert await count() == 0


async def test_ratings_are_listed_by_time_and_replaced(
    client, services, owner, other, add, release_id
):
    async with services.database.transaction() as tx:
        second = await make.release(
            tx, owner.member, "Second", await add(), visibility=Visibility.PUBLIC
        )
    for each, rating in ((release_id, 2), (second, 5), (release_id, 4)):
        path = f"releases/{each}/rating"
        assert await _call(client, "put", path, other, rating=rating) == {"rating": rating}
    path = "users/me/library/rated-releases"
    first = await _call(client, "get", f"{path}?limit=1", other)
    rest = await _call(client, "get", f"{path}?limit=1&cursor={first['next_cursor']}", other)
    found = [(each["release"]["id"], each["rating"]) for each in first["ratings"] + rest["ratings"]]
    assert found == [(str(release_id), 4), (str(second), 5)]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    best = await _call(client, "get", f"{path}?min_rating=5", other)
    assert [each["release"]["id"] for each in best["ratings"]] == [str(second)]
    assert (await _call(client, "get", path, owner))["ratings"] == []
    for _ in range(2):
        gone = await _call(client, "delete", f"releases/{second}/rating", other)
        assert gone == {"rating": None}
    assert len((await _call(client, "get", path, other))["ratings"]) == 1
    await _call(client, "put", f"releases/{second}/rating", other, 400, rating=6)


async def test_a_hidden_release_is_like_a_missing_one(client, services, owner, other, release_id):
    for method, what, form in (
        ("post", "like", {}),
        ("put", "rating", {"rating": 3}),
    ):
        await _call(client, method, f"releases/{release_id}/{what}", other, **form)
    await _call(client, "put", f"releases/{release_id}", owner, visibility="private")
    for each in (release_id, ReleaseId(new_id())):
        for method, what, form in (
            ("post", "like", {}),
            ("delete", "like", {}),
            ("put", "rating", {"rating": 3}),
        ):
            await _call(client, method, f"releases/{each}/{what}", other, 404, **form)
    for path, name in (("liked-releases", "releases"), ("rated-releases", "ratings")):
        listed = await _call(client, "get", f"users/me/library/{path}", other)
        assert listed[name] == []
    # A rating of what was hidden meanwhile can be removed.
    gone = await _call(client, "delete", f"releases/{release_id}/rating", other)
    assert gone == {"rating": None}
