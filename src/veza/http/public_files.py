"""Files that anybody may have, answered in front of the framework.

Players ask for a track in many ranges, each of which takes the framework longer than sending the
bytes. Requests without credentials that arrive while a query runs share the next one, so nobody
gets a file that was hidden before they asked. Everything else is left to the framework: files that
not everybody may have, and every refusal.
"""

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from litestar import Request, Response
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from veza.core.errors import VezaError
from veza.http.asgi_scope import headers_by_name
from veza.http.context import HttpContext, context_in
from veza.http.head_requests import is_head
from veza.http.ranges import FileMetadata, StoredFile, respond
from veza.http.request_log import has_credentials
from veza.infra.concurrency.merged_reads import MergedReads
from veza.infra.postgres.database import Conn

_ID = r"(?P<id>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
# A request with one of these headers is not a plain read.
_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})


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


class PublicFiles:
    """Answers the routes of a table; passes on everything else."""

    def __init__(
        self, app: ASGIApp, state: State, routes: Iterable[PublicFileRoute], *, prefix: str
    ) -> None:
        self._app = app
        self._state = state
        self._merged = MergedReads()
        self._routes = [
            (re.compile(re.escape(prefix) + re.sub(r"\{\w+\}", _ID, route.path)), route)
            for route in routes
        ]
        self._prefix = prefix

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        if scope["type"] == "http" and scope["method"] == "GET":
            found = self._find_route(scope["path"])
            if found is not None and _is_plain(scope):
                return self._answer(found, scope, receive, send)
        return self._app(scope, receive, send)

    async def _answer(
        self,
        found: tuple[PublicFileRoute, UUID],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        request: Request[Any, Any, Any] = Request(scope, receive, send)
        response = await self._find_response(request, *found)
        if response is None:
            await self._app(scope, receive, send)
        else:
            await response.to_asgi_response(None, request)(scope, receive, send)

    async def _find_response(
        self, request: Request[Any, Any, Any], route: PublicFileRoute, file_id: UUID
    ) -> Response[Any] | None:
        scope: Any = request.scope
        context = context_in(self._state)
        try:
            context.ensure_open()
            file = await self._merged.get(route.path, file_id, _reader(context, route))
            if file is None:
                return None
            stored = StoredFile(context.storage, file.key, route.missing)
            response = await respond(context.file_delivery, request, file.metadata, stored)
        except VezaError:
            return None
        scope["path_template"] = self._prefix + route.path
        parameter = route.path.partition("{")[2].partition("}")[0]
        scope["path_params"] = {parameter: file_id}
        return response

    def _find_route(self, path: str) -> tuple[PublicFileRoute, UUID] | None:
        for pattern, route in self._routes:
            match = pattern.fullmatch(path)
            if match is not None:
                return route, UUID(match["id"])
        return None


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
