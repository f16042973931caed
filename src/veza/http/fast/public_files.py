"""Files that anybody may have, or that a member may, answered in front of the framework.

Players ask for a track in many ranges. The framework, and the query that decides who may have the
file, take longer than sending the bytes. Requests without credentials share queries. What one has
found holds for half a second, for a member for them alone: not after a change through this process,
which is seen in the very next response. Everything else is left to the framework: files that not
everybody may have, unless the route declares `own_files=`, and every refusal.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Litestar, Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from veza.core.access import Access, Member
from veza.core.errors import NotFound, VezaError
from veza.http.asgi_scope import ID, has_credentials, headers_by_name
from veza.http.context import HttpContext, context_in
from veza.http.fast.shared_routes import CannotBeShared, find_unknown_options
from veza.http.layers.head_requests import is_head
from veza.http.responses.ranges import FileMetadata, StoredFile, respond
from veza.http.security.authorization import RouteFacts, access_of, facts_of, identify
from veza.http.services import ServiceRegistry
from veza.infra.concurrency.merged_reads import MergedReads
from veza.infra.concurrency.remembered_values import RememberedValues
from veza.infra.postgres.database import Conn

# What such a route may declare.
_HONOURED = frozenset(
    {"public_files", "own_files", "access", "scope", "importance", "rate_class", "goes_on"}
    | {"errors", "produces", "partial", "right"}
)
# A request with one of these headers is not a plain read.
_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_REMEMBERED_S = 0.5
_MAX_REMEMBERED = 1024


class PublicFile(Struct, frozen=True):
    """A file that anybody may have, and its key in the storage."""

    metadata: FileMetadata
    key: str


# Raises a VezaError if the member may have none.
type FindOwnFile = Callable[[ServiceRegistry, Conn, UUID, Member], Awaitable[PublicFile]]
type FindFiles = Callable[[Conn, Sequence[UUID]], Awaitable[Mapping[UUID, PublicFile]]]


class PublicFileRoute(Struct, frozen=True):
    """A route that declares `public_files=`: a function that finds files by the ids in its path.

    With `own_files=`, a function that finds the file of a member, it answers members too.
    """

    template: str
    # What is before and after the id, and the name of the id.
    start: str
    parameter: str
    end: str
    find: FindFiles
    find_own: FindOwnFile | None
    facts: RouteFacts


class _Asked(Struct, frozen=True):
    """The file that is wanted, and for which member, None for anybody."""

    # A route is the same for the same template.
    template: str
    file_id: UUID
    member: Member | None = None


type KnownFiles = RememberedValues[_Asked, PublicFile]


def remember_files() -> KnownFiles:
    """Return an empty memory of files that anybody may have."""
    return RememberedValues(_REMEMBERED_S, _MAX_REMEMBERED)


def find_public_routes(app: Litestar) -> list[PublicFileRoute]:
    """Return the routes that declare `public_files=`. Raises CannotBeShared."""
    return [
        _create_route(app, route, handler)
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        if "public_files" in handler.opt
    ]


def _create_route(app: Litestar, route: HTTPRoute, handler: HTTPRouteHandler) -> PublicFileRoute:
    faults = list(_list_faults(app, route, handler))
    if faults:
        raise CannotBeShared(f"{route.path_format} can't declare `public_files=`: {faults[0]}.")
    start, parameter, end = _split(route.path_format)
    return PublicFileRoute(
        route.path_format,
        start,
        parameter.strip("{}"),
        end,
        find=handler.opt["public_files"],
        find_own=handler.opt.get("own_files"),
        facts=facts_of(handler),
    )


def _list_faults(app: Litestar, route: HTTPRoute, handler: HTTPRouteHandler) -> Iterator[str]:
    for name in find_unknown_options(app, handler, _HONOURED):
        yield f"`{name}` is not honoured for public files"
    if access_of(handler) not in {Access.NONE, Access.OPTIONAL}:
        yield "it is not for everybody"
    if handler.http_methods != {HttpMethod.GET}:
        yield "it answers other requests than GET"
    ids = [part for part in route.path_components if not isinstance(part, str)]
    if len(ids) != 1 or ids != route.path_components[-2:-1] or ids[0].type is not UUID:
        yield "its path has no id before its last part, or another parameter"


class PublicFiles:
    """Answers the routes that declare `public_files=`; passes on everything else.

    `known` has to be told to forget when something changes.
    """

    def __init__(
        self,
        app: ASGIApp,
        state: State,
        routes: Iterable[PublicFileRoute],
        known: KnownFiles,
    ) -> None:
        self._app = app
        self._state = state
        self._known = known
        self._merged = MergedReads()
        self._routes = {(route.start, route.end): route for route in routes}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] == "http" and scope["method"] == "GET":
            start, given, end = _split(scope["path"])
            route = self._routes.get((start, end))
            if route is not None and ID.fullmatch(given) and _is_plain(scope, route):
                file_id = msgspec.convert(given, UUID)
                return self._answer((route, file_id), scope, receive, send)
        return self._app(scope, receive, send)

    async def _answer(
        self, wanted: tuple[PublicFileRoute, UUID], scope: Any, receive: Receive, send: Send
    ) -> None:
        context = context_in(self._state)
        route, file_id = wanted
        try:
            context.ensure_open()
            if has_credentials(scope):
                await identify(ASGIConnection(scope), route.facts, context)
            asked = _Asked(route.template, file_id, scope.get("user"))
            known = await self._find_file(context, route, asked)
            answer = known and await _prepare(context, scope, known)
        except VezaError:
            answer = None
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = route.template
        scope["path_params"] = {route.parameter: file_id}
        await answer(scope, receive, send)

    async def _find_file(
        self, context: HttpContext, route: PublicFileRoute, asked: _Asked
    ) -> PublicFile | None:
        known = self._known.find(asked)
        if known is None:
            start = self._known.begin()
            file_id = asked.file_id
            if asked.member is None:
                read = _reader(context, route.find)
                known = await self._merged.get(route.template, file_id, read)
            elif route.find_own is not None:
                async with context.database.read() as conn:
                    services: ServiceRegistry = self._state.services
                    known = await route.find_own(services, conn, file_id, asked.member)
            if known is not None:
                self._known.keep(asked, known, start)
        return known


def _split(path: str) -> tuple[str, str, str]:
    """Return what is before the last but one part of a path, that part, and the last one."""
    rest, _, end = path.rpartition("/")
    start, _, given = rest.rpartition("/")
    return start, given, end


async def _prepare(context: HttpContext, scope: Scope, file: PublicFile) -> ASGIApp:
    """Return the response with a file. Raises a VezaError, with which the framework answers."""
    stored = StoredFile(context.storage, file.key, NotFound)
    request: Request[Any, Any, Any] = Request(scope)
    response = await respond(context.file_delivery, request, file.metadata, stored)
    return response.to_asgi_response(None, request)


def _reader(
    context: HttpContext, find: FindFiles
) -> Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, PublicFile]]]:
    async def read(ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
        async with context.database.read() as conn:
            return await find(conn, ids)

    return read


def _is_plain(scope: Any, route: PublicFileRoute) -> bool:
    """Return whether a request is a GET without a query and a body, of somebody it is for."""
    if scope["query_string"] or is_head(scope):
        return False
    if has_credentials(scope) and route.find_own is None:
        return False
    return _UNUSUAL.isdisjoint(headers_by_name(scope))
