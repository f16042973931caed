"""Every call that the API takes: a method at a path, and what answers it."""

from collections.abc import Iterator
from dataclasses import dataclass

from litestar import Litestar
from litestar.handlers import HTTPRouteHandler

from tests.application import assembled

# The framework's own pages, of which we use none.
_FRAMEWORK = "/_"


@dataclass(frozen=True)
class Call:
    """A method at a path, and what answers it."""

    method: str
    path: str
    handler: HTTPRouteHandler

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def looks_at_credentials(self) -> bool:
        return self.handler.opt.get("credentials") != "ignored"


def list_calls() -> list[Call]:
    """List all calls, sorted: the same in each process."""
    app = assembled()
    return sorted(_find_calls(app), key=str)


def _find_calls(app: Litestar) -> Iterator[Call]:
    for route in app.routes:
        for handler in getattr(route, "route_handlers", []):
            if isinstance(handler, HTTPRouteHandler) and not route.path.startswith(_FRAMEWORK):
                for method in handler.http_methods - {"OPTIONS"}:
                    yield Call(str(method), route.path, handler)
