"""The answers of shared routes, made in front of the framework: see `http.fast.shared_routes`.

The framework's routing, dependencies and validation take longer than the query and its JSON
(docs/performance.md). This calls the handlers of these routes by a table of paths, and merges:
requests that wait at the same moment share a query and the encoded body, which is never stale
(`infra.concurrency.merged_reads`). Visitors share with each other, members with nobody but
themselves, with the same session or key. Responses are the same to the byte, which a test compares.
Whatever is unusual in a request (an unknown parameter, a range, a body, HEAD) is left to the
framework, so that all refusals of requests are made in one place.

It is inside of the layers that count, limit and log requests, and checks what the framework's
routes check before the handler: maintenance, credentials, role and scope.
"""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from veza.core.access import Access, Member
from veza.core.errors import VezaError
from veza.http.asgi_scope import ID, find_header, has_credentials, headers_by_name, send_response
from veza.http.context import Connection, HttpContext, context_in
from veza.http.fast.shared_bodies import SharedBody
from veza.http.fast.shared_routes import ReadKeys, SharedReader, SharedRoute
from veza.http.layers.compression import find_coding
from veza.http.layers.disconnects import DisconnectMiddleware, cancelled_on_disconnect
from veza.http.layers.etags import has_tag, not_modified
from veza.http.layers.head_requests import is_head
from veza.http.responses.errors import render, render_crash
from veza.http.security.authorization import identify
from veza.http.security.client import Network, find_base_url
from veza.infra.concurrency.merged_reads import MergedReads
from veza.infra.postgres.database import Conn

# A request with one of these headers, or with a header twice, is not a plain read.
_UNUSUAL = frozenset(
    {b"range", b"if-range", b"content-length", b"transfer-encoding", b"expect", b"upgrade"}
)


class _Asked(Struct, frozen=True):
    """The parameters on which an answer depends, besides the viewer."""

    route: SharedRoute
    key: Any
    base_url: str


class SharedReads:
    """Answers requests of shared routes; passes on everything else."""

    def __init__(
        self,
        app: ASGIApp,
        state: State,
        routes: Iterable[SharedRoute],
        trusted: Sequence[Network],
    ) -> None:
        self._app = app
        self._state = state
        self._trusted = trusted
        self._merged = MergedReads()
        self._routes = {route.start: route for route in routes}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        asked = self._find(scope) if scope["type"] == "http" else None
        if asked is None:
            return self._app(scope, receive, send)
        if not has_credentials(scope):
            # Reads of visitors go on without their client: most often others wait for them.
            return self._answer(asked, scope, receive, send)
        return DisconnectMiddleware(partial(self._answer, asked))(scope, receive, send)

    async def _answer(self, asked: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await self._read(asked, scope)
        except VezaError as error:
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            response = render(request, error)
            await response.to_asgi_response(None, request)(scope, receive, send)
        except Exception as error:
            request = Request(scope, receive, send)
            response = render_crash(request, error)
            await response.to_asgi_response(None, request)(scope, receive, send)
        else:
            await _send(scope, send, body)

    def _find(self, scope: Any) -> _Asked | None:
        """Return what a request asks for; None leaves it to the framework."""
        if scope["method"] != "GET" or is_head(scope):
            return None
        path: str = scope["path"]
        route = self._routes.get(path)
        given = None
        if route is None or route.parameter is not None:
            start, slash, given = path.rpartition("/")
            route = self._routes.get(start + slash)
            if route is None or route.parameter is None or not ID.fullmatch(given):
                return None
        headers = headers_by_name(scope)
        if len(headers) != len(scope["headers"]) or not _UNUSUAL.isdisjoint(headers):
            return None
        if not has_credentials(scope) and route.facts.access not in {Access.NONE, Access.OPTIONAL}:
            return None
        key = route.find_key(scope["query_string"], given)
        if key is None:
            return None
        scope["path_template"] = route.template
        scope["path_params"] = {} if given is None else {route.parameter: UUID(given)}
        return _Asked(route, key, self._find_base_url(scope))

    def _find_base_url(self, scope: Any) -> str:
        """Return the address of the server as the client has it."""
        public_url = context_in(self._state).public_url
        host = find_header(scope, b"host")
        if public_url is None and (self._trusted or host is None):
            connection: Connection = ASGIConnection(scope)
            return find_base_url(connection, public_url, self._trusted)
        return public_url or f"{scope['scheme']}://{(host or b'').decode('latin-1')}"

    async def _read(self, asked: _Asked, scope: Any) -> SharedBody:
        """Return the body of an answer. Raises a VezaError."""
        context = context_in(self._state)
        facts = asked.route.facts
        if not facts.goes_on:
            context.ensure_open()
        if has_credentials(scope):
            await identify(ASGIConnection(scope), facts, context)
        viewer: Member | None = scope.get("user")
        source = _Source(context, asked.base_url, viewer)
        if viewer is None:
            return await self._read_for_visitors(asked, source)
        with cancelled_on_disconnect(scope):
            return await self._read_by_itself(asked, source)

    async def _read_for_visitors(self, asked: _Asked, source: "_Source") -> SharedBody:
        """Return a body, read together with others if possible. Raises a VezaError."""
        route = asked.route
        found = None if route.together is None else route.together.find_lane(asked.key)
        if found is not None:
            lane = (route.template, asked.base_url, found)
            read = partial(source.read, route.read_together)
            body = await self._merged.get(lane, asked.key, read)
            if body is not None:
                return body
        return await self._read_by_itself(asked, source)

    async def _read_by_itself(self, asked: _Asked, source: "_Source") -> SharedBody:
        # All of the viewer, so that other sessions, roles and scopes never share. The keys of each
        # route are of a type of their own.
        lane = (asked.base_url, asked.key, source.viewer)
        read = partial(source.read, asked.route.read_each)
        body = await self._merged.get(lane, asked.key, read)
        assert body is not None
        return body


class _Source(Struct, frozen=True):
    """Reads what one member or visitors may see: these from a replica, if it is fresh."""

    context: HttpContext
    base_url: str
    viewer: Member | None

    async def read(self, read: ReadKeys, keys: Sequence[Any]) -> Mapping[Any, SharedBody]:
        """Return the bodies for keys, each encoded once. Raises a VezaError."""
        urls = self.context.url_signer.builder(self.base_url)

        async def read_with(conn: Conn) -> Mapping[Any, object]:
            return await read(SharedReader(conn, self.viewer, urls), keys)

        if self.viewer is None:
            found = await self.context.replica_reads.read(read_with)
        else:
            async with self.context.database.read() as conn:
                found = await read_with(conn)
        return {key: SharedBody(content) for key, content in found.items()}


async def _send(scope: Scope, send: Send, body: SharedBody) -> None:
    form = await body.find_form(find_coding(scope))
    if has_credentials(scope):
        await send_response(send, HTTPStatus.OK.value, form.headers, form.body)
    elif has_tag(find_header(scope, b"if-none-match"), form.tag):
        headers = not_modified(form.tagged_headers)
        await send_response(send, HTTPStatus.NOT_MODIFIED.value, headers, b"")
    else:
        await send_response(send, HTTPStatus.OK.value, form.tagged_headers, form.body)
