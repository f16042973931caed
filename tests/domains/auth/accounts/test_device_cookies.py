"""Device cookies: a known device has its own limit of failed logins."""

from collections.abc import Awaitable, Callable

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.login_throttle_steps import NEW_PASSWORD, WRONG, lock_account
from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    open_client,
    registration,
    sign_in,
    sign_up,
)
from tests.domains.auth.recovery.mails import request_reset, reset, reset_tokens
from tests.http.apps import assemble
from veza.app.services import Services
from veza.app.settings.setting_types import Environment

type Work = Callable[[], Awaitable[None]]

COOKIE = "veza_device"


async def test_a_device_that_signed_in_before_is_not_held_by_the_limit_of_the_account(
    app: Litestar, services: Services, browser: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    await browser.post("auth/logout", headers=bearer(someone["access_token"]))
    await lock_account(app, services, someone["email"])

    assert (await sign_in(browser, someone["email"], WRONG)).status_code == 401
    assert (await sign_in(browser, someone["email"], PASSWORD)).status_code == 200
    async with open_client(services, app, is_browser=True) as stranger:
        assert (await sign_in(stranger, someone["email"], PASSWORD)).status_code == 429


async def test_a_device_has_a_limit_of_its_own(
    app: Litestar, services: Services, browser: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    cookie = browser.cookies[COOKIE]
    statuses: list[int] = []
    for _ in range(12):
        # From many networks, so that no limit by address is met.
        async with open_client(services, app) as network:
            headers = {"Cookie": f"{COOKIE}={cookie}"}
            body = {"email": someone["email"], "password": WRONG}
            statuses.append(
                (await network.post("auth/login", json=body, headers=headers)).status_code
            )

    assert statuses == [401] * 10 + [429] * 2
    # The account has its own count, of which none is used.
    async with open_client(services, app) as elsewhere:
        assert (await sign_in(elsewhere, someone["email"], PASSWORD)).status_code == 200


async def test_failures_of_a_known_device_do_not_lock_others_out(
    app: Litestar, services: Services, browser: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    for _ in range(9):
        await sign_in(browser, someone["email"], WRONG)
    async with open_client(services, app) as elsewhere:
        await sign_in(elsewhere, someone["email"], WRONG)
        assert (await sign_in(elsewhere, someone["email"], PASSWORD)).status_code == 200


async def test_the_cookie_is_for_one_account(
    app: Litestar, services: Services, browser: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await sign_up(browser)
    victim = await sign_up(client)
    await lock_account(app, services, victim["email"])

    assert (await sign_in(browser, victim["email"], PASSWORD)).status_code == 429


@pytest.mark.parametrize("change", ["last", "first", "empty", "text", "nul", "long", "dots"])
async def test_a_forged_cookie_is_no_cookie(
    app: Litestar, services: Services, browser: httpx.AsyncClient, change: str
) -> None:
    someone = await sign_up(browser)
    cookie = browser.cookies[COOKIE]
    forged = {
        "last": cookie[:-1] + ("A" if cookie[-1] != "A" else "B"),
        "first": ("0" if cookie[0] != "0" else "1") + cookie[1:],
        "empty": "",
        "text": "\u00e9" * 3,
        "nul": "%00",
        "long": cookie + "x" * 4000,
        "dots": "...",
    }[change]
    await lock_account(app, services, someone["email"])
    async with open_client(services, app) as forger:
        headers = {"Cookie": f"{COOKIE}={forged}".encode("latin-1")}
        body = {"email": someone["email"], "password": PASSWORD}
        assert (await forger.post("auth/login", json=body, headers=headers)).status_code == 429


async def test_each_login_issues_a_new_device_cookie(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)
    first = browser.cookies[COOKIE]
    await sign_in(browser, someone["email"], PASSWORD)

    assert browser.cookies[COOKIE] != first


async def test_a_failed_login_issues_no_cookie(
    client: httpx.AsyncClient, browser: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    await sign_in(browser, someone["email"], WRONG)

    assert COOKIE not in browser.cookies


async def test_the_cookie_stays_after_logout_and_goes_with_the_account(
    browser: httpx.AsyncClient,
) -> None:
    someone = await sign_up(browser)
    await browser.post("auth/logout", headers=bearer(someone["access_token"]))
    assert COOKIE in browser.cookies
    again = (await sign_in(browser, someone["email"], PASSWORD)).json()["data"]
    answer = await browser.request(
        "DELETE",
        "users/me",
        json={"password": PASSWORD},
        headers=bearer(again["access_token"]),
    )

    assert answer.is_success, answer.text
    assert COOKIE not in browser.cookies


async def test_another_password_ends_the_trust_in_devices_that_knew_the_old_one(
    app: Litestar, services: Services, browser: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    async with open_client(services, app, is_browser=True) as thief:
        await sign_in(thief, someone["email"], PASSWORD)
        change = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
        headers = bearer(someone["access_token"])
        answer = await browser.put("users/me/password", json=change, headers=headers)
        assert answer.status_code == 200
        await lock_account(app, services, someone["email"])

        assert (await sign_in(thief, someone["email"], NEW_PASSWORD)).status_code == 429
        # The device where the password was changed got a new cookie with the answer.
        assert (await sign_in(browser, someone["email"], NEW_PASSWORD)).status_code == 200


async def test_after_a_password_reset_the_device_is_not_locked_out_by_guessing(
    app: Litestar, services: Services, browser: httpx.AsyncClient, work: Work
) -> None:
    someone = await sign_up(browser)
    browser.cookies.clear()
    await request_reset(browser, someone["email"])
    await work()
    (token,) = reset_tokens(services, someone["email"])
    assert (await reset(browser, token, NEW_PASSWORD)).status_code == 200
    await lock_account(app, services, someone["email"])

    assert (await sign_in(browser, someone["email"], NEW_PASSWORD)).status_code == 200


async def test_the_cookie_is_http_only_and_secure_in_production(
    services: Services, client: httpx.AsyncClient
) -> None:
    someone = await sign_up(client)
    body = {"email": someone["email"], "password": PASSWORD}
    settings = msgspec.structs.replace(services.settings, env=Environment.PRODUCTION)
    production, _ = assemble(msgspec.structs.replace(services, settings=settings), settings)
    inside = msgspec.structs.replace(services, settings=settings)
    async with open_client(inside, production) as caller:
        headers = (await caller.post("auth/login", json=body)).headers.get_list("set-cookie")
    (cookie,) = [line.lower() for line in headers if COOKIE in line]

    assert cookie.startswith(f"__host-{COOKIE}=")
    for word in ("httponly", "secure", "samesite=lax", "path=/"):
        assert word in cookie
    assert registration()["email"] not in cookie
