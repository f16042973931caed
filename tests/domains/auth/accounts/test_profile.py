"""The own account: username, address, biography and password."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests import make
from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    refresh,
    registration,
    sign_in,
    sign_up,
)
from veza.app.services import Services
from veza.core.access import Role
from veza.domains.music.tracks.service import track_search

NEXT = "another long sentence"


async def _change(
    client: httpx.AsyncClient, someone: dict[str, Any], **changes: Any
) -> httpx.Response:
    return await client.put("users/me", json=changes, headers=bearer(someone["access_token"]))


async def _change_password(
    client: httpx.AsyncClient, someone: dict[str, Any], current: str, new: str
) -> httpx.Response:
    body = {"current_password": current, "new_password": new}
    return await client.put("users/me/password", json=body, headers=bearer(someone["access_token"]))


async def test_the_own_account_is_shown_without_the_password(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    data = (await client.get("users/me", headers=bearer(someone["access_token"]))).json()["data"]

    assert set(data) == {
        *("id", "username", "display_name", "handle", "avatar_url"),
        "email",
        "role",
        "bio",
        "do_not_sell",
        "explicit",
        "ai",
        "language",
        "email_verified",
        "confirms_by_sign_in",
        "created_at",
        "may_invite",
    }
    assert (data["bio"], data["do_not_sell"], data["role"]) == ("", False, "user")
    assert data["email_verified"] is False
    assert data["created_at"].endswith("Z")


async def test_the_address_is_not_shown_to_others(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    for name in (someone["username"], someone["username"].upper()):
        answer = await client.get(f"users/{name}")

        assert answer.status_code == 200
        data = answer.json()["data"]
        counts = {"followers_count", "following_count"}
        names = {"id", "username", "display_name", "handle", "avatar_url"}
        assert set(data) == names | {"role", "bio", "created_at"} | counts
        assert data["username"] == someone["username"]


@pytest.mark.parametrize("name", ["nobody-here", "%00", "%F0%9F%8E%B5", "a" * 5000, "%25", "_%25"])
async def test_an_unknown_member_is_404(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.get(f"users/{name}")

    assert answer.status_code in ({400, 404} if name == "%00" else {404})


async def test_what_is_left_out_stays(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    assert (await _change(client, someone, bio="Tape loops.")).status_code == 200
    data = (await _change(client, someone)).json()["data"]

    assert (data["bio"], data["username"]) == ("Tape loops.", someone["username"])
    assert (await _change(client, someone, bio="")).json()["data"]["bio"] == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"username": "a b"}, "username"),
        ({"username": "abc\n"}, "username"),
        ({"email": "nonsense"}, "email"),
        ({"bio": "x" * 1001}, "bio"),
        ({"bio": 5}, "bio"),
    ],
)
async def test_an_invalid_change_is_400_and_names_the_field(
    client: httpx.AsyncClient, changes: dict[str, Any], field: str
) -> None:
    someone = await sign_up(client)
    answer = await _change(client, someone, **changes)

    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["details"]] == [field]


async def test_a_nul_in_a_biography_is_400(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)

    assert (await _change(client, someone, bio="a\0b")).status_code == 400


async def test_a_taken_name_or_address_is_409(client: httpx.AsyncClient) -> None:
    other, someone = await sign_up(client), await sign_up(client)
    name = await _change(client, someone, username=other["username"].upper())
    email = await _change(client, someone, email=other["email"].upper(), current_password=PASSWORD)

    assert (name.status_code, name.json()["code"]) == (409, "username_taken")
    assert (email.status_code, email.json()["code"]) == (409, "email_taken")


async def test_the_case_of_the_own_name_can_be_changed(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await _change(client, someone, username=someone["username"].upper())

    assert answer.json()["data"]["username"] == someone["username"].upper()


async def test_a_new_address_requires_the_password(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    email = registration()["email"]
    for given in ({}, {"current_password": "wrong"}, {"current_password": None}):
        answer = await _change(client, someone, email=email, **given)
        assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")

    answer = await _change(client, someone, email=email, current_password=PASSWORD)
    assert answer.json()["data"]["email"] == email
    assert (await sign_in(client, email, PASSWORD)).status_code == 200
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 401


async def test_an_unchanged_address_requires_no_password(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)

    assert (await _change(client, someone, email=someone["email"])).status_code == 200


async def test_guessing_the_password_with_a_stolen_token_is_slowed_down(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    for n in range(10):
        answer = await _change_password(client, someone, f"guess {n}", NEXT)
        assert answer.status_code == 403
    answer = await _change_password(client, someone, PASSWORD, NEXT)

    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0


async def test_a_new_name_reaches_the_search_for_tracks(
    client: httpx.AsyncClient, services: Services, work: Callable[[], Awaitable[None]]
) -> None:
    someone = await make.person(services, Role.CREATOR)
    async with services.database.transaction() as tx:
        await track_search.index_tracks(tx, [await make.bare_track(tx, someone.member, "Song")])
    name = registration()["username"]
    answer = await client.put("users/me", json={"username": name}, headers=someone.headers)
    assert answer.status_code == 200

    assert await _found(client, name) == []
    await work()
    assert await _found(client, name) == [name]
    assert await _found(client, someone.username) == []


async def test_a_change_that_keeps_the_name_announces_nothing(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    await _change(client, someone, username=someone["username"], bio="x")

    async with services.database.read() as conn:
        sql = "select name from outbox where payload->>'user_id' = $1"
        assert await conn.column(str, sql, someone["user"]["id"]) == ["UserRegistered"]


async def test_another_password_ends_the_other_sessions_and_not_this_one(
    client: httpx.AsyncClient,
) -> None:
    someone = await sign_up(client)
    others = [(await sign_in(client, someone["email"], PASSWORD)).json()["data"] for _ in range(2)]

    assert (await _change_password(client, someone, PASSWORD, NEXT)).status_code == 200

    assert await is_signed_in(client, someone["access_token"])
    assert (await refresh(client, someone["refresh_token"])).status_code == 200
    for other in others:
        assert not await is_signed_in(client, other["access_token"])
        assert (await refresh(client, other["refresh_token"])).status_code == 401
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 401
    assert (await sign_in(client, someone["email"], NEXT)).status_code == 200


async def test_a_wrong_password_changes_nothing(client: httpx.AsyncClient) -> None:
    someone = await sign_up(client)
    answer = await _change_password(client, someone, "wrong", NEXT)

    assert (answer.status_code, answer.json()["code"]) == (403, "wrong_password")
    assert (await sign_in(client, someone["email"], PASSWORD)).status_code == 200


@pytest.mark.parametrize("new", ["short", "x" * 129, "password", "my {username} x"])
async def test_the_new_password_has_to_be_good(client: httpx.AsyncClient, new: str) -> None:
    someone = await sign_up(client)
    new = new.format(username=someone["username"])
    answer = await _change_password(client, someone, PASSWORD, new)

    assert answer.status_code == 400
    assert [fault["field"] for fault in answer.json()["details"]] == ["new_password"]


async def test_of_two_concurrent_renames_one_wins(
    client: httpx.AsyncClient,
) -> None:
    people = [await sign_up(client) for _ in range(4)]
    name = registration()["username"]
    answers = await asyncio.gather(*(_change(client, p, username=name) for p in people))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_a_token_that_outlived_its_account_is_401(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with services.database.transaction() as tx:
        await tx.run("delete from users where id = $1", UUID(someone["user"]["id"]))

    for answer in (
        await client.get("users/me", headers=bearer(someone["access_token"])),
        await _change(client, someone, bio="x"),
        await _change_password(client, someone, PASSWORD, NEXT),
        await client.post("users/me/creator", headers=bearer(someone["access_token"])),
    ):
        assert answer.status_code == 401


async def _found(client: httpx.AsyncClient, words: str) -> list[str]:
    answer = await client.get("tracks/search", params={"q": words})
    assert answer.status_code == 200, answer.text
    tracks = answer.json()["data"]["tracks"]
    return [t["artist"]["username"] for t in tracks if t["artist"]["username"] == words]
