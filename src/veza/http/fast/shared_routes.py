"""Routes whose answers are shared: a GET route declares `shared=` beside its path.

Requests that wait at the same moment for the same answer share a query and the encoded body
(`fast.shared_reads`). So an answer may depend on nothing but the parameters, the viewer and the
address of the server: the handler takes these from its `Reader`, and has no request. What else a
route may declare, and the layers in front of the framework don't do, is refused when the
application is assembled.

`shared=True` reads each answer by itself. `shared=ReadTogether(…)` reads several different ones for
visitors in one query, where that is twice as fast (docs/performance.md).
"""

import re
from collections.abc import (
    AsyncGenerator,
    Awaitable,
    Callable,
    Hashable,
    Iterator,
    Mapping,
    Sequence,
    Set,
)
from http import HTTPStatus
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar
from litestar.di import NamedDependency
from litestar.enums import HttpMethod, MediaType
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter, QueryParameter
from litestar.routes import HTTPRoute
from litestar.types import Empty
from msgspec import Struct, structs

from veza.core.access import Access, Member
from veza.core.signed_urls import UrlBuilder
from veza.http.dependencies import AnyRequest, reading, visitor_of
from veza.http.expensive import Expensive
from veza.http.security.authorization import RouteFacts, access_of, facts_of
from veza.http.security.signed_urls import urls_of
from veza.infra.postgres.database import Conn

# What a shared route may declare.
_HONOURED = frozenset(
    {"shared", "access", "scope", "importance", "rate_class", "goes_on", "expensive", "errors"}
    | {"right"}
)
# What the framework does for a route if it or its routers say so.
_BY_FRAMEWORK = (
    *("after_request", "after_response", "background", "before_request", "cache", "cache_control"),
    *("dto", "etag", "exception_handlers", "guards", "middleware", "response_class"),
    *("response_cookies", "response_headers", "return_dto", "type_encoders"),
)
_READER = "reader"
# Values that need no decoding; anything else is left to the framework.
_QUERY = re.compile(rb"[a-z_]+=[A-Za-z0-9_-]*(?:&[a-z_]+=[A-Za-z0-9_-]*)*")
# No query of known parameters is longer.
_MAX_QUERY_BYTES = 1000


class CannotBeShared(Exception):
    """A route declares `shared=` together with something that shared routes don't have."""


class SharedReader(Struct, frozen=True):
    """All that the answer of a shared route may depend on, beside its parameters."""

    conn: Conn
    viewer: Member | None
    urls: UrlBuilder

    @property
    def member(self) -> Member:
        """The viewer, on routes that need one."""
        assert self.viewer is not None
        return self.viewer


Reader = NamedDependency[SharedReader]


async def provide_reader(request: AnyRequest) -> AsyncGenerator[SharedReader]:
    """Provide the reader for a request that the framework answers."""
    async with reading(request) as conn:
        yield SharedReader(conn, visitor_of(request), urls_of(request))


type ReadKeys = Callable[[SharedReader, Sequence[Any]], Awaitable[Mapping[Any, object]]]


class ReadTogether(Struct, frozen=True):
    """Reads the answers for several keys in one query, for visitors who ask at the same moment.

    A key has the parameters of a request as fields. `read` returns what it finds; the handler is
    called for each of the others, and refuses what there is to refuse. `find_lane` returns the same
    for keys that can be read together, None for one that can't; by default all can.
    """

    read: ReadKeys
    find_lane: Callable[[Any], Hashable | None] = lambda _: True


class SharedRoute(Struct, frozen=True):
    """A route that declares `shared=`.

    `start` is its path, up to the id at its end if it has one: its `parameter`. `keys` has a field
    for each parameter, of the type that the framework reads from the signature of the handler.
    """

    template: str
    start: str
    parameter: str | None
    facts: RouteFacts
    keys: type[Struct]
    handle: Callable[..., Awaitable[object]]
    together: ReadTogether | None

    def find_key(self, query: bytes, given: str | None) -> Any:
        """Return the parameters of a request; None leaves it to the framework.

        `given` is the id at the end of the path.
        """
        values = _read_query(query)
        if values is None:
            return None
        if self.parameter is not None:
            values[self.parameter] = given
        try:
            return msgspec.convert(values, self.keys, strict=False)
        except msgspec.ValidationError:
            return None

    async def read_each(self, reader: SharedReader, keys: Sequence[Any]) -> Mapping[Any, object]:
        """Return the content of the answers. Raises the VezaError of the first that has none."""
        return {key: await self.handle(reader=reader, **structs.asdict(key)) for key in keys}

    async def read_together(
        self, reader: SharedReader, keys: Sequence[Any]
    ) -> Mapping[Any, object]:
        """Return the content of those answers that can be read together. Raises a VezaError."""
        assert self.together is not None
        # PostgreSQL plans an array anew each time, so that one key is cheaper by itself.
        read = self.read_each if len(keys) == 1 else self.together.read
        return await read(reader, keys)


