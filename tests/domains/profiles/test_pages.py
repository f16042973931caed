"""Artists, bands and labels: made by an account, run by members in roles, never signed in to."""

import asyncio

import asyncpg
import pytest

from tests import make
from tests.make import Page
from veza.core.access import Role
from veza.core.ids import new_id
from veza.core.profiles import PageKind, ProfileRole, Right, may, may_grant
from veza.domains.auth.accounts.errors import PageHasNoRole
from veza.domains.auth.accounts.service import member_accounts
from veza.domains.profiles.errors import CreatorsOnly, TooManyPages
from veza.domains.profiles.models.profiles import PageForm, PageSettings
from veza.domains.profiles.service.pages import create_page


def handle() -> str:
    return f"h{new_id().hex[-20:]}"


@pytest.fixture
async def page(services, ann) -> Page:
    return await make.page(services, ann)


async def test_a_page_is_made_and_shown_without_who_made_it(client, ann):
    form = {"kind": "band", "handle": handle(), "display_name": "東京事変"}
    made = await client.post("profiles", headers=ann.headers, json=form)
    assert made.status_code == 201, made.text
    mine = made.json()["data"]
    assert (mine["role"], mine["kind"], mine["display_name"]) == ("owner", "band", "東京事変")

    by_id = await client.get(f"profiles/{mine['id']}")
    by_handle = await client.get(f"profiles/by-handle/{form['handle'].upper()}")
    member = await client.get(f"users/{form['handle']}")
    assert by_id.json()["data"] == by_handle.json()["data"]
    assert by_id.json()["data"].items() >= {k: v for k, v in mine.items() if k != "role"}.items()
    assert member.json()["data"]["display_name"] == "東京事変"
    own = (await client.get("users/me/profiles", headers=ann.headers)).json()["data"]["profiles"]
    assert [(each["id"], each["role"]) for each in own] == [
        (str(ann.id), "owner"),
        (mine["id"], "owner"),
    ]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"kind": "person"}, 400, "invalid_input"),
        ({"handle": "a b"}, 400, "invalid_input"),
        ({"display_name": "a\u202eb"}, 400, "invalid_input"),
    ],
)
async def test_bad_pages_are_refused(client, ann, change, status, code):
    form = {"kind": "artist", "handle": handle()} | change
    answer = await client.post("profiles", headers=ann.headers, json=form)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_handles_share_the_names_of_members(client, ann, bob, page):
    for taken in (bob.username.upper(), page.handle):
        form = {"kind": "artist", "handle": taken}
        answer = await client.post("profiles", headers=ann.headers, json=form)
        assert (answer.status_code, answer.json()["code"]) == (409, "username_taken")
    form = {"username": page.handle, "email": "x@example.com", "password": make.PASSWORD}
    assert (await client.post("auth/register", json=form)).status_code == 409


async def test_names_of_verified_profiles_are_protected(client, ann, bob, admin, services):
    shown = f"Nova {new_id().hex[-12:]}"
    known = await make.page(services, bob, display_name=shown)
    path = f"admin/profiles/{known.id}/verify"
    assert (await client.post(path, headers=admin.headers)).status_code == 200
    alike = shown.replace(" ", "").replace("o", "0")
    for form in ({"handle": handle(), "display_name": shown.upper()}, {"handle": alike}):
        answer = await client.post("profiles", headers=ann.headers, json={"kind": "label"} | form)
        assert (answer.status_code, answer.json()["code"]) == (409, "name_of_verified")


async def test_an_account_owns_so_many_pages_and_no_more_at_once(services, ann):
    async def create() -> bool:
        try:
            async with services.database.transaction() as tx:
                form = PageForm(PageKind.ARTIST, handle())
                await create_page(tx, PageSettings(2, False), ann.member, form)
        except TooManyPages:
            return False
        return True

    assert sorted(await asyncio.gather(*(create() for _ in range(4)))) == [False, False, True, True]


