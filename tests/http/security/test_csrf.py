"""Cookies: what they authenticate, and what must come with them to change anything."""

from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from tests.domains.auth.accounts.people import (
    PASSWORD,
    bearer,
    is_signed_in,
    open_client,
    registration,
    sign_in,
    sign_up,
)
from tests.http.apps import assemble
from tests.support.addresses import BASE_URL
from veza.app.services import Services
from veza.app.settings.setting_types import Environment

CHANGE = {"bio": "changed"}


@pytest.fixture
async def browser(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(services, app, is_browser=True) as made:
        yield made


@pytest.fixture
async def program(app: Litestar, services: Services) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(services, app) as made:
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
    joined = await program.post("auth/register", json=registration())
    login = await sign_in(program, someone["email"], PASSWORD)
    again = await program.post(
        "auth/refresh", json={"refresh_token": login.json()["data"]["refresh_token"]}
    )
    for answer in (joined, login, again):
        data, cookies = answer.json()["data"], _cookies(answer)
        # A refresh proves nothing new about the device.
        device = set() if answer is again else {"veza_device"}
        assert set(cookies) == {"veza_access", "veza_refresh"} | device
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
        async with open_client(changed, assemble(services, settings)[0]) as client:
            answer = await sign_in(client, someone["email"], PASSWORD)
            for cookie in _cookies(answer).values():
                assert bool(cookie["secure"]) is (env is Environment.PRODUCTION)


async def test_in_production_cookies_are_of_this_host_alone(
    app: Litestar, services: Services, program: httpx.AsyncClient
) -> None:
    """ASVS 5.0, 3.3.3: the prefix forbids a domain, another path, and coming without TLS."""
    someone = await sign_up(program)
    settings = msgspec.structs.replace(services.settings, env=Environment.PRODUCTION)
    changed = msgspec.structs.replace(services, settings=settings)
    async with open_client(changed, assemble(services, settings)[0], is_browser=True) as browser:
        browser.base_url = httpx.URL("https://veza.test/api/v1/")
        cookies = _cookies(await sign_in(browser, someone["email"], PASSWORD))
        names = {"veza_access", "veza_refresh", "veza_device"}
        assert set(cookies) == {f"__Host-{name}" for name in names}
        assert all(c["path"] == "/" and c["secure"] and not c["domain"] for c in cookies.values())

        token = (await browser.get("csrf-token")).json()["data"]["csrf_token"]
        headers = {"X-CSRF-Token": token}
        assert (await browser.put("users/me", json=CHANGE, headers=headers)).status_code == 200
        assert (await browser.post("auth/refresh", headers=headers)).status_code == 200
        assert (await browser.post("auth/logout", headers=headers)).status_code == 200
        assert set(browser.cookies) == {"__Host-veza_device"}

        plain = {"cookie": f"veza_access={someone['access_token']}"}
        assert (await browser.get("users/me", headers=plain)).status_code == 401


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
    async with open_client(services, app, is_browser=True) as other:
        await sign_up(other)
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=await _token(other)))
        # Another session of the same member is another session.
        await sign_in(other, someone["email"], PASSWORD)
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=await _token(other)))
    async with open_client(services, app, is_browser=True) as stranger:
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
    assert await is_signed_in(program, someone["access_token"])

    answer = await browser.post("auth/logout", headers=await _token(browser))

    assert answer.status_code == 200
    assert set(browser.cookies) == {"veza_device"}
    assert not await is_signed_in(program, someone["access_token"])
    refreshed = await program.post("auth/refresh", json={"refresh_token": someone["refresh_token"]})
    assert refreshed.status_code == 401


