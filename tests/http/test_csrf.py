"""Cookies: what they authenticate, and what must come with them to change anything."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.accounts.people import (
    PASSWORD,
    bearer,
    calling,
    is_in,
    sign_in,
    sign_up,
    wish,
)
from tests.http.apps import assemble
from veza.app.services import Services
from veza.app.settings import Environment

CHANGE = {"bio": "changed"}


@pytest.fixture
async def browser(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(services, app, is_browser=True) as made:
        yield made


@pytest.fixture
async def program(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with calling(services, app) as made:
        yield made


async def _token(browser: httpx.AsyncClient) -> dict[str, str]:
    answer = await browser.get("csrf-token")
    assert answer.status_code == 200
    return {"X-CSRF-Token": answer.json()["data"]["csrf_token"]}


def _ensure_refused(answer: httpx.Response) -> None:
    assert answer.status_code == 403, answer.text
    assert answer.json()["code"] == "csrf_failed"


def _cookies(answer: httpx.Response) -> dict[str, Any]:
    read = SimpleCookie()
    for line in answer.headers.get_list("set-cookie"):
        read.load(line)
    return dict(read)


async def test_tokens_come_as_cookies_that_no_script_can_read(
    program: httpx.AsyncClient,
) -> None:
    someone = await sign_up(program)
    joined = await program.post("auth/register", json=wish())
    login = await sign_in(program, someone["email"], PASSWORD)
    again = await program.post(
        "auth/refresh", json={"refresh_token": login.json()["data"]["refresh_token"]}
    )
    for answer in (joined, login, again):
        data, cookies = answer.json()["data"], _cookies(answer)
        assert set(cookies) == {"veza_access", "veza_refresh"}
        assert cookies["veza_access"].value == data["access_token"]
        assert cookies["veza_refresh"].value == data["refresh_token"]
        assert cookies["veza_access"]["max-age"] == "3600"
        assert int(cookies["veza_refresh"]["max-age"]) == 30 * 24 * 3600
        for cookie in cookies.values():
            assert cookie["httponly"]
            assert cookie["samesite"].lower() == "lax"
            assert cookie["path"] == "/api/v1"
            assert not cookie["secure"]
            assert not cookie["domain"]


async def test_cookies_are_secure_in_production_alone(
    app: Litestar, services: Services, program: httpx.AsyncClient
) -> None:
    someone = await sign_up(program)
    for env in Environment:
        settings = msgspec.structs.replace(services.settings, env=env)
        changed = msgspec.structs.replace(services, settings=settings)
        async with calling(changed, assemble(services, settings)[0]) as client:
            answer = await sign_in(client, someone["email"], PASSWORD)
            for cookie in _cookies(answer).values():
                assert bool(cookie["secure"]) is (env is Environment.PRODUCTION)


async def test_a_cookie_reads_without_more(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)
    for method in ("GET", "HEAD"):
        answer = await browser.request(method, "users/me")
        assert answer.status_code == 200
    assert (await browser.get("users/me")).json()["data"]["id"] == someone["user"]["id"]


async def test_a_cookie_alone_changes_nothing(browser: httpx.AsyncClient) -> None:
    await sign_up(browser)
    _ensure_refused(await browser.put("users/me", json=CHANGE))
    for token in ("", "x", "é".encode().decode("latin-1"), "0" * 22):
        headers = [("X-CSRF-Token", token.encode("latin-1"))]
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=headers))

    assert (await browser.get("users/me")).json()["data"]["bio"] == ""


async def test_a_cookie_with_its_token_changes(browser: httpx.AsyncClient) -> None:
    await sign_up(browser)
    answer = await browser.put("users/me", json=CHANGE, headers=await _token(browser))

    assert answer.status_code == 200
    assert answer.json()["data"]["bio"] == "changed"


async def test_the_token_of_another_session_is_refused(
    browser: httpx.AsyncClient, app: Litestar, services: Services
) -> None:
    someone = await sign_up(browser)
    async with calling(services, app, is_browser=True) as other:
        await sign_up(other)
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=await _token(other)))
        # Another session of the same member is another session.
        await sign_in(other, someone["email"], PASSWORD)
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=await _token(other)))
    async with calling(services, app, is_browser=True) as stranger:
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=await _token(stranger)))


async def test_a_bearer_token_needs_none_even_beside_cookies(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)
    answer = await browser.put("users/me", json=CHANGE, headers=bearer(someone["access_token"]))

    assert answer.status_code == 200


async def test_a_bad_bearer_token_does_not_fall_back_to_the_cookie(
    browser: httpx.AsyncClient,
) -> None:
    await sign_up(browser)

    assert (await browser.get("users/me", headers=bearer("bad"))).status_code == 401


async def test_the_token_goes_on_after_a_refresh(browser: httpx.AsyncClient) -> None:
    await sign_up(browser)
    token = await _token(browser)
    assert (await browser.post("auth/refresh", headers=token)).status_code == 200

    assert (await browser.put("users/me", json=CHANGE, headers=token)).status_code == 200


async def test_a_refresh_by_cookie_needs_the_token(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)
    _ensure_refused(await browser.post("auth/refresh"))
    _ensure_refused(await browser.post("auth/refresh", json={}))
    answer = await browser.post("auth/refresh", headers=await _token(browser))

    assert answer.status_code == 200
    assert answer.json()["data"]["refresh_token"] != someone["refresh_token"]
    assert browser.cookies["veza_refresh"] == answer.json()["data"]["refresh_token"]


async def test_a_refresh_by_cookie_works_when_the_access_cookie_is_gone(
    browser: httpx.AsyncClient,
) -> None:
    await sign_up(browser)
    browser.cookies.delete("veza_access")
    assert (await browser.get("users/me")).status_code == 401
    _ensure_refused(await browser.post("auth/refresh"))
    answer = await browser.post("auth/refresh", headers=await _token(browser))

    assert answer.status_code == 200
    assert (await browser.get("users/me")).status_code == 200


async def test_a_logout_by_cookie_needs_the_token_and_takes_the_cookies_away(
    browser: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    _ensure_refused(await browser.post("auth/logout"))
    assert await is_in(program, someone["access_token"])

    answer = await browser.post("auth/logout", headers=await _token(browser))

    assert answer.status_code == 200
    assert dict(browser.cookies) == {}
    assert not await is_in(program, someone["access_token"])
    refreshed = await program.post("auth/refresh", json={"refresh_token": someone["refresh_token"]})
    assert refreshed.status_code == 401


async def test_a_logout_by_the_access_cookie_alone_needs_the_token_too(
    browser: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    browser.cookies.delete("veza_refresh")
    await browser.post("auth/logout")

    assert await is_in(program, someone["access_token"])


async def test_registering_and_signing_in_need_no_token(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)

    assert (await sign_in(browser, someone["email"], PASSWORD)).status_code == 200


async def test_a_cookie_of_an_ended_session_does_not_stand_in_the_way_of_a_new_one(
    browser: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    await program.post("auth/logout", headers=bearer(someone["access_token"]))
    assert (await browser.get("users/me")).status_code == 401

    assert (await sign_in(browser, someone["email"], PASSWORD)).status_code == 200
    assert (await browser.get("users/me")).status_code == 200
    assert "veza_access" in browser.cookies


async def test_garbage_in_a_cookie_is_no_crash(program: httpx.AsyncClient) -> None:
    for cookie in ("veza_access=", "veza_access=;;=", "veza_refresh=x.y", "=", "veza_access=\xff"):
        headers = [("cookie", cookie.encode("latin-1"))]
        assert (await program.get("users/me", headers=headers)).status_code == 401
        assert (await program.post("auth/refresh", headers=headers)).status_code in {401, 403}
