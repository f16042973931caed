"""The most frequent reads, answered in front of the framework.

The framework's routing, dependencies and validation take longer than the query and its JSON
(docs/performance.md). This does the same with a table of paths. It also merges: requests that wait
at the same moment share a query and the encoded body, which is never stale
(`infra.concurrency.merged_reads`). Visitors share with each other, members with nobody but
themselves, with the same session or key. Responses are the same to the byte, which a test compares.
Whatever is unusual in a request (an unknown parameter, a range, a body, HEAD) is left to the
framework, so that all refusals are made in one place.

It is inside of the layers that count, limit and log requests, and repeats what the framework's
guard checks: maintenance, credentials, role and scope.
"""

import re
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any, Protocol
from uuid import UUID

import msgspec
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec import Struct

from veza.core.access import Access, Member
from veza.core.errors import NotFound, VezaError
from veza.core.signed_urls import UrlBuilder
from veza.http.asgi_scope import ID, find_header, headers_by_name
from veza.http.authorization import RouteFacts, facts_of, identify
from veza.http.client import Network, find_base_url
from veza.http.compression import find_coding
from veza.http.context import Connection, HttpContext, context_in
from veza.http.disconnects import DisconnectMiddleware, cancelled_on_disconnect
from veza.http.errors import render, render_crash
from veza.http.etags import has_tag
from veza.http.head_requests import is_head
from veza.http.request_log import has_credentials
from veza.http.shared_bodies import SharedBody
from veza.infra.concurrency.merged_reads import MergedReads
from veza.infra.http_server.whole_response import send_whole
from veza.infra.postgres.database import Conn

# Values that need no decoding; anything else is left to the framework.
_QUERY = re.compile(rb"[a-z_]+=[A-Za-z0-9_-]*(?:&[a-z_]+=[A-Za-z0-9_-]*)*")
_LIMIT = re.compile(r"[1-9][0-9]?|100")
# A request with one of these headers, or with a header twice, is not a plain read.
_UNUSUAL = frozenset(
    {b"range", b"if-range", b"content-length", b"transfer-encoding", b"expect", b"upgrade"}
)
# No query of known parameters is longer.
_MAX_QUERY_BYTES = 1000
_DEFAULT_LIMIT = 20
# The queries of lists whose keys are remembered; most requests have one of few.
_MAX_KNOWN_QUERIES = 1024
_MAX_READERS = 256


class ReadOne[K](Protocol):
    """Read the content of the response for a key.

    There is a viewer on routes that need one: the framework refuses requests without credentials.
    """

    async def __call__(
        self, conn: Conn, key: K, viewer: Member | None, urls: UrlBuilder, /
    ) -> object:
        """Return it. Raises a VezaError."""
        ...


class ReadMany[K](Protocol):
    """Read what anybody may see of several keys, in one query."""

    async def __call__(
        self, conn: Conn, keys: Sequence[K], urls: UrlBuilder, /
    ) -> Mapping[K, object]:
        """Return the contents of the responses; a missing key is not found."""
        ...


class FrequentRead[K: Hashable](Struct, frozen=True):
    """A GET route that is answered here, for everybody or for members.

    `path` is below the prefix of the API and may end with one `{…_id}`; then it has no parameters.
    `find_key` returns what the response depends on, given the parameters of the query and the id
    as `id`; None leaves the request to the framework. With `read_many`, keys of the same lane that
    are asked for together are read together, and `missing` is raised for those that it doesn't
    find. Without `find_lane`, all keys are of one.
    """

    path: str
    handler: HTTPRouteHandler
    parameters: frozenset[str]
    find_key: Callable[[Mapping[str, str]], K | None]
    read: ReadOne[K]
    read_many: ReadMany[K] | None = None
    missing: type[VezaError] = NotFound
    find_lane: Callable[[K], Hashable] | None = None


class _Route(Struct, frozen=True):
    number: int
    read: FrequentRead[Any]
    facts: RouteFacts
    template: str
    # The name of the id in the path.
    parameter: str | None


class _Asked(Struct, frozen=True):
    route: _Route
    key: Any
    base_url: str
    is_anonymous: bool


