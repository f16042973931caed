"""Following, blocking and muting over HTTP."""

import pytest

from tests import make
from tests.domains.relationships.routes_steps import call, told
from veza.core.access import Scope
from veza.core.ids import new_id

ACTIONS = ("follow", "block", "mute")


async def test_following_answers_how_many_do(client, ann, bob, cleo):
    path = f"users/{ann.id}/follow"
    for person, count in ((bob, 1), (bob, 1), (cleo, 2)):
        status, body = await call(client, "POST", path, person)
        assert (status, body["data"]) == (200, {"following": True, "followers_count": count})

    for _ in range(2):
        status, body = await call(client, "DELETE", path, bob)
        assert (status, body["data"]) == (200, {"following": False, "followers_count": 1})


@pytest.mark.parametrize(("action", "word"), [("block", "blocked"), ("mute", "muted")])
async def test_what_was_done_can_be_undone(client, ann, bob, action, word):
    for method, value in (("POST", True), ("POST", True), ("DELETE", False), ("DELETE", False)):
        status, body = await call(client, method, f"users/{ann.id}/{action}", bob)
        assert (status, body["data"]) == (200, {word: value})
        assert (await told(client, f"users/{ann.id}/relation", bob))[word] is value


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_invalid_requests_are_refused(client, services, ann, bob, cleo, method, action):
    await make.suspended(services, cleo)
    refusals = {
        f"users/{ann.id}/{action}": (ann, 400, "not_with_oneself"),
        f"users/{new_id()}/{action}": (ann, 404, "user_not_found"),
        f"users/{cleo.id}/{action}": (ann, 404, "user_not_found"),
        f"users/{bob.id}/{action}": (None, 401, "unauthenticated"),
    }
    for path, (person, status, code) in refusals.items():
        answered, body = await call(client, method, path, person)
        assert (answered, body["code"]) == (status, code), path


async def test_the_relation_shows_both_directions_of_a_follow(client, services, ann, bob):
    await make.follows(services, ann, bob)
    of_ann = await told(client, f"users/{bob.id}/relation", ann)
    of_bob = await told(client, f"users/{ann.id}/relation", bob)

    nothing = {"blocked": False, "muted": False}
    assert of_ann == {"following": True, "followed_by": False} | nothing
    assert of_bob == {"following": False, "followed_by": True} | nothing
    assert (await call(client, "GET", f"users/{new_id()}/relation", ann))[0] == 404


async def test_a_profile_tells_how_many_follow_and_whether_one_does(
    client, services, ann, bob, cleo
):
    await make.follows(services, ann, bob, cleo)
    profile = await told(client, f"users/{ann.username}")
    assert (profile["followers_count"], profile["following_count"]) == (0, 2)
    assert "following" not in profile

    profile = await told(client, f"users/{bob.username}", ann)
    assert (profile["followers_count"], profile["following"]) == (1, True)
    assert (await told(client, f"users/{ann.username}", bob))["following"] is False


async def test_the_latest_follower_comes_first_and_a_cursor_goes_on(
    client, services, ann, bob, cleo
):
    people = [bob, cleo, await make.person(services)]
    for person in people:
        await make.follows(services, person, ann)
    path = f"users/{ann.username}/followers"

    first = await told(client, f"{path}?limit=2")
    second = await told(client, f"{path}?limit=2&cursor={first['next_cursor']}")
    names = [user["username"] for page in (first, second) for user in page["users"]]
    assert names == [person.username for person in reversed(people)]
    assert (first["has_more"], second["has_more"]) == (True, False)
    assert second["next_cursor"] is None
    assert (await call(client, "GET", f"{path}?cursor=none", None))[0] == 400


async def test_lists_show_whom_the_viewer_follows(client, services, ann, bob, cleo):
    await make.follows(services, ann, bob, cleo)
    await make.follows(services, bob, cleo)

    users = (await told(client, f"users/{ann.username}/following", bob))["users"]
    assert [(u["id"], u["following"]) for u in users] == [
        (str(each.id), each is cleo) for each in sorted((bob, cleo), key=by_id, reverse=True)
    ]
    users = (await told(client, f"users/{cleo.username}/followers"))["users"]
    assert {u["id"] for u in users} == {str(ann.id), str(bob.id)}
    assert all("following" not in user for user in users)


def by_id(person):
    # Those whom somebody follows in one transaction they follow since the same moment.
    return person.id


async def test_own_blocks_and_mutes_are_listed(client, services, ann, bob, cleo):
    await make.blocks(services, ann, bob)
    await make.mutes(services, ann, cleo)

    for path, person in (("users/me/blocks", bob), ("users/me/mutes", cleo)):
        page = await told(client, path, ann)
        assert [user["username"] for user in page["users"]] == [person.username]
        assert (await told(client, path, person))["users"] == []
        assert (await call(client, "GET", path, None))[0] == 401


async def test_blocked_members_do_not_find_each_other(client, services, ann, bob, cleo):
    await make.blocks(services, ann, bob)

    for viewer, seen in ((ann, bob), (bob, ann)):
        for rest in ("", "/followers", "/following", "/tracks"):
            path = f"users/{seen.username}{rest}"
            assert (await call(client, "GET", path, viewer))[0] == 404
            assert (await call(client, "GET", path, cleo))[0] == 200
            assert (await call(client, "GET", path, None))[0] == 200


async def test_lists_exclude_blocked_members(client, services, ann, bob, cleo):
    await make.follows(services, bob, cleo)
    await make.follows(services, cleo, bob)
    await make.blocks(services, ann, bob)

    for rest in ("followers", "following"):
        path = f"users/{cleo.username}/{rest}"
        assert (await told(client, path, ann))["users"] == []
        assert len((await told(client, path))["users"]) == 1


async def test_a_block_ends_the_follows_of_both(client, services, ann, bob, ensure_exact):
    await make.follows(services, ann, bob)
    await make.follows(services, bob, ann)
    await make.blocks(services, ann, bob)

    assert await ensure_exact(ann, bob) == 0
    status, body = await call(client, "POST", f"users/{bob.id}/follow", ann)
    assert (status, body["code"]) == (409, "member_blocked")
    # Whom one blocks learns no more than that there is nobody.
    for method, path in (("POST", "follow"), ("DELETE", "follow"), ("GET", "relation")):
        status, body = await call(client, method, f"users/{ann.id}/{path}", bob)
        assert (status, body["code"]) == (404, "user_not_found")
    assert (await call(client, "POST", f"users/{ann.id}/block", bob))[0] == 200

    assert (await call(client, "DELETE", f"users/{bob.id}/block", ann))[0] == 200
    assert (await call(client, "POST", f"users/{bob.id}/follow", ann))[0] == 404


async def test_a_read_only_key_cannot_follow(client, services, ann, bob):
    reading = await make.key_headers(services, ann, Scope.READ)

    assert (await client.get("users/me/blocks", headers=reading)).status_code == 200
    answer = await client.post(f"users/{bob.id}/follow", headers=reading)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
