"""Global Privacy Control, and the same word said once and for all."""

from typing import Any

import httpx
import pytest
from litestar import Litestar, get

from tests import make
from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.core.errors import NotFound
from veza.http.dependencies import AnyRequest
from veza.http.security.gpc import opts_out_of_sale

SAID = {"Sec-GPC": "1"}
OPT_OUT = "users/me/privacy/opt-out"


@get("/api/v1/asked", credentials="ignored", sync_to_thread=False)
def tell(request: AnyRequest) -> bool:
    return opts_out_of_sale(request)


@get("/api/v1/crash", credentials="ignored")
async def crash() -> None:
    raise RuntimeError


@get("/api/v1/refused", credentials="ignored")
async def refuse() -> None:
    raise NotFound


async def test_whoever_says_it_is_heard_on_every_answer(services: Services) -> None:
    app = assemble(services, routes=[crash, refuse])[1]
    async with calling(app) as client:
        for method, path, status in [
            ("GET", "health", 200),
            ("HEAD", "health", 200),
            ("OPTIONS", "health", 204),
            ("GET", "nowhere", 404),
            ("GET", "refused", 404),
            ("DELETE", "health", 405),
            ("GET", "users/me", 401),
            ("GET", "crash", 500),
        ]:
            answer = await client.request(method, path, headers=SAID)
            assert answer.status_code == status
            assert answer.headers.get_list("gpc") == ["1"], path
            assert "gpc" not in (await client.request(method, path)).headers


@pytest.mark.parametrize("value", ["0", "", "2", "01", "true", "1, 1", "1;x"])
async def test_anything_else_is_not_the_word(services: Services, value: str) -> None:
    app = assemble(services, routes=[tell])[1]
    async with calling(app) as client:
        answer = await client.get("asked", headers={"Sec-GPC": value})

    assert answer.json()["data"] is False
    assert "gpc" not in answer.headers


async def test_a_handler_can_ask_whether_it_was_said(services: Services) -> None:
    app = assemble(services, routes=[tell])[1]
    async with calling(app) as client:
        assert (await client.get("asked", headers=SAID)).json()["data"] is True
        assert (await client.get("asked")).json()["data"] is False


async def test_the_site_says_that_it_heeds_it(app: Litestar, services: Services) -> None:
    async with calling(assemble(services)[1], path="/") as client:
        answer = await client.get(".well-known/gpc.json")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {"gpc": True, "lastUpdate": "2026-11-24"}
    assert answer.headers["cache-control"] == "public, max-age=86400"


async def test_a_member_opts_out_for_good_and_in_again(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone, other = await make.person(services), await make.person(services)
    for wish in (True, True, False):
        answer = await client.post(OPT_OUT, json={"do_not_sell": wish}, headers=someone.headers)

        assert answer.status_code == 200
        assert answer.json() == {"success": True, "data": {"do_not_sell": wish}}
        assert await _shown(client, someone) is wish
        assert await _shown(client, other) is False


async def test_the_word_of_a_request_holds_for_that_request_alone(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await make.person(services)
    assert await _shown(client, someone, SAID) is True
    changed = await client.put("users/me", json={"bio": "x"}, headers=someone.headers | SAID)

    assert changed.json()["data"]["do_not_sell"] is True
    assert await _shown(client, someone) is False


async def test_the_word_that_is_kept_needs_no_header(
    client: httpx.AsyncClient, services: Services
) -> None:
    someone = await make.person(services)
    await client.post(OPT_OUT, json={"do_not_sell": True}, headers=someone.headers)

    assert await _shown(client, someone, {"Sec-GPC": "0"}) is True


@pytest.mark.parametrize("wish", [None, 1, 0, "true", "", [True], {}])
async def test_a_wish_is_true_or_false_and_nothing_else(
    client: httpx.AsyncClient, services: Services, wish: Any
) -> None:
    someone = await make.person(services)
    for body in ({"do_not_sell": wish}, {"do_not_sel": True}, [wish]):
        answer = await client.post(OPT_OUT, json=body, headers=someone.headers)
        assert answer.status_code == 400

    assert await _shown(client, someone) is False


async def test_nobody_can_opt_out_for_another(client: httpx.AsyncClient) -> None:
    assert (await client.post(OPT_OUT, json={"do_not_sell": True})).status_code == 401


async def _shown(
    client: httpx.AsyncClient, person: make.Person, headers: dict[str, str] | None = None
) -> bool:
    answer = await client.get("users/me", headers=person.headers | (headers or {}))
    assert answer.status_code == 200
    return answer.json()["data"]["do_not_sell"]
