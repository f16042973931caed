"""Listing and searching members and changing roles over HTTP, for admins only."""

from uuid import UUID

import httpx
import pytest

from tests import make
from tests.domains.auth.accounts.people import bearer, is_signed_in, sign_up
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.auth.accounts.errors import UserNotFound
from veza.domains.auth.accounts.service import member_accounts


@pytest.fixture
def word() -> str:
    """A word that stands in no other name."""
    return f"q{new_id().hex[-9:]}"


async def listed(client, admin, **query):
    answer = await client.get("admin/users", params=query, headers=admin.headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def names(client, admin, **query):
    return [user["username"] for user in (await listed(client, admin, **query))["users"]]


async def test_a_member_is_shown_to_admins_without_secrets(client, admin):
    someone = await sign_up(client)

    answer = await client.get(f"admin/users/{someone['user']['id']}", headers=admin.headers)

    user = answer.json()["data"]
    assert set(user) == {
        *("id", "username", "display_name", "handle", "avatar_url"),
        "kind",
        "email",
        "role",
        "bio",
        "created_at",
        "email_verified_at",
        "creator_requested_at",
        "suspended_at",
        "suspension_reason",
        "approval",
    }
    assert (user["username"], user["email"]) == (someone["username"], someone["email"])
    assert "argon2" not in answer.text
    assert (await listed(client, admin, q=someone["email"]))["users"] == [user]


async def test_members_are_paged_newest_first_each_once(client, services, admin, word):
    made = [(await make.person(services, username=f"{word}_{n}")).username for n in range(7)]
    seen, query = [], {"q": word, "limit": 3}
    while True:
        page = await listed(client, admin, **query)
        seen += [user["username"] for user in page["users"]]
        if not page["has_more"]:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == made[::-1]
    assert page["next_cursor"] is None


@pytest.mark.parametrize("part", ["{word}", "{word}_a", "A@EXAMPLE", "{WORD}_", "_a"])
async def test_members_are_found_by_a_part_of_name_or_address(client, services, admin, word, part):
    await make.person(services, username=f"{word}_a")
    text = part.replace("{word}", word).replace("{WORD}", word.upper())

    assert f"{word}_a" in await names(client, admin, q=text, limit=100)


async def test_wildcards_in_a_search_are_literal(client, services, admin, word):
    await make.person(services, username=f"{word}xa")

    for text in (f"{word}_", f"{word}%", "%", f"{word}\\", "\\"):
        assert f"{word}xa" not in await names(client, admin, q=text, limit=100), text


async def test_members_are_filtered_by_role_suspension_and_creator_request(
    client, services, admin, word
):
    kinds = {
        "plain": Role.USER,
        "creator": Role.CREATOR,
        "out": Role.USER,
        "wishing": Role.USER,
    }
    people = {
        kind: await make.person(services, role, f"{word}{kind}") for kind, role in kinds.items()
    }
    await make.suspended(services, people["out"])
    async with services.database.transaction() as tx:
        sql = "update users set creator_requested_at = now() where id = $1"
        await tx.run(sql, people["wishing"].id)

    async def kept(**query):
        found = await names(client, admin, q=word, **query)
        return {name.removeprefix(word) for name in found}

    assert await kept() == set(kinds)
    assert await kept(role="creator") == {"creator"}
    assert await kept(suspended=True) == {"out"}
    assert await kept(suspended=False) == set(kinds) - {"out"}
    assert await kept(creator_requested=True) == {"wishing"}
    assert await kept(creator_requested=False) == set(kinds) - {"wishing"}
    assert await kept(role="user", suspended=False, creator_requested=False) == {"plain"}
    assert await kept(role="moderator") == set()


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "cursor=nonsense", "role=king", "suspended=perhaps", "q=", "q=%00"],
)
async def test_an_invalid_list_request_is_refused(client, admin, query):
    answer = await client.get(f"admin/users?{query}", headers=admin.headers)

    assert answer.status_code == 400, answer.text


