"""Answers about a single item have the header by which its owner reserves text and data mining.

What a request asks for is read from its path, so that no handler and no list has to know it. What
is found is remembered for a minute, because hardly anybody changes it and some items are read all
the time. Files and feeds have the header from their own statements.
"""

import re
from collections.abc import Awaitable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from litestar.datastructures import State
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from veza.core.errors import VezaError
from veza.core.normalize import normalize_identifier
from veza.core.text_mining import MinedKind, MiningPolicy
from veza.http.context import context_in
from veza.infra.concurrency.merged_reads import MergedReads
from veza.infra.concurrency.remembered_values import RememberedValues

_ID = "([^/]{1,50})"
_WORDS = (
    "tracks|releases|playlists|shows|profiles|social/posts|live/streams|live/clips|stations"
    "|marketplace/products|marketplace/bundles"
)
# Each has a part that names the kind, and an id. The audio of an episode has its own header.
_BY_ID = (
    re.compile(f"/api/v1/({_WORDS})/{_ID}(?:/lyrics|/now)?"),
    re.compile(
        f"/api/v1/(live/streams|live/clips|stations)/{_ID}/hls/(?:[^/]{{1,50}}/)?[^/]{{1,100}}"
    ),
    re.compile(f"/api/v1/shows/[^/]{{1,50}}/(episodes)/{_ID}(?:/transcript)?"),
    re.compile(f"/(feeds/shows)/[^/]{{1,50}}/{_ID}/[^/]{{1,50}}"),
    re.compile(r"/feeds/(stations)/([^/.]{1,50})\.aac"),
    re.compile(f"/(stations|clips)/{_ID}"),
)
_BY_HANDLE = re.compile("/api/v1/(?:users|profiles/by-handle)/([^/]{1,100})")
_KINDS = {
    "tracks": MinedKind.TRACK,
    "releases": MinedKind.RELEASE,
    "playlists": MinedKind.PLAYLIST,
    "shows": MinedKind.SHOW,
    "profiles": MinedKind.PROFILE,
    "social/posts": MinedKind.POST,
    "episodes": MinedKind.TRACK,
    "feeds/shows": MinedKind.TRACK,
    "stations": MinedKind.STATION,
    "clips": MinedKind.CLIP,
    "live/clips": MinedKind.CLIP,
    "live/streams": MinedKind.STREAM,
    "marketplace/products": MinedKind.PRODUCT,
    "marketplace/bundles": MinedKind.BUNDLE,
}
_LIFETIME_S = 60.0
_MAX_REMEMBERED = 16_384
_ERRORS_FROM = 400

type _Item = tuple[MinedKind, str]


class MiningMiddleware:
    """Adds the headers of what is reserved, unless the site as a whole is."""

    def __init__(self, app: ASGIApp, state: State, policy: MiningPolicy) -> None:
        self._app = app
        self._state = state
        self._is_needed = not policy.is_reserved
        headers = policy.headers_of(is_reserved=True)
        self._headers = [(name.encode(), value.encode()) for name, value in headers.items()]
        self._merged = MergedReads()
        self._remembered: RememberedValues[_Item, bool] = RememberedValues(
            _LIFETIME_S, _MAX_REMEMBERED
        )

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Handle one connection."""
        item = _find(scope) if self._is_needed and scope["type"] == "http" else None
        if item is None:
            return self._app(scope, receive, send)
        return self._answer(item, scope, receive, send)

    async def _answer(self, item: _Item, scope: Any, receive: Receive, send: Send) -> None:
        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                is_found = message["status"] < _ERRORS_FROM
                if is_found and await self._is_reserved(item):
                    message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, send_on)

    async def _is_reserved(self, item: _Item) -> bool:
        known = self._remembered.find(item)
        if known is not None:
            return known
        start = self._remembered.begin()
        kind, key = item
        try:
            found = await self._merged.get(kind, key, partial(self._read, kind)) or False
        except VezaError:
            # The answer is there already, and to reserve too much harms nobody.
            return True
        self._remembered.keep(item, found, start)
        return found

    async def _read(self, kind: MinedKind, keys: Sequence[str]) -> Mapping[str, bool]:
        found = await context_in(self._state).find_reserved(kind, keys)
        return dict.fromkeys(found, True)


def _find(scope: Any) -> _Item | None:
    """Return the item that a request asks for, if it is a single one."""
    if scope["method"] != "GET":
        return None
    path: str = scope["path"]
    for pattern in _BY_ID:
        if found := pattern.fullmatch(path):
            item_id = _read_id(found[2])
            return None if item_id is None else (_KINDS[found[1]], item_id)
    if found := _BY_HANDLE.fullmatch(path):
        return MinedKind.HANDLE, normalize_identifier(found[1])
    return None


def _read_id(text: str) -> str | None:
    """Return an id as it is stored; None if it is none. Routes accept it in any spelling."""
    try:
        return str(UUID(text))
    except ValueError:
        return None
