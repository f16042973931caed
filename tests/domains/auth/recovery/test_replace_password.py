"""`veza reset-password`: the operator gives somebody a new password whom no mail reaches."""

import asyncio
import getpass
import io
import sys
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests import make
from tests.domains.auth.accounts.login_throttle_steps import lock_account
from tests.domains.auth.accounts.people import PASSWORD, bearer, is_signed_in, sign_in, sign_up
from tests.domains.auth.factors.steps import add_passkey
from tests.domains.auth.recovery.mails import reset_tokens, subjects
from tests.support.waiting import until_somebody_waits
from veza.app.services import Services
from veza.cli import members
from veza.cli.main import _create_parser
from veza.core.errors import CannotStart
from veza.core.ids import UserId
from veza.domains.auth.accounts.errors import PasswordSignInOff, UserNotFound, WeakPassword
from veza.domains.auth.accounts.service.suspensions import suspend
from veza.domains.auth.recovery.service import replace_password
from veza.domains.auth.sessions.errors import InvalidToken

NEXT = "a sentence that is new"


async def test_a_lost_password_is_replaced_and_nobody_stays_signed_in(
    app: Litestar, client: httpx.AsyncClient, services: Services, work
) -> None:
    someone = await sign_up(client)
    email, name = someone["email"], someone["username"]
    await add_passkey(client, bearer(someone["access_token"]))
    await client.post("auth/password/forgot", json={"email": email})
    await work()
    [link] = reset_tokens(services, email)
    await lock_account(app, services, email)
    assert (await sign_in(client, email, PASSWORD)).status_code == 429

    told = await members.reset_password_of(services, name.upper(), NEXT)

    assert told.startswith(f"{name} has a new password, and is signed out. Sign in with {email}.\n")
    assert "if it is lost, run `veza remove-factors" in told
    assert NEXT not in told
    assert not await is_signed_in(client, someone["access_token"])
    assert (await sign_in(client, email, PASSWORD)).status_code == 401
    # The password is right, and the passkey is still asked for.
    assert "challenge" in (await sign_in(client, email, NEXT)).text
    refused = await client.post(
        "auth/password/reset", json={"token": link, "new_password": "one more long sentence"}
    )
    assert refused.json()["code"] == "invalid_link"
    await work()
    assert "Your password was changed" in subjects(services, email)


async def test_without_a_terminal_a_random_password_is_printed(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    async with services.database.transaction(recorded=False) as tx:
        await suspend(tx, UserId(UUID(someone["user"]["id"])), "By mistake.")

    told = await members.reset_password_of(services, someone["username"], None)

    password = told.partition("The password is ")[2].partition("\n")[0]
    assert len(password) == 22
    assert "The account is suspended" in told
    assert "remove-factors" not in told
    refused = await sign_in(client, someone["email"], password)
    assert refused.json()["code"] == "account_suspended"


async def test_a_password_that_breaks_the_rules_changes_nothing(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await sign_up(client)
    for weak in ("password", f"{someone['username']} and more"):
        with pytest.raises(WeakPassword):
            await members.reset_password_of(services, someone["username"], weak)
    with pytest.raises(UserNotFound):
        await members.reset_password_of(services, f"{someone['username']}x", NEXT)
    closed = msgspec.structs.replace(services.login_context, passwords_open=False)
    with pytest.raises(CannotStart, match="VEZA_PASSWORD_SIGN_IN=true"):
        await members.reset_password_of(
            msgspec.structs.replace(services, login_context=closed), someone["username"], NEXT
        )
    with pytest.raises(PasswordSignInOff):
        await replace_password(services.database, closed, someone["user"]["id"], NEXT)
    assert await is_signed_in(client, someone["access_token"])


async def test_a_member_who_is_erased_meanwhile_gets_no_password(services: Services) -> None:
    someone = await make.person(services)
    replacing = replace_password(services.database, services.login_context, someone.id, NEXT)
    async with services.database.transaction(recorded=False) as tx:
        await tx.run("delete from users where id = $1", someone.id)
        waiting = asyncio.create_task(replacing)
        await until_somebody_waits(services.database)
    with pytest.raises(InvalidToken):
        await waiting


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "words"), [(["one", "two"], "two different"), (["short", "short"], "8 to 128")]
)
def test_the_password_is_typed_twice_at_a_terminal(
    services: Services, monkeypatch: pytest.MonkeyPatch, typed: list[str], words: str
) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda _: typed.pop())

    with pytest.raises(CannotStart, match=words):
        members.reset_password(
            services.settings, _create_parser().parse_args(["reset-password", "ada"])
        )
    assert not typed