class FrequentReads:
    """Answers the reads of a table; passes on everything else."""

    def __init__(
        self,
        app: ASGIApp,
        state: State,
        reads: Iterable[FrequentRead[Any]],
        *,
        prefix: str,
        trusted: Sequence[Network],
    ) -> None:
        self._app = app
        self._state = state
        self._trusted = trusted
        self._merged = MergedReads()
        self._routes: dict[str, _Route] = {}
        self._known_keys: dict[tuple[int, bytes], Any] = {}
        self._readers: dict[tuple[int, str], _Reader] = {}
        for number, read in enumerate(reads):
            start, _, parameter = (prefix + read.path).partition("{")
            self._routes[start] = _Route(
                number,
                read,
                facts_of(read.handler),
                prefix + read.path,
                parameter.removesuffix("}") or None,
            )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        asked = self._find(scope) if scope["type"] == "http" else None
        if asked is None:
            return self._app(scope, receive, send)
        if asked.is_anonymous:
            # Reads of visitors go on without their client: most often others wait for them.
            return self._answer(asked, scope, receive, send)
        return DisconnectMiddleware(partial(self._answer, asked))(scope, receive, send)

    async def _answer(self, asked: _Asked, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body, is_anonymous = await self._read(asked, scope)
        except VezaError as error:
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            response = render(request, error)
            await response.to_asgi_response(None, request)(scope, receive, send)
        except Exception as error:
            request = Request(scope, receive, send)
            response = render_crash(request, error)
            await response.to_asgi_response(None, request)(scope, receive, send)
        else:
            await _answer(scope, send, body, is_anonymous=is_anonymous)

    def _find(self, scope: Any) -> _Asked | None:
        """Return what a request asks for; None leaves it to the framework."""
        if scope["method"] != "GET" or is_head(scope):
            return None
        path: str = scope["path"]
        route, given = self._routes.get(path), None
        if route is None or route.parameter is not None:
            start, slash, given = path.rpartition("/")
            route = self._routes.get(start + slash)
            if route is None or route.parameter is None or not ID.fullmatch(given):
                return None
        headers = headers_by_name(scope)
        if len(headers) != len(scope["headers"]) or not _UNUSUAL.isdisjoint(headers):
            return None
        is_anonymous = not has_credentials(scope)
        if is_anonymous and route.facts.access not in {Access.NONE, Access.OPTIONAL}:
            return None
        key = self._find_key(route, scope["query_string"], given)
        if key is None:
            return None
        scope["path_template"] = route.template
        scope["path_params"] = {} if given is None else {route.parameter: key}
        return _Asked(route, key, self._find_base_url(scope), is_anonymous)

    def _find_key(self, route: _Route, query: bytes, given: str | None) -> Any:
        """Return what the response depends on; None leaves the request to the framework."""
        if given is not None:
            # Such a route takes no parameters.
            return None if query else route.read.find_key({"id": given})
        known = self._known_keys.get((route.number, query))
        if known is not None:
            return known
        parameters = _read_query(query, route.read.parameters)
        key = None if parameters is None else route.read.find_key(parameters)
        if key is not None:
            if len(self._known_keys) >= _MAX_KNOWN_QUERIES:
                self._known_keys.clear()
            self._known_keys[route.number, query] = key
        return key

    def _find_base_url(self, scope: Any) -> str:
        """Return the address of the server as the client has it."""
        public_url, host = context_in(self._state).public_url, find_header(scope, b"host")
        if public_url is None and (self._trusted or host is None):
            connection: Connection = ASGIConnection(scope)
            return find_base_url(connection, public_url, self._trusted)
        return public_url or f"{scope['scheme']}://{(host or b'').decode('latin-1')}"

    async def _read(self, asked: _Asked, scope: Any) -> tuple[SharedBody, bool]:
        context, route = context_in(self._state), asked.route
        if not route.facts.goes_on:
            context.ensure_open()
        if not asked.is_anonymous:
            await identify(ASGIConnection(scope), route.facts, context)
        viewer: Member | None = scope.get("user")
        if viewer is None:
            lane = (route.number, asked.base_url, _find_lane(route.read, asked.key))
            reader = self._find_reader(route, asked.base_url)
            body = await self._merged.get(lane, asked.key, reader.read)
        else:
            # All of `viewer`, so that other sessions, roles and scopes never share.
            lane = (route.number, asked.base_url, asked.key, viewer)
            own_reader = _MemberReader(context, route.read, asked.base_url, viewer)
            with cancelled_on_disconnect(scope):
                body = await self._merged.get(lane, asked.key, own_reader.read)
        if body is None:
            raise route.read.missing
        return body, asked.is_anonymous

    def _find_reader(self, route: _Route, base_url: str) -> "_Reader":
        reader = self._readers.get((route.number, base_url))
        if reader is None:
            # Clients choose the address that they name.
            if len(self._readers) >= _MAX_READERS:
                self._readers.clear()
            reader = _Reader(self._state, route.read, base_url)
            self._readers[route.number, base_url] = reader
        return reader


def _find_lane(read: FrequentRead[Any], key: Any) -> Hashable:
    if read.read_many is None:
        return key
    return None if read.find_lane is None else read.find_lane(key)


class _Reader(Struct, frozen=True):
    """Reads what visitors may see who reach the server at one address, and encodes it once."""

    state: State
    route: FrequentRead[Any]
    base_url: str

    async def read(self, keys: Sequence[Any]) -> Mapping[Any, SharedBody]:
        found = await context_in(self.state).replica_reads.read_keys(keys, self._read_with)
        return {key: SharedBody(content) for key, content in found.items()}

    async def _read_with(self, conn: Conn, keys: Sequence[Any]) -> Mapping[Any, object]:
        urls = context_in(self.state).url_signer.builder(self.base_url)
        # PostgreSQL plans `any($1)` anew each time, so that one id is cheaper by itself.
        if self.route.read_many is not None and len(keys) > 1:
            return await self.route.read_many(conn, keys, urls)
        return {key: await self.route.read(conn, key, None, urls) for key in keys}


class _MemberReader(Struct, frozen=True):
    """Reads what one member may see, from the primary server, and encodes it once."""

    context: HttpContext
    route: FrequentRead[Any]
    base_url: str
    viewer: Member

    async def read(self, keys: Sequence[Any]) -> Mapping[Any, SharedBody]:
        urls = self.context.url_signer.builder(self.base_url)
        async with self.context.database.read() as conn:
            return {
                key: SharedBody(await self.route.read(conn, key, self.viewer, urls)) for key in keys
            }


async def _answer(scope: Scope, send: Send, body: SharedBody, *, is_anonymous: bool) -> None:
    form = await body.find_form(find_coding(scope))
    if not is_anonymous:
        await send_whole(scope, send, HTTPStatus.OK, form.headers, form.body)
    elif has_tag(find_header(scope, b"if-none-match"), form.tag):
        await send_whole(scope, send, HTTPStatus.NOT_MODIFIED, form.not_modified_headers, b"")
    else:
        await send_whole(scope, send, HTTPStatus.OK, form.tagged_headers, form.body)


def _read_query(query: bytes, known: frozenset[str]) -> dict[str, str] | None:
    """Return the parameters of a query; None if one is unknown, repeated or needs decoding."""
    if not query:
        return {}
    if len(query) > _MAX_QUERY_BYTES or not _QUERY.fullmatch(query):
        return None
    pairs = [part.partition("=") for part in query.decode().split("&")]
    given = {name: value for name, _, value in pairs}
    return given if len(given) == len(pairs) and given.keys() <= known else None


def read_id(parameters: Mapping[str, str]) -> Any:
    """Return the id of a path, of the type that the read expects."""
    return msgspec.convert(parameters["id"], UUID)


def read_limit(parameters: Mapping[str, str]) -> int | None:
    """Return the limit of a list, 20 by default; None if it is not from 1 to 100."""
    text = parameters.get("limit")
    if text is None:
        return _DEFAULT_LIMIT
    return int(text) if _LIMIT.fullmatch(text) else None