def find_shared_routes(app: Litestar) -> list[SharedRoute]:
    """Return the routes of an application that declare `shared=`. Raises CannotBeShared."""
    return [
        _create_route(app, route, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if handler.opt.get("shared")
    ]


def _create_route(app: Litestar, route: HTTPRoute, handler: HTTPRouteHandler) -> SharedRoute:
    faults = [
        *_list_faults_of_options(app, handler),
        *_list_faults_of_responses(handler),
        *_list_faults_of_parameters(route, handler),
    ]
    if faults:
        raise CannotBeShared(f"{route.path_format} can't declare `shared=`: {faults[0]}.")
    start, _, parameter = route.path_format.partition("{")
    # Requests with a parameter that makes them expensive are left to the framework.
    expensive: Expensive | None = handler.opt.get("expensive")
    left_out = {_READER, *(expensive.parameters if expensive else ())}
    fields = structs.fields(handler.signature_model)
    shared = handler.opt["shared"]
    keys = msgspec.defstruct(
        handler.fn.__name__,
        [(field.name, field.type, field.default) for field in fields if field.name not in left_out],
        frozen=True,
        forbid_unknown_fields=True,
    )
    return SharedRoute(
        template=route.path_format,
        start=start,
        parameter=parameter.removesuffix("}") or None,
        facts=facts_of(handler),
        keys=keys,
        handle=handler.fn,
        together=shared if isinstance(shared, ReadTogether) else None,
    )


def find_unknown_options(
    app: Litestar, handler: HTTPRouteHandler, known: Set[str]
) -> Sequence[str]:
    """Return what a route or its routers declare beside what is known."""
    return sorted(handler.opt.keys() - app.opt.keys() - known)


def _list_faults_of_options(app: Litestar, handler: HTTPRouteHandler) -> Iterator[str]:
    for name in find_unknown_options(app, handler, _HONOURED):
        yield f"`{name}` is not honoured for shared routes"
    if access_of(handler) not in set(Access):
        yield "its access is unknown"
    expensive: Expensive | None = handler.opt.get("expensive")
    if expensive is not None and not expensive.parameters:
        yield "all of its requests are expensive"


def _list_faults_of_responses(handler: HTTPRouteHandler) -> Iterator[str]:
    for layer in handler.ownership_layers[1:]:
        for name in _BY_FRAMEWORK:
            value = getattr(layer, name, None)
            if value and value is not Empty:
                yield f"`{name}` is for the framework alone"
    if handler.http_methods - {HttpMethod.OPTIONS} != {HttpMethod.GET}:
        yield "it answers other requests than GET"
    is_plain = handler.status_code == HTTPStatus.OK and handler.media_type == MediaType.JSON
    if not (is_plain and handler.parsed_return_field.is_subclass_of(Struct)):
        yield "it answers other than with a Struct, as JSON and with status 200"


def _list_faults_of_parameters(route: HTTPRoute, handler: HTTPRouteHandler) -> Iterator[str]:
    parameters = handler.parsed_fn_signature.parameters
    if _READER not in parameters:
        yield f"it has no `{_READER}: Reader`"
    for name, field in parameters.items():
        kind = field.kwarg_definition
        if name != _READER and not isinstance(kind, QueryParameter | PathParameter):
            yield f"its parameter `{name}` is of neither the query nor the path"
        if isinstance(kind, QueryParameter) and kind.name not in {None, name}:
            yield f"its parameter `{name}` has another name in the query"
    ids = [part for part in route.path_components if not isinstance(part, str)]
    if any(part.type is not UUID for part in ids) or ids not in ([], route.path_components[-1:]):
        yield "its path has another parameter than one id at its end"


def _read_query(query: bytes) -> dict[str, Any] | None:
    """Return the parameters of a query; None if one is repeated or needs decoding."""
    if not query:
        return {}
    if len(query) > _MAX_QUERY_BYTES or not _QUERY.fullmatch(query):
        return None
    pairs = [part.partition("=") for part in query.decode().split("&")]
    given: dict[str, Any] = {name: value for name, _, value in pairs}
    return given if len(given) == len(pairs) else None
