"""Rate limits at the door: who is counted as whom, what is counted, and what the answers tell."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import REGISTRY

from tests.http.apps import ask, assemble, calling
from veza.app.services import Services
from veza.infra.valkey import client as valkey
from veza.server.websocket_protocol import EXTENSION

type MakeApp = Callable[..., Any]

HERE = "https://app.example.com"


@pytest.fixture
async def limited(services: Services) -> MakeApp:
    """Make the application with limits, of which nothing is used yet."""
    used = [key async for key in services.valkey.scan_iter("limit:*")]
    await services.valkey.delete("limit:none", *used)

    def make(**changes: Any) -> Any:
        settings = msgspec.structs.replace(services.settings, **changes)
        return assemble(services, settings)[1]

    return make


async def _statuses(client: httpx.AsyncClient, path: str, times: int, **given: Any) -> Counter[int]:
    answers = await asyncio.gather(*(client.post(path, **given) for _ in range(times)))
    return Counter(answer.status_code for answer in answers)


async def test_every_answer_tells_how_the_limits_stand(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=100, rate_limit_global=1000)
    async with calling(app) as client:
        for left, (method, path) in enumerate(
            [("GET", "tracks"), ("GET", "nowhere"), ("GET", "users/me"), ("DELETE", "tracks")]
        ):
            answer = await client.request(method, path)

            assert answer.headers["x-ratelimit-limit"] == "100"
            assert int(answer.headers["x-ratelimit-remaining"]) >= 99 - left
            assert answer.headers["ratelimit-policy"] == '"address";q=100;w=1, "global";q=1000;w=1'
            told = answer.headers["x-ratelimit-remaining"]
            assert answer.headers["ratelimit"] == f'"address";r={told};t=1'
            assert "retry-after" not in answer.headers


async def test_the_limit_that_comes_first_is_told(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=100, rate_limit_global=7)
    async with calling(app) as client:
        answer = await client.get("tracks")

    assert answer.headers["x-ratelimit-limit"] == "7"
    assert answer.headers["x-ratelimit-remaining"] == "6"
    assert answer.headers["ratelimit"] == '"global";r=6;t=1'


async def test_of_many_at_once_exactly_the_limit_is_let_through(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=100, rate_limit_auth=25)
    async with calling(app) as client, calling(app, peer="127.0.0.2") as other:
        statuses = await _statuses(client, "auth/nowhere", 80)

        assert statuses == {404: 25, 429: 55}
        assert await _statuses(other, "auth/nowhere", 25) == {404: 25}


async def test_whoever_is_refused_is_told_so_like_any_other_failure(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=100, rate_limit_auth=1)
    async with calling(app) as client:
        await client.post("auth/nowhere")
        answer = await client.post("auth/nowhere", headers={"x-request-id": "mine"})
        problem = await client.post("auth/nowhere", headers={"accept": "application/problem+json"})

    assert answer.status_code == 429
    assert answer.json() == {
        "success": False,
        "error": "Too many requests in too short a time: wait a moment.",
        "code": "rate_limited",
        "request_id": "mine",
    }
    wait_s = int(answer.headers["retry-after"])
    assert 50 < wait_s <= 60
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert answer.headers["ratelimit"] == f'"auth";r=0;t={wait_s}'
    assert answer.headers["ratelimit-policy"] == '"auth";q=1;w=60'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-request-id"] == "mine"
    assert answer.headers["x-frame-options"] == "DENY"
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == "rate_limited"


async def test_after_the_time_that_was_told_there_is_room_again(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=2)
    async with calling(app) as client:
        refused = []
        while not refused:
            answers = await asyncio.gather(*(client.get("nowhere") for _ in range(20)))
            refused = [answer for answer in answers if answer.status_code == 429]
        assert refused[-1].headers["retry-after"] == "1"
        await asyncio.sleep(1)

        assert (await client.get("nowhere")).status_code == 404


async def test_a_second_lets_no_more_through_than_it_may(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=10)
    async with calling(app) as client:
        began = time.monotonic()
        statuses = await _statuses(client, "nowhere", 60)
        # Each request was let through in one of so many seconds, the last one not over yet.
        seconds = int(time.monotonic() - began) + 1

    assert 10 <= statuses[404] <= 10 * seconds
    assert statuses[404] + statuses[429] == 60


FREE = ["health", "healthz", "health/deep", "readyz", "metrics"]
ROOT = "http://veza.test/"


@pytest.mark.long
@pytest.mark.parametrize("path", [*FREE, *(ROOT + p for p in [*FREE, "swagger"])])
async def test_probes_and_the_api_page_have_no_limit(limited: MakeApp, path: str) -> None:
    async with calling(limited(rate_limit_per_ip=1, rate_limit_global=1)) as client:
        answers = [await client.get(path) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    assert not any("ratelimit" in name for answer in answers for name in answer.headers)


@pytest.mark.parametrize(
    "path", ["healthy", "swaggers", "metricsx", ROOT + "healthzz", ROOT + "x/health", ROOT]
)
async def test_what_only_begins_like_those_has_limits(limited: MakeApp, path: str) -> None:
    async with calling(limited(rate_limit_per_ip=50)) as client:
        assert "ratelimit" in (await client.get(path)).headers


async def test_unknown_routes_and_methods_count_like_any_other(limited: MakeApp) -> None:
    async with calling(limited(rate_limit_per_ip=50)) as client:
        told = [
            (await client.request(method, path)).headers["ratelimit"]
            for method, path in [("GET", "x"), ("PATCH", "tracks"), ("GET", ROOT + "y")]
        ]

    assert all(entry.startswith('"address";r=4') for entry in told)


@pytest.mark.parametrize(
    "path", ["auth/login", "auth/x/y", "sessions/refresh", "auth//login", "/auth/login/"]
)
async def test_signing_in_has_a_limit_of_its_own(limited: MakeApp, path: str) -> None:
    app = limited(rate_limit_per_ip=100, rate_limit_global=1000)
    async with calling(app, path="/api/v1/") as client:
        answer = await client.post(f"{ROOT}api/v1/{path}")

    assert answer.headers["ratelimit-policy"] == '"auth";q=300;w=60, "global";q=1000;w=1'
    assert answer.headers["x-ratelimit-remaining"] == "299"


async def test_signing_in_shares_one_limit_and_leaves_the_others_alone(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=3, rate_limit_global=300, rate_limit_auth=4)
    async with calling(app) as client:
        for path in ("auth/login", "auth/refresh", "sessions/refresh", "auth/register"):
            assert (await client.post(path, json=[])).status_code != 429
        assert (await client.post("auth/logout")).status_code == 429

        assert (await client.get("tracks")).headers["x-ratelimit-remaining"] == "2"


async def test_signing_in_counts_in_the_limit_that_all_clients_share(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=100, rate_limit_global=5, rate_limit_auth=100)
    async with calling(app, path="/api/v1/") as client, calling(app, peer="192.0.2.9") as other:
        assert await _statuses(client, "auth/nowhere", 8) == {404: 5, 429: 3}
        assert (await other.get("tracks")).status_code == 429


@pytest.mark.parametrize("off", [{"rate_limit_auth": 0}, {"rate_limit_per_ip": 0}])
async def test_the_limit_of_signing_in_is_off_where_a_setting_says_so(
    limited: MakeApp, off: dict[str, int]
) -> None:
    async with calling(limited(**{"rate_limit_per_ip": 9} | off)) as client:
        assert "ratelimit" not in (await client.post("auth/nowhere")).headers


async def test_limits_that_are_off_are_not_told(limited: MakeApp) -> None:
    async with calling(limited(rate_limit_per_ip=0, rate_limit_global=9)) as client:
        assert (await client.get("x")).headers["ratelimit-policy"] == '"global";q=9;w=1'
    async with calling(limited(rate_limit_per_ip=9, rate_limit_global=0)) as client:
        assert (await client.get("x")).headers["ratelimit-policy"] == '"address";q=9;w=1'
    async with calling(limited(rate_limit_per_ip=0, rate_limit_global=0)) as client:
        assert "ratelimit" not in (await client.get("x")).headers


@pytest.mark.parametrize("path", ["validate", "validate/", "/validate", "validate//"])
async def test_validating_is_limited_always_and_however_it_is_written(
    limited: MakeApp, path: str
) -> None:
    app = limited(rate_limit_per_ip=0, rate_limit_global=0)
    async with calling(app) as client, calling(app, peer="127.0.0.2") as other:
        for url in ("validate", ROOT + "api/v1/" + path):
            assert (await _statuses(client, url, 6, json={}))[429] == (
                0 if url == "validate" else 2
            )
        assert (await _statuses(other, "validate", 1, json={}))[429] == 0


async def test_validating_counts_among_the_others_too(limited: MakeApp) -> None:
    async with calling(limited(rate_limit_per_ip=5, rate_limit_global=50)) as client:
        answer = await client.post("validate", json={})

    policy = '"validate";q=10;w=60, "address";q=5;w=1, "global";q=50;w=1'
    assert answer.headers["ratelimit-policy"] == policy
    assert answer.headers["ratelimit"] == '"address";r=4;t=1'


async def test_a_stranger_does_not_pass_for_another_by_a_header(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=9, rate_limit_auth=3, trusted_proxies=["10.0.0.0/8"])
    async with calling(app, peer="203.0.113.9") as client:
        statuses = [
            (
                await client.post(
                    "auth/nowhere",
                    headers={"x-forwarded-for": f"198.51.100.{n}", "forwarded": f"for=1.2.3.{n}"},
                )
            ).status_code
            for n in range(5)
        ]

    assert statuses == [404, 404, 404, 429, 429]


async def test_two_clients_behind_one_proxy_are_two(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=9, rate_limit_auth=3, trusted_proxies=["10.0.0.0/8"])
    one, other = {"x-forwarded-for": "198.51.100.1"}, {"x-forwarded-for": "198.51.100.2"}
    # What a client wrote itself stands further left, and makes it nobody else.
    lying = {"x-forwarded-for": "192.0.2.77, 198.51.100.1"}
    async with calling(app, peer="10.1.2.3") as client, calling(app, peer="10.9.9.9") as proxy:
        assert await _statuses(client, "auth/nowhere", 3, headers=one) == {404: 3}
        assert await _statuses(proxy, "auth/nowhere", 2, headers=one) == {429: 2}
        assert await _statuses(client, "auth/nowhere", 2, headers=lying) == {429: 2}
        assert await _statuses(client, "auth/nowhere", 3, headers=other) == {404: 3}


async def test_without_trusted_proxies_the_header_means_nothing(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=9, rate_limit_auth=1)
    headers = [{"x-forwarded-for": f"198.51.100.{n}"} for n in range(2)]
    async with calling(app, peer="127.0.0.1") as client:
        assert (await client.post("auth/nowhere", headers=headers[0])).status_code == 404
        assert (await client.post("auth/nowhere", headers=headers[1])).status_code == 429


@pytest.mark.parametrize(
    ("peer", "trusted", "is_told"),
    [
        ("127.0.0.1", [], True),
        ("10.1.2.3", ["192.168.0.0/16"], True),
        ("10.1.2.3", ["10.0.0.0/8"], False),
        ("::1", [], True),
        ("9.9.9.9", [], False),
    ],
)
async def test_the_log_tells_of_a_proxy_whose_clients_are_taken_for_one(
    limited: MakeApp,
    capsys: pytest.CaptureFixture[str],
    peer: str,
    trusted: list[str],
    is_told: bool,
) -> None:
    app = limited(rate_limit_per_ip=9, rate_limit_auth=1, trusted_proxies=trusted)
    async with calling(app, peer=peer) as client:
        await _statuses(client, "auth/nowhere", 3, headers={"x-forwarded-for": "9.9.9.9"})

    assert ("proxy_not_trusted" in capsys.readouterr().out) is is_told


async def test_a_network_of_ipv6_is_one_client(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=9, rate_limit_auth=2)
    peers = ["2001:db8:1:1::1", "2001:DB8:1:1:ffff::2", "2001:db8:1:1::3", "2001:db8:1:2::1"]
    statuses = []
    for peer in peers:
        async with calling(app, peer=peer) as client:
            statuses.append((await client.post("auth/nowhere")).status_code)

    assert statuses == [404, 404, 429, 404]


async def test_ipv4_in_the_clothes_of_ipv6_is_the_same_client(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=9, rate_limit_auth=1)
    async with calling(app, peer="192.0.2.1") as plain, calling(app, peer="::ffff:192.0.2.1") as v6:
        assert (await plain.post("auth/nowhere")).status_code == 404
        assert (await v6.post("auth/nowhere")).status_code == 429
    async with calling(app, peer="::ffff:192.0.2.2") as other:
        assert (await other.post("auth/nowhere")).status_code == 404


async def test_all_clients_together_have_a_limit(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=100, rate_limit_global=5)
    began, statuses = time.monotonic(), Counter[int]()
    for n in range(8):
        async with calling(app, peer=f"192.0.2.{n}") as client:
            statuses += await _statuses(client, "nowhere", 4)
    seconds = int(time.monotonic() - began) + 1

    assert 5 <= statuses[404] <= 5 * seconds
    assert statuses[429] >= 32 - 5 * seconds


async def test_one_who_asks_too_often_leaves_the_others_their_share(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=4, rate_limit_global=10)
    async with calling(app, peer="192.0.2.1") as loud, calling(app, peer="192.0.2.2") as quiet:
        assert (await _statuses(loud, "nowhere", 100))[429] > 50

        assert await _statuses(quiet, "nowhere", 4) == {404: 4}


async def test_while_valkey_is_gone_the_limits_hold_for_each_process(services: Services) -> None:
    settings = msgspec.structs.replace(services.settings, rate_limit_per_ip=9, rate_limit_auth=5)
    async with valkey.connect("unix:///nowhere/valkey.sock") as gone:
        for _ in range(2):
            process = msgspec.structs.replace(services, valkey=gone)
            async with calling(assemble(process, settings)[1]) as client:
                assert await _statuses(client, "auth/nowhere", 20) == {404: 5, 429: 15}
                answer = await client.get("tracks")
                assert answer.status_code == 200
                assert answer.headers["ratelimit"] == '"address";r=8;t=1'


async def test_the_refused_are_counted_by_the_limit_that_refused_them(limited: MakeApp) -> None:
    app, before = limited(rate_limit_per_ip=9, rate_limit_auth=1), _refused("auth")
    async with calling(app) as client:
        await _statuses(client, "auth/nowhere", 4)

    assert _refused("auth") - before == 3


async def test_a_refusal_of_head_has_no_body(limited: MakeApp) -> None:
    async with calling(limited(rate_limit_per_ip=9, rate_limit_auth=1)) as client:
        await client.head("auth/nowhere")
        answer = await client.head("auth/nowhere")

    assert answer.status_code == 429
    assert answer.content == b""
    assert answer.headers["retry-after"]


async def test_a_refusal_does_not_wait_for_the_body(limited: MakeApp) -> None:
    app, path = limited(rate_limit_per_ip=9, rate_limit_auth=1), "/api/v1/auth/login"
    await ask(app, {"path": path, "method": "POST"}, [])

    def messages() -> Any:
        raise AssertionError("The body was asked for.")
        yield

    sent = await ask(app, {"path": path, "method": "POST"}, messages())
    assert sent[0]["status"] == 429


async def test_a_front_end_on_another_origin_can_read_that_it_is_refused(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=9, rate_limit_auth=1, cors_origins=[HERE])
    async with calling(app) as client:
        await client.post("auth/nowhere", headers={"origin": HERE})
        answer = await client.post("auth/nowhere", headers={"origin": HERE})

    assert answer.status_code == 429
    assert answer.headers["access-control-allow-origin"] == HERE
    shown = answer.headers["access-control-expose-headers"].lower()
    for name in ("retry-after", "ratelimit", "ratelimit-policy", "x-ratelimit-remaining"):
        assert name in shown.split(", ")


async def test_sockets_pass_uncounted(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=1)
    for _ in range(3):
        sent = await ask(app, {"type": "websocket", "path": "/api/v1/nowhere"}, [])
        assert sent[0]["type"] == "websocket.close"


def _refused(limit: str) -> float:
    return REGISTRY.get_sample_value("veza_rate_limited_total", {"limit": limit}) or 0.0


async def test_opening_a_websocket_counts_too(limited: MakeApp) -> None:
    app = limited(rate_limit_per_ip=3, rate_limit_global=0)
    path = "/api/v1/chat/ws"
    sent: list[str] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.disconnect", "code": 1006}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    class Closed:
        is_writable = True

        def write_encoded(self, frame: bytes) -> None:
            raise AssertionError(frame)

    scope = {"type": "websocket", "path": path, "headers": [], "query_string": b"", "scheme": "ws"}
    scope["extensions"] = {EXTENSION: Closed()}
    # However long it takes: the window may go on meanwhile.
    while "websocket.close" not in sent and len(sent) < 100:
        await app({**scope, "client": ("fd00:77::1", 1)}, receive, send)

    assert sent[:3] == ["websocket.accept"] * 3
    assert sent[-1] == "websocket.close"