async def test_a_logout_by_the_access_cookie_alone_needs_the_token_too(
    browser: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    browser.cookies.delete("veza_refresh")
    await browser.post("auth/logout")

    assert await is_signed_in(program, someone["access_token"])


async def test_registering_and_signing_in_need_no_token(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)

    assert (await sign_in(browser, someone["email"], PASSWORD)).status_code == 200
    # Nor does whoever signs up in a browser in which another one is signed in.
    assert (await sign_up(browser))["username"] != someone["username"]


async def test_a_cookie_of_an_ended_session_does_not_stand_in_the_way_of_a_new_one(
    browser: httpx.AsyncClient, program: httpx.AsyncClient
) -> None:
    someone = await sign_up(browser)
    await program.post("auth/logout", headers=bearer(someone["access_token"]))
    assert (await browser.get("users/me")).status_code == 401

    assert (await sign_in(browser, someone["email"], PASSWORD)).status_code == 200
    assert (await browser.get("users/me")).status_code == 200
    assert "veza_access" in browser.cookies


ELSEWHERE = "https://evil.example"
FRONT_END = "https://app.example.com"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense", ""])
async def test_a_page_of_another_site_changes_nothing_even_with_the_token(
    browser: httpx.AsyncClient, site: str
) -> None:
    await sign_up(browser)
    headers = await _token(browser) | {"Sec-Fetch-Site": site}
    for extra in ({}, {"Origin": ELSEWHERE}, {"Origin": BASE_URL}, {"Origin": "null"}):
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=headers | extra))
        for path in ("auth/refresh", "sessions/refresh", "auth/logout"):
            _ensure_refused(await browser.post(path, headers=headers | extra))

    assert (await browser.get("users/me")).json()["data"]["bio"] == ""


@pytest.mark.parametrize("site", ["same-origin", "none"])
async def test_a_page_of_ours_changes_with_the_token_alone(
    browser: httpx.AsyncClient, site: str
) -> None:
    await sign_up(browser)
    headers = {"Sec-Fetch-Site": site}
    _ensure_refused(await browser.put("users/me", json=CHANGE, headers=headers))
    headers |= await _token(browser)

    assert (await browser.put("users/me", json=CHANGE, headers=headers)).status_code == 200
    assert (await browser.post("auth/refresh", headers=headers)).status_code == 200


async def test_another_site_may_read_by_a_cookie_what_it_is_then_not_shown(
    browser: httpx.AsyncClient,
) -> None:
    await sign_up(browser)
    answer = await browser.get("users/me", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 200
    assert "access-control-allow-origin" not in answer.headers


async def test_a_bearer_token_works_from_any_site(browser: httpx.AsyncClient) -> None:
    someone = await sign_up(browser)
    headers = bearer(someone["access_token"])
    headers |= {"Sec-Fetch-Site": "cross-site", "Origin": ELSEWHERE}

    assert (await browser.put("users/me", json=CHANGE, headers=headers)).status_code == 200


OURS = [BASE_URL, BASE_URL.upper(), "https://veza.test"]
NOT_OURS = [
    ELSEWHERE,
    "null",
    "",
    "veza.test",
    "http://",
    "http://[",
    "http://veza.test:8080",
    "http://veza.test.evil.example",
    "http://evil-veza.test",
    "http://veza.test@evil.example",
    "http://veza.test, https://evil.example",
]


@pytest.mark.parametrize("origin", OURS)
async def test_without_fetch_metadata_our_own_origin_may_change(
    browser: httpx.AsyncClient, origin: str
) -> None:
    await sign_up(browser)
    _ensure_refused(await browser.put("users/me", json=CHANGE, headers={"Origin": origin}))
    headers = await _token(browser) | {"Origin": origin}

    assert (await browser.put("users/me", json=CHANGE, headers=headers)).status_code == 200


@pytest.mark.parametrize("origin", NOT_OURS)
async def test_without_fetch_metadata_another_origin_changes_nothing(
    browser: httpx.AsyncClient, origin: str
) -> None:
    await sign_up(browser)
    headers = await _token(browser) | {"Origin": origin}
    _ensure_refused(await browser.put("users/me", json=CHANGE, headers=headers))
    _ensure_refused(await browser.post("auth/refresh", headers=headers))


async def test_the_public_address_is_our_origin_whatever_host_a_proxy_names(
    services: Services,
) -> None:
    settings = msgspec.structs.replace(services.settings, public_url="https://music.example")
    changed = msgspec.structs.replace(services, settings=settings)
    async with open_client(changed, assemble(services, settings)[0], is_browser=True) as browser:
        await sign_up(browser)
        headers = await _token(browser) | {"Origin": "https://music.example"}

        assert (await browser.put("users/me", json=CHANGE, headers=headers)).status_code == 200


@pytest.mark.parametrize("site", [None, "cross-site", "same-site"])
async def test_a_front_end_that_is_named_changes_with_the_token(
    services: Services, site: str | None
) -> None:
    settings = msgspec.structs.replace(services.settings, cors_origins=[FRONT_END])
    changed = msgspec.structs.replace(services, settings=settings)
    said = {"Origin": FRONT_END} | ({"Sec-Fetch-Site": site} if site else {})
    async with open_client(changed, assemble(services, settings)[0], is_browser=True) as browser:
        someone = registration()
        joined = await browser.post("auth/register", json=someone, headers=said)
        assert joined.status_code == 201
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=said))
        headers = await _token(browser) | said
        assert (await browser.put("users/me", json=CHANGE, headers=headers)).status_code == 200

        _ensure_refused(
            await browser.put("users/me", json=CHANGE, headers=headers | {"Origin": ELSEWHERE})
        )


