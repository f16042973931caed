"""During maintenance exactly those routes go on that the contract lists."""

import re
from collections.abc import Iterable

import pytest
from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from tests.application import assembled
from tests.architecture.source import ensure_none
from tests.support.references import list_codes, read_document
from veza.http.security.authorization import goes_on

_GOES_ON = re.compile(
    r"""
      (/api/v1)? / (health | health/deep | healthz | readyz | metrics)
    | / (?! api/ | rest | _ | \.well-known | cards | feeds | oembed | sitemap) .*
    | /api/v1 / (auth/login (/ (factor | passkey) (/options)?)? | csrf-token)
    | /api/v1 / (auth/refresh | sessions/refresh)
    | /api/v1 / auth/openid ( / \{provider(:str)?\} (/callback)? )?
    | /api/v1 / site (/pages/\{page(:str)?\})?
    | /api/v1 / subscribers/\{token(:str)?\}/unsubscribe
    | /api/v1 / marketplace/gifts/block/\{token(:str)?\}
    | /api/v1 / (webhooks | live/hooks | admin) /.+
    """,
    re.VERBOSE,
)


@pytest.fixture(scope="module")
def app() -> Litestar:
    return assembled()


def _routes(app: Litestar) -> Iterable[tuple[str, str, HTTPRouteHandler]]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler):
                for method in sorted(str(one) for one in handler.http_methods):
                    if method != "OPTIONS":
                        yield method, route.path, handler


def test_what_goes_on_is_what_the_contract_lists(app: Litestar):
    routes = list(_routes(app))
    assert sum(goes_on(handler) for _, _, handler in routes) > 20
    ensure_none(
        f"{method} {path} {'goes on' if goes_on(handler) else 'stands still'}"
        for method, path, handler in routes
        if goes_on(handler) != bool(_GOES_ON.fullmatch(path))
    )


def test_every_other_operation_says_that_it_may_stand_still():
    ensure_none(
        f"{method} {path}"
        for path, operations in read_document()["paths"].items()
        for method, operation in operations.items()
        if _tells_of_maintenance(operation) == bool(_GOES_ON.fullmatch(path))
    )


def _tells_of_maintenance(operation: dict) -> bool:
    told = operation["responses"].get("503")
    return told is not None and "maintenance" in list_codes(told)