@pytest.mark.parametrize("role", [None, Role.USER, Role.CREATOR, Role.MODERATOR])
async def test_only_admins_list_and_change_members(client, services, role):
    someone = await make.person(services)
    headers = (await make.person(services, role)).headers if role else {}
    expected = 403 if role else 401

    for method, path, body in (
        ("GET", "admin/users", None),
        ("GET", f"admin/users/{someone.id}", None),
        ("PUT", f"admin/users/{someone.id}/role", {"role": "admin"}),
    ):
        answer = await client.request(method, path, headers=headers, json=body)
        assert answer.status_code == expected, path


async def give(client, admin, user_id, role) -> httpx.Response:
    path = f"admin/users/{user_id}/role"
    return await client.put(path, headers=admin.headers, json={"role": role})


@pytest.mark.parametrize("role", list(Role))
async def test_an_admin_changes_a_role(client, admin, role):
    someone = await sign_up(client)

    answer = await give(client, admin, someone["user"]["id"], role)

    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["role"] == role
    assert await is_signed_in(client, someone["access_token"]), "Nothing was taken away."


async def test_a_lower_role_ends_the_sessions(client, admin):
    someone = await sign_up(client)
    answer = await client.post("users/me/creator", headers=bearer(someone["access_token"]))
    creator = answer.json()["data"]["access_token"]

    assert (await give(client, admin, someone["user"]["id"], "user")).status_code == 200

    assert not await is_signed_in(client, creator)


@pytest.mark.parametrize("role", ["creator", "user"])
async def test_a_role_change_answers_a_creator_request(client, services, admin, role):
    someone = await make.person(services)
    async with services.database.transaction() as tx:
        sql = "update users set creator_requested_at = now() where id = $1"
        await tx.run(sql, someone.id)

    user = (await give(client, admin, someone.id, role)).json()["data"]

    assert (user["role"], user["creator_requested_at"]) == (role, None)


async def test_the_last_admin_is_kept_over_http_too(client, services, admin):
    async with services.database.transaction() as tx:
        sql = "update users set role = 'moderator' where role = 'admin' and id <> $1 returning id"
        others = await tx.column(UUID, sql, admin.id)
    try:
        answer = await give(client, admin, admin.id, "moderator")
        assert (answer.status_code, answer.json()["code"]) == (409, "last_admin")
        assert (await give(client, admin, admin.id, "admin")).status_code == 200
        assert await is_signed_in(client, admin.token)
    finally:
        async with services.database.transaction() as tx:
            await tx.run("update users set role = 'admin' where id = any($1)", others)


async def test_the_role_of_an_unknown_member_is_404(client, admin):
    answer = await give(client, admin, new_id(), "user")
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")
    answer = await client.get(f"admin/users/{new_id()}", headers=admin.headers)
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


@pytest.mark.parametrize("body", [{}, {"role": "king"}, {"role": None}, {"role": 5}, []])
async def test_a_wrong_role_is_refused(client, services, admin, body):
    someone = await make.person(services)
    path = f"admin/users/{someone.id}/role"

    assert (await client.put(path, headers=admin.headers, json=body)).status_code == 400


async def test_a_search_uses_the_index(services):
    async with services.database.transaction() as tx:
        await tx.value(str, "select set_config('enable_seqscan', 'off', true)")
        plan = await tx.column(
            str,
            """
            explain select id from users
             where username_key like '%abcd%' or email_key like '%abcd%'
            """,
        )
    assert "users_search" in "\n".join(plan)


async def test_a_suspended_member_is_found_by_name_for_the_command_line(services):
    someone = await make.person(services)
    await make.suspended(services, someone)

    async with services.database.read() as conn:
        assert await member_accounts.find_any_user_id(conn, someone.username.upper()) == someone.id
        with pytest.raises(UserNotFound):
            await member_accounts.find_any_user_id(conn, "nobody-of-that-name")
