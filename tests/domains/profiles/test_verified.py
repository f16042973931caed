"""Verified profiles: staff sets the mark, and nobody else takes such a name."""

import pytest

from tests import make
from tests.audited import events_of
from tests.domains.auth.accounts.people import registration
from veza.core.access import Role
from veza.core.ids import new_id


@pytest.fixture
def verify(client, admin, ann):
    """Verify the profile of Ann, or take the mark back: `await verify("DELETE")`."""

    async def ask(method="POST", *, by=admin, of=ann):
        return await client.request(method, f"admin/profiles/{of.id}/verify", headers=by.headers)

    return ask


async def test_staff_verifies_a_profile_and_takes_the_mark_back(verify, show):
    for method, verified in [("POST", True), ("POST", True), ("DELETE", False), ("DELETE", False)]:
        answer = await verify(method)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"] == await show()
        assert (await show())["verified"] is verified


async def test_the_mark_is_recorded_with_who_set_it(verify, services, admin):
    for method, action in [("POST", "verify_profile"), ("DELETE", "unverify_profile")]:
        events = await events_of(services, await verify(method))
        assert [(each.action, each.user_id) for each in events] == [(action, admin.id)]


async def test_only_admins_verify(verify, services, client, ann, bob, moderator):
    creator = await make.person(services, Role.CREATOR)
    for person in (ann, bob, creator, moderator):
        for method in ("POST", "DELETE"):
            assert (await verify(method, by=person)).status_code == 403
    assert (await client.post(f"admin/profiles/{ann.id}/verify")).status_code == 401


async def test_what_does_not_exist_is_not_verified(client, admin):
    for method in ("POST", "DELETE"):
        path = f"admin/profiles/{new_id()}/verify"
        answer = await client.request(method, path, headers=admin.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "profile_not_found")


@pytest.mark.parametrize("imitate", [str, str.upper, lambda name: name.replace("o", "\u043e")])
async def test_names_like_that_of_a_verified_profile_are_refused(
    change, verify, show, bob, imitate
):
    name = f"Overtone {new_id().hex[-12:]}"
    await change(display_name=name)
    assert (await change(by=bob, display_name=imitate(name))).status_code == 200
    await change(by=bob, display_name=None)
    await verify()

    answer = await change(by=bob, display_name=imitate(name))

    assert (answer.status_code, answer.json()["code"]) == (409, "name_of_verified")
    assert [each["field"] for each in answer.json()["details"]] == ["display_name"]
    assert (await show(bob))["display_name"] == bob.username
    # The rest of a profile can be changed, and its own name may be written otherwise.
    assert (await change(by=bob, place="Here")).status_code == 200
    assert (await change(display_name=name.upper())).status_code == 200


async def test_the_handle_of_a_verified_profile_is_no_display_name_of_others(
    change, verify, ann, bob
):
    await change(display_name=f"Name {new_id().hex[-12:]}")
    await verify()
    assert (await change(by=bob, display_name=ann.username)).status_code == 409


async def test_another_name_ends_the_verification_and_frees_the_name(change, verify, bob, show):
    name = f"Overtone {new_id().hex[-12:]}"
    await change(display_name=name)
    await verify()
    await change(place="Here")
    assert (await show())["verified"] is True

    await change(display_name=f"Other {new_id().hex[-12:]}")

    assert (await show())["verified"] is False
    assert (await change(by=bob, display_name=name)).status_code == 200


async def test_another_username_ends_the_verification(client, ann, verify, show):
    await verify()
    for name, verified in [(ann.username.upper(), True), (f"r{new_id().hex[-20:]}", False)]:
        answer = await client.put("users/me", headers=ann.headers, json={"username": name})
        assert answer.status_code == 200, answer.text
        assert (await show())["verified"] is verified


async def test_no_username_looks_like_a_verified_profile(client, change, verify, show, ann, bob):
    name = f"Overtone-{new_id().hex[-12:]}"
    await change(display_name=name)
    await verify()
    like = name.replace("O", "0").lower()

    wished = registration(username=like)
    for method, path, body, headers in (
        ("POST", "auth/register", wished, {}),
        ("PUT", "users/me", {"username": like}, bob.headers),
    ):
        answer = await client.request(method, path, json=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (409, "name_of_verified"), path
        assert [each["field"] for each in answer.json()["details"]] == ["username"]
    # Neither is the rest of an account refused, nor that name to its owner.
    body = {"username": bob.username, "bio": "Hi"}
    assert (await client.put("users/me", json=body, headers=bob.headers)).status_code == 200
    answer = await client.put("users/me", json={"username": like}, headers=ann.headers)
    assert answer.status_code == 200
    # Another handle ends the mark, so the name is free again.
    assert (await show())["verified"] is False
    assert (await client.post("auth/register", json=registration(username=f"{like}x"))).is_success