async def test_where_any_origin_may_call_none_may_by_a_cookie(services: Services) -> None:
    settings = msgspec.structs.replace(services.settings, cors_origins=["*"])
    changed = msgspec.structs.replace(services, settings=settings)
    said = {"Origin": ELSEWHERE, "Sec-Fetch-Site": "cross-site"}
    async with open_client(changed, assemble(services, settings)[0], is_browser=True) as browser:
        # The tokens of the answer are what a front-end there works with.
        joined = await browser.post("auth/register", json=registration(), headers=said)
        assert joined.status_code == 201
        headers = await _token(browser) | said
        _ensure_refused(await browser.put("users/me", json=CHANGE, headers=headers))
        _ensure_refused(await browser.post("auth/refresh", headers=headers))
        _ensure_refused(
            await browser.put("users/me", json=CHANGE, headers=headers | {"Origin": "*"})
        )


async def test_another_site_signs_nobody_in(browser: httpx.AsyncClient) -> None:
    """Or somebody would listen, upload and pay under an account that isn't theirs."""
    someone = await sign_up(browser)
    browser.cookies.clear()
    login = {"email": someone["email"], "password": PASSWORD}
    for site in ("cross-site", "same-site"):
        headers = {"Sec-Fetch-Site": site, "Origin": ELSEWHERE}
        for path, body in (("auth/login", login), ("auth/register", registration())):
            answer = await browser.post(path, json=body, headers=headers)
            _ensure_refused(answer)
            assert "set-cookie" not in answer.headers
    answer = await browser.post("auth/login", json=login, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 200


async def test_garbage_in_a_cookie_is_no_crash(program: httpx.AsyncClient) -> None:
    for cookie in ("veza_access=", "veza_access=;;=", "veza_refresh=x.y", "=", "veza_access=\xff"):
        headers = [("cookie", cookie.encode("latin-1"))]
        assert (await program.get("users/me", headers=headers)).status_code == 401
        assert (await program.post("auth/refresh", headers=headers)).status_code in {401, 403}


@pytest.mark.parametrize("origin", [*NOT_OURS[:3], *NOT_OURS[6:]])
async def test_without_fetch_metadata_a_foreign_origin_signs_nobody_in(
    browser: httpx.AsyncClient, origin: str
) -> None:
    someone = await sign_up(browser)
    browser.cookies.clear()
    login = {"email": someone["email"], "password": PASSWORD}
    bodies = {
        "auth/login": login,
        "auth/register": registration(),
        "auth/refresh": {"refresh_token": someone["refresh_token"]},
        "auth/logout": {"refresh_token": someone["refresh_token"]},
        "auth/password/forgot": {"email": someone["email"]},
    }
    for path, body in bodies.items():
        answer = await browser.post(path, json=body, headers={"Origin": origin})
        _ensure_refused(answer)
        assert "set-cookie" not in answer.headers
    for ours in OURS:
        answer = await browser.post("auth/login", json=login, headers={"Origin": ours})
        assert answer.status_code == 200
