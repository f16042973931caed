"""The first admin: the one that the settings name, or the one who opens the link from the log."""

import asyncio
import re
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest
from structlog.testing import capture_logs

from tests import make
from tests.audited import events_by
from veza.app.services import Services
from veza.app.settings.settings import Settings
from veza.core.access import Role
from veza.core.audit_record import AuditLog
from veza.core.errors import CannotStart
from veza.domains.auth.accounts.models import StoredUser
from veza.domains.auth.accounts.queries import find_user_by_email
from veza.domains.auth.setup import service as setup
from veza.launcher.first_start import prepare_first_admin

EMAIL, PASSWORD = "first@example.com", "a long enough sentence"


@pytest.fixture(autouse=True)
async def without_admins(services: Services) -> AsyncIterator[None]:
    """Leave no admin, and free the names that a first admin gets.

    Members of earlier tests stay: what they own may forbid to delete them.
    """

    async def clean() -> None:
        async with services.database.transaction() as tx:
            await tx.run("update users set role = 'user' where role = 'admin'")
            sql = """
                update users
                   set username = left('former_' || replace(id::text, '-', ''), 30),
                       email = id || '@former.example'
                 where username_key = 'admin' or username like 'keeper%' or email_key = $1
            """
            await tx.run(sql, EMAIL)
            # A handle that was given up would be kept for its former owner.
            await tx.run(
                "delete from former_handles where handle_key = 'admin' or handle_key like 'keeper%'"
            )

    await clean()
    yield
    await clean()


async def _find(services: Services) -> StoredUser | None:
    async with services.database.read() as conn:
        return await find_user_by_email(conn, EMAIL)


def _with(settings: Settings, email: str | None, password: str | None) -> Settings:
    return msgspec.structs.replace(settings, admin_email=email, admin_password=password)


async def test_the_first_admin_is_made_once(settings: Settings, services: Services) -> None:
    await prepare_first_admin(_with(settings, EMAIL, PASSWORD))
    found = await _find(services)
    assert found is not None
    assert (found.role, found.username) == (Role.ADMIN, "admin")
    assert await services.login_context.passwords.verify(found.password_hash, PASSWORD)

    (event,) = await events_by(services, action="make_first_admin")
    assert event.log is AuditLog.ADMIN

    await prepare_first_admin(_with(settings, EMAIL, "another long sentence"))
    await prepare_first_admin(_with(settings, "second@example.com", PASSWORD))
    assert await _find(services) == found
    assert len(await events_by(services, action="make_first_admin")) == 1


@pytest.mark.parametrize(("email", "password"), [(None, None), (EMAIL, None), (None, PASSWORD)])
async def test_without_both_settings_nobody_is_made(
    settings: Settings, services: Services, email: str | None, password: str | None
) -> None:
    await prepare_first_admin(_with(settings, email, password))

    async with services.database.read() as conn:
        assert await conn.value(int, "select count(*) from users where role = 'admin'") == 0


@pytest.mark.parametrize(
    ("email", "password"),
    [("nonsense", PASSWORD), (EMAIL, "short"), (EMAIL, "password"), (EMAIL, f"{EMAIL} as one")],
)
async def test_an_admin_who_could_not_register_stops_the_start(
    settings: Settings, services: Services, email: str, password: str
) -> None:
    with pytest.raises(CannotStart, match="VEZA_ADMIN_EMAIL"):
        await prepare_first_admin(_with(settings, email, password))

    assert await _find(services) is None


async def _offer(settings: Settings) -> str:
    """Start a server, and return the token in its log."""
    with capture_logs() as logs:
        await prepare_first_admin(_with(settings, None, None))
    (line,) = [each["event"] for each in logs if "/setup" in each["event"]]
    found = re.fullmatch(
        r"Open http://localhost:8080/setup#token=([\w-]{43}) to set up this server", line
    )
    assert found is not None, line
    return found[1]


def _form(token: str, name: str = "keeper") -> dict[str, str]:
    return {
        "token": token,
        "username": name,
        "email": f"{name}@example.com",
        "password": PASSWORD,
    }


async def _count_admins(services: Services) -> int:
    async with services.database.read() as conn:
        return await conn.value(int, "select count(*) from users where role = 'admin'") or 0


async def test_the_link_in_the_log_makes_one_admin_who_is_signed_in(
    settings: Settings, services: Services, client: httpx.AsyncClient
) -> None:
    token = await _offer(settings)
    # A refused password leaves the link valid.
    weak = await client.post("auth/setup", json=_form(token) | {"password": "password"})
    assert (weak.status_code, weak.json()["code"]) == (400, "weak_password")

    made = await client.post("auth/setup", json=_form(token))
    assert made.status_code == 201, made.text
    bearer = {"Authorization": f"Bearer {made.json()['data']['access_token']}"}
    me = await client.get("users/me", headers=bearer)
    assert (me.json()["data"]["username"], me.json()["data"]["role"]) == ("keeper", "admin")
    events = await events_by(services, action="create_first_admin")
    made_by = [str(each.user_id) for each in events if each.status == 201]
    assert made_by == [me.json()["data"]["id"]]

    used = await client.post("auth/setup", json=_form(token, "second"))
    assert (used.status_code, used.json()["code"]) == (400, "setup_link_invalid")
    # A later start offers nothing.
    with capture_logs() as logs:
        await prepare_first_admin(_with(settings, None, None))
    assert not [each for each in logs if "/setup" in each["event"]]


async def test_of_many_who_open_the_link_at_once_one_becomes_admin(
    settings: Settings, services: Services, client: httpx.AsyncClient
) -> None:
    token = await _offer(settings)
    answers = await asyncio.gather(
        *(client.post("auth/setup", json=_form(token, f"keeper_{n}")) for n in range(4))
    )
    assert sorted(answer.status_code for answer in answers) == [201, 400, 400, 400]
    assert await _count_admins(services) == 1


async def test_starts_at_once_leave_one_valid_link(
    settings: Settings, services: Services, client: httpx.AsyncClient
) -> None:
    async def offer() -> str:
        async with services.database.transaction(recorded=False) as tx:
            token = await setup.offer_link(tx)
        assert token is not None
        return token

    tokens = await asyncio.gather(*(offer() for _ in range(4)))
    codes = [(await client.post("auth/setup", json=_form(token))).status_code for token in tokens]
    assert sorted(codes) == [201, 400, 400, 400]


async def test_a_link_that_is_over_makes_nobody(
    settings: Settings, services: Services, client: httpx.AsyncClient
) -> None:
    replaced = await _offer(settings)
    expired = await _offer(settings)
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update setup_link set expires_at = now()")
    late = await _offer(settings)
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("update setup_link set expires_at = now()")
    for token in (replaced, expired, late, "x"):
        refused = await client.post("auth/setup", json=_form(token))
        assert (refused.status_code, refused.json()["code"]) == (400, "setup_link_invalid")
    valid = await _offer(settings)
    await make.person(services, Role.ADMIN)
    refused = await client.post("auth/setup", json=_form(valid))
    assert (refused.status_code, refused.json()["code"]) == (400, "setup_link_invalid")
    assert await _count_admins(services) == 1


async def test_wrong_tokens_are_limited(settings: Settings, client: httpx.AsyncClient) -> None:
    token = await _offer(settings)
    answers = [await client.post("auth/setup", json=_form(f"wrong{n}")) for n in range(10)]
    assert {answer.status_code for answer in answers} == {400}
    held = await client.post("auth/setup", json=_form(token))
    assert (held.status_code, held.json()["code"]) == (429, "too_many_setup_tries")
    assert int(held.headers["retry-after"]) > 0
