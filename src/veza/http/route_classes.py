"""The facts of a route that layers need, found by the path of a request.

A route declares `importance=` if it is more or less important than others during an overload, and
`rate_class=` if its requests are not counted like those of others. Pages of any origin may read
what a route answers without credentials, unless it declares `same_origin=True`. All are looked up
in front of the framework, which routes a request only after it was admitted.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Any

from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import BaseRoute
from msgspec import Struct

from veza.core.access import Access
from veza.http.security.authorization import access_of
from veza.infra.concurrency.overload import Importance


class RateClass(Enum):
    """By which limits the requests of a route are counted.

    `FREE` is for probes, for the files of pages, and for the hooks of the ingest, where a refusal
    would end a live stream: they have no limit, and are never refused during an overload.
    """

    ORDINARY = auto()
    AUTH = auto()
    VALIDATION = auto()
    FREE = auto()


class RouteClass(Struct, frozen=True):
    """The declarations of a route; the importance may depend on the last part of the path."""

    rate: RateClass = RateClass.ORDINARY
    importance: Importance | Callable[[str], Importance] = Importance.ORDINARY
    is_for_all_origins: bool = False


_ORDINARY = RouteClass()
_PARAMETER = "{}"
_REST = "{:path}"


class _Node(Struct):
    """The routes whose path ends here, by their method, and those whose path goes on."""

    routes: dict[str, RouteClass]
    children: dict[str, "_Node"]
    # What unknown paths below have: the rate class of all known ones, if they have one in common.
    unknown: RouteClass = _ORDINARY


class RouteClasses:
    """Finds what the route of a request declares."""

    def __init__(self, routes: Iterable[BaseRoute]) -> None:
        self._root = _Node({}, {})
        for route in routes:
            parts = [_name_part(part) for part in getattr(route, "path_components", [])]
            for handler in getattr(route, "route_handlers", []):
                if isinstance(handler, HTTPRouteHandler):
                    # The framework answers OPTIONS by handlers of its own, which declare nothing.
                    methods = [str(method) for method in handler.http_methods - {"OPTIONS"}]
                    node = _descend(self._root, parts)
                    node.routes |= dict.fromkeys(methods, class_of(handler))
        _find_common(self._root)

    def find(self, method: str, path: str) -> RouteClass:
        """Return the class of a request; HEAD and OPTIONS count like another method of the path."""
        node = self._root
        depth = 0
        parts = [part for part in path.split("/") if part]
        for part in parts:
            child = node.children.get(part) or node.children.get(_PARAMETER)
            if child is None:
                break
            node = child
            depth = depth + 1
        if depth < len(parts):
            rest = node.children.get(_REST)
            if rest is None:
                return node.unknown
            node = rest
        return node.routes.get(method) or next(iter(node.routes.values()), node.unknown)

    def find_importance(self, method: str, path: str) -> Importance | None:
        """Return the importance of a request; None if it is never refused."""
        found = self.find(method, path)
        if found.rate is RateClass.FREE:
            return None
        if isinstance(found.importance, Importance):
            return found.importance
        return found.importance(path.rstrip("/").rpartition("/")[2])


def class_of(handler: BaseRouteHandler) -> RouteClass:
    """Return what a route declares."""
    opt: Mapping[str, Any] = handler.opt
    return RouteClass(
        opt.get("rate_class", RateClass.ORDINARY),
        opt.get("importance", Importance.ORDINARY),
        _is_public_read(handler) and not opt.get("same_origin"),
    )


def _is_public_read(handler: BaseRouteHandler) -> bool:
    is_public = access_of(handler) in {Access.NONE, Access.OPTIONAL}
    return is_public and isinstance(handler, HTTPRouteHandler) and "GET" in handler.http_methods


def is_free(handler: BaseRouteHandler) -> bool:
    """Return whether the requests of a route have no limit."""
    return class_of(handler).rate is RateClass.FREE


def _name_part(part: Any) -> str:
    """Return a part of a path, or what stands for a parameter: of one part, or of all that follow.

    Nobody's class depends on the type of a parameter.
    """
    if isinstance(part, str):
        return part
    return _REST if part.full.endswith(":path") else _PARAMETER


def _descend(node: _Node, parts: Sequence[str]) -> _Node:
    for part in parts:
        node = node.children.setdefault(part, _Node({}, {}))
    return node


def _find_common(node: _Node) -> set[RateClass]:
    """Set the class of unknown paths below a node; return the rate classes of the known ones."""
    below = {found.rate for found in node.routes.values()}
    below |= {rate for child in node.children.values() for rate in _find_common(child)}
    if len(below) == 1:
        node.unknown = RouteClass(next(iter(below)))
    return below
