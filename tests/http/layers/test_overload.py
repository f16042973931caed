"""During an overload, requests are refused by what they are for."""

import pytest

from tests.application import assembled
from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.http.route_classes import RouteClasses
from veza.infra.concurrency.overload import Importance, LoadSample

V, O, E = Importance.VITAL, Importance.ORDINARY, Importance.EXPLORATION  # noqa: E741


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/api/v1/tracks", E),
        ("POST", "/api/v1/tracks", O),
        ("GET", "/api/v1/search", E),
        ("GET", "/api/v1/tracks/1", O),
        ("GET", "/api/v1/tracks/1/similar", E),
        ("GET", "/api/v1/tracks/1/stream", V),
        ("GET", "/api/v1/tracks/1/hls/high/1.m4s", V),
        ("GET", "/api/v1/live/streams", E),
        ("GET", "/api/v1/live/streams/1/hls/1.ts", V),
        ("POST", "/api/v1/marketplace/orders", V),
        ("POST", "/api/v1/webhooks/stripe", V),
        ("GET", "/api/v1/marketplace/products", E),
        ("GET", "/", O),
        ("GET", "/rest/stream.view", V),
        ("GET", "/feeds/tracks/1.mp3", V),
        ("GET", "/feeds/artists/ada", E),
        ("GET", "/sitemaps/tracks/1.xml", E),
        ("GET", "/api/v1/readyz", None),
        ("GET", "/metrics", None),
        ("POST", "/api/v1/live/hooks/update", None),
    ],
)
def test_the_importance_of_requests(method: str, path: str, expected: Importance | None) -> None:
    assert RouteClasses(assembled().routes).find_importance(method, path) is expected


async def test_exploring_is_refused_and_playing_goes_on(services: Services) -> None:
    app, wrapped = assemble(services)
    gauge = app.state.context.overload
    async with calling(wrapped) as client:
        assert (await client.get("tracks")).status_code == 200
        while gauge.severity < 1:
            gauge.add(LoadSample(since_s=1.0, cpu_s=1.0, begun=1000))
        refused = await client.get("tracks")
        played = await client.get("tracks/00000000-0000-7000-8000-000000000000/stream")
        health = await client.get("healthz")

    assert refused.status_code == 503
    assert refused.json()["code"] == "overloaded"
    assert int(refused.headers["retry-after"]) >= 1
    assert played.status_code == 404
    assert health.status_code == 200
