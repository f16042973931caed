"""Files that anybody may have, answered in front of the framework.

Players ask for a track in many ranges. The framework, and the query that decides who may have the
file, take longer than sending the bytes. Requests without credentials share queries, and what one
has found holds for half a second: not after a change through this process, which is seen in the
very next response. Everything else is left to the framework: files that not everybody may have, and
every refusal.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from veza.core.errors import VezaError
from veza.http.asgi_scope import ID, headers_by_name
from veza.http.context import HttpContext, context_in
from veza.http.head_requests import is_head
from veza.http.ranges import FileMetadata, StoredFile, respond
from veza.http.request_log import has_credentials
from veza.infra.concurrency.merged_reads import MergedReads
from veza.infra.concurrency.remembered_values import RememberedValues
from veza.infra.postgres.database import Conn

# A request with one of these headers is not a plain read.
_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
_REMEMBERED_S = 0.5
_MAX_REMEMBERED = 1024


class PublicFile(Struct, frozen=True):
    """A file that anybody may have, and its key in the storage."""

    metadata: FileMetadata
    key: str


class PublicFileRoute(Struct, frozen=True):
    """A GET route of files, with one id in its path below the prefix of the API.

    `find` returns the files that anybody may have, by id, with one query.
    """

    path: str
    find: Callable[[Conn, Sequence[UUID]], Awaitable[Mapping[UUID, PublicFile]]]
    missing: type[VezaError]


class _Route(Struct, frozen=True):
    files: PublicFileRoute
    template: str
    # The name of the id in the path.
    parameter: str


class _Asked(Struct, frozen=True):
    route: _Route
    file_id: UUID


type KnownFiles = RememberedValues[_Asked, PublicFile]


def remember_files() -> KnownFiles:
    """Return an empty memory of files that anybody may have."""
    return RememberedValues(_REMEMBERED_S, _MAX_REMEMBERED)


class PublicFiles:
    """Answers the routes of a table; passes on everything else.

    `known` has to be told to forget when something changes.
    """

    def __init__(
        self,
        app: ASGIApp,
        state: State,
        routes: Iterable[PublicFileRoute],
        known: KnownFiles,
        *,
        prefix: str,
    ) -> None:
        self._app = app
        self._state = state
        self._known = known
        self._merged = MergedReads()
        # By what is before and after the id.
        self._routes: dict[tuple[str, str], _Route] = {}
        for route in routes:
            template = prefix + route.path
            start, parameter, end = _split(template)
            self._routes[start, end] = _Route(route, template, parameter.strip("{}"))

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] == "http" and scope["method"] == "GET":
            start, given, end = _split(scope["path"])
            route = self._routes.get((start, end))
            if route is not None and ID.fullmatch(given) and _is_plain(scope):
                asked = _Asked(route, msgspec.convert(given, UUID))
                return self._answer(asked, scope, receive, send)
        return self._app(scope, receive, send)

    async def _answer(self, asked: _Asked, scope: Any, receive: Receive, send: Send) -> None:
        context, route = context_in(self._state), asked.route
        try:
            context.ensure_open()
            known = await self._find_file(context, asked)
            answer = known and await _prepare(context, scope, route.files, known)
        except VezaError:
            answer = None
        if answer is None:
            await self._app(scope, receive, send)
            return
        scope["path_template"] = route.template
        scope["path_params"] = {route.parameter: asked.file_id}
        await answer(scope, receive, send)

    async def _find_file(self, context: HttpContext, asked: _Asked) -> PublicFile | None:
        known = self._known.find(asked)
        if known is None:
            start = self._known.begin()
            files, file_id = asked.route.files, asked.file_id
            known = await self._merged.get(files.path, file_id, _reader(context, files))
            if known is not None:
                self._known.keep(asked, known, start)
        return known


def _split(path: str) -> tuple[str, str, str]:
    """Return what is before the last but one part of a path, that part, and the last one."""
    rest, _, end = path.rpartition("/")
    start, _, given = rest.rpartition("/")
    return start, given, end


async def _prepare(
    context: HttpContext, scope: Scope, route: PublicFileRoute, file: PublicFile
) -> ASGIApp:
    """Return the response with a file. Raises a VezaError."""
    stored = StoredFile(context.storage, file.key, route.missing)
    request: Request[Any, Any, Any] = Request(scope)
    response = await respond(context.file_delivery, request, file.metadata, stored)
    return response.to_asgi_response(None, request)


def _reader(
    context: HttpContext, route: PublicFileRoute
) -> Callable[[Sequence[UUID]], Awaitable[Mapping[UUID, PublicFile]]]:
    async def read(ids: Sequence[UUID]) -> Mapping[UUID, PublicFile]:
        async with context.database.read() as conn:
            return await route.find(conn, ids)

    return read


def _is_plain(scope: Any) -> bool:
    """Return whether a request is a GET without a query, a body or credentials."""
    if scope["query_string"] or is_head(scope):
        return False
    return not has_credentials(scope) and _UNUSUAL.isdisjoint(headers_by_name(scope))