async def test_where_staff_decides_who_publishes_only_creators_have_pages(tx, ann):
    form = PageForm(PageKind.ARTIST, handle())
    with pytest.raises(CreatorsOnly):
        await create_page(tx, PageSettings(0, True), ann.member, form)


async def test_nobody_signs_in_to_a_page(client, services, page):
    address = f"{page.id}@pages.invalid"
    for password in ("*", "", make.PASSWORD):
        form = {"email": address, "password": password}
        assert (await client.post("auth/login", json=form)).status_code in {400, 401}
    before = await _count_mails(services)
    await client.post("auth/password/forgot", json={"email": address})
    assert await _count_mails(services) == before + 1  # looked up by the job alone


async def _count_mails(services) -> int:
    async with services.database.read() as conn:
        sql = "select count(*) from jobs where name = 'SendMail' and status = 'queued'"
        return await conn.value(int, sql) or 0


@pytest.mark.parametrize(
    "sql",
    [
        "update users set role = 'admin' where id = $1",
        "update users set has_password = true where id = $1",
        "update users set email = 'somebody@example.com' where id = $1",
        "update users set email_verified_at = now() where id = $1",
        (
            "insert into sessions (id, user_id, device, ip, expires_at) "
            "values (gen_random_uuid(), $1, '', '', now())"
        ),
        (
            "insert into identities (id, user_id, issuer, subject, label) "
            "values (gen_random_uuid(), $1, 'i', 's', 'l')"
        ),
        (
            "insert into email_tokens (user_id, purpose, token_hash, email, expires_at) "
            "values ($1, 'password_reset', sha256('x'), 'a@b.c', now() + interval '1 hour')"
        ),
        (
            "insert into profile_members (profile_id, user_id, role, is_shown) "
            "values ($1, $1, 'owner', false)"
        ),
    ],
)
async def test_the_database_itself_keeps_pages_from_signing_in(services, page, sql):
    with pytest.raises(Exception, match=r"users_page_check|refuse_page|can't have a row") as error:
        async with services.database.transaction(recorded=False) as tx:
            await tx.run(sql, page.id)
    assert not isinstance(error.value, asyncpg.PostgresSyntaxError)


async def test_staff_sees_what_is_a_page_and_gives_it_no_role(client, services, admin, page, count):
    shown = await client.get(f"admin/users/{page.id}", headers=admin.headers)
    assert shown.json()["data"]["kind"] == "artist"
    assert shown.json()["data"]["email"].endswith("@pages.invalid")
    people = await client.get(f"admin/users?q={admin.username}", headers=admin.headers)
    assert [each["kind"] for each in people.json()["data"]["users"]] == ["person"]
    async with services.database.transaction() as tx:
        with pytest.raises(PageHasNoRole):
            await member_accounts.set_role(tx, page.id, Role.ADMIN)
    stats = (await client.get("admin/stats", headers=admin.headers)).json()["data"]
    assert str(await count("select count(*) from users where page_kind is null")) in str(stats)


ROLES = {
    ProfileRole.OWNER: set(Right),
    ProfileRole.MANAGER: {
        *(Right.READ, Right.PUBLISH, Right.SPEAK, Right.MODERATE, Right.SELL, Right.MANAGE)
    },
    ProfileRole.EDITOR: {Right.READ, Right.PUBLISH, Right.SPEAK},
    ProfileRole.UPLOADER: {Right.READ, Right.PUBLISH},
    ProfileRole.MODERATOR: {Right.READ, Right.MODERATE},
    ProfileRole.FINANCE: {Right.READ, Right.SELL, Right.MONEY},
}


@pytest.mark.parametrize("role", ProfileRole)
def test_each_role_may_do_this_and_nothing_else(role):
    assert {right for right in Right if may(role, right)} == ROLES[role]
    assert not any(may(None, right) for right in Right)
    given = {each for each in ProfileRole if may_grant(role, each)}
    assert given == {
        ProfileRole.OWNER: set(ProfileRole),
        ProfileRole.MANAGER: set(ProfileRole) - {ProfileRole.OWNER, ProfileRole.FINANCE},
    }.get(role, set())
