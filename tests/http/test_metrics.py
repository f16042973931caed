"""Metrics: read by this machine unless a setting says otherwise, and collected once a second."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from tests.http.apps import assemble, calling
from tests.loop_turns import counted_turns
from tests.server.running import answer_lifespan, run_server
from veza.app.services import Services
from veza.http import metrics
from veza.http.metrics import MetricsRefused
from veza.server.sockets import bind

# An address for documentation, of a stranger.
STRANGER, MONITOR, PROXY = "203.0.113.9", "10.9.8.7", "10.0.0.1"
PATHS = ("/metrics", "/api/v1/metrics", "/metrics/", "/api/v1//metrics")


async def _ask(
    services: Services, peer: str, headers: dict[str, str], **changed: object
) -> list[tuple[int, str]]:
    settings = msgspec.structs.replace(services.settings, **changed)
    async with calling(assemble(services, settings)[1], path="/", peer=peer) as client:
        answers = [await client.get(path, headers=headers) for path in PATHS]
    return [
        (answer.status_code, answer.json()["code"] if answer.status_code != 200 else "")
        for answer in answers
    ]


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        (STRANGER, {}),
        ("2001:db8::1", {}),
        ("::ffff:203.0.113.9", {}),
        # A member of the private network is a stranger, too.
        (MONITOR, {}),
        # Nobody's word is taken for where they are.
        (STRANGER, {"x-forwarded-for": "127.0.0.1"}),
        (STRANGER, {"x-real-ip": "127.0.0.1", "host": "127.0.0.1"}),
        # A proxy on this machine that is not trusted hides its clients, whatever it says.
        ("127.0.0.1", {"x-forwarded-for": STRANGER}),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", {"x-forwarded-for": ""}),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}),
        ("::1", {"x-real-ip": STRANGER}),
        ("::1", {"via": "1.1 cache"}),
    ],
)
async def test_strangers_and_proxies_get_no_metrics_by_default(
    services: Services, peer: str, headers: dict[str, str]
) -> None:
    assert (403, MetricsRefused.code) in await _ask(services, peer, headers)
    assert 200 not in {status for status, _ in await _ask(services, peer, headers)}


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.8.9.1", "::1", "::ffff:127.0.0.1"])
async def test_this_machine_gets_them(services: Services, peer: str) -> None:
    assert (await _ask(services, peer, {}))[:2] == [(200, ""), (200, "")]


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        (PROXY, {"x-forwarded-for": MONITOR}, 200),
        (PROXY, {"x-forwarded-for": f"{STRANGER}, {MONITOR}"}, 200),
        (PROXY, {"x-forwarded-for": f"{MONITOR}, {STRANGER}"}, 403),
        (PROXY, {"x-forwarded-for": "unix:"}, 403),
        (PROXY, {"x-real-ip": MONITOR}, 403),
        (PROXY, {}, 403),
        (MONITOR, {}, 200),
        (MONITOR, {"x-forwarded-for": MONITOR}, 403),
        ("127.0.0.1", {}, 403),
    ],
)
async def test_the_readers_of_the_setting_get_them_also_through_a_trusted_proxy(
    services: Services, peer: str, headers: dict[str, str], status: int
) -> None:
    asked = await _ask(
        services, peer, headers, metrics_addresses=["10.9.8.0/24"], trusted_proxies=[PROXY]
    )
    assert [found for found, _ in asked[:2]] == [status, status]


async def test_the_health_listener_answers_whoever_reaches_it(services: Services) -> None:
    app = assemble(services)[1]

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        # The application of the tests is running already.
        whole = app if scope["type"] == "http" else lambda _, *both: answer_lifespan(*both)
        await whole(scope, receive, send)

    asked = {"x-forwarded-for": STRANGER}
    health = bind("127.0.0.1", 0)
    async with run_server(serve, health=health) as running, httpx.AsyncClient() as client:
        ports = (running.port, health.getsockname()[1])
        answers = [
            await client.get(f"http://127.0.0.1:{port}/metrics", headers=asked) for port in ports
        ]
    assert [answer.status_code for answer in answers] == [403, 200]


async def test_metrics_are_collected_once_a_second_for_everybody(services: Services) -> None:
    app = assemble(services)[1]
    async with calling(app, path="/") as client:
        with counted_turns(metrics.collect) as turns:
            answers = await asyncio.gather(*(client.get("metrics") for _ in range(40)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) <= turns.calls["collect"]
    # Forty answers take a second on no machine, and hardly ever two.
    assert turns.calls["collect"] <= 3
