"""The WebSocket: who comes in, what they say, and how it ends.

It stands outside of the framework, whose layers would each have a share in every frame.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, NoReturn, cast
from urllib.parse import parse_qs

import msgspec
import structlog
from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State
from litestar.types import ASGIApp, Receive, Scope
from litestar.types import Send as AnySend
from prometheus_client import Counter

from veza.core.access import Member
from veza.core.errors import Unavailable, VezaError
from veza.domains.realtime import frame_handlers, rules, service
from veza.domains.realtime.connections import Pace, Seat
from veza.domains.realtime.errors import BadChatToken, BadFrame
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.models import (
    AnyFrame,
    AuthFrame,
    Incoming,
    PingFrame,
    PongFrame,
    Problem,
    Ready,
    Refusal,
    Refused,
    Welcome,
)
from veza.http.context import context_in
from veza.http.errors import UpgradeRequired, read_fault, render
from veza.http.services import service_in
from veza.infra.http_server.websocket_protocol import EXTENSION
from veza.infra.http_server.websocket_sender import (
    CloseCode,
    Frame,
    Send,
    WebSocketSender,
    make_frame,
)

log = structlog.get_logger()

_CLOSED = Counter("veza_chat_closed_total", "WebSockets closed, by code.", ["code"])

_PROTOCOL = "veza.chat."
_MAX_NAME = 100

_decoder: msgspec.json.Decoder[Incoming] = msgspec.json.Decoder(cast(Any, AnyFrame))
_lenient_decoder = msgspec.json.Decoder(Refused)

# The codes with which the server closes a socket by itself; clients say what they like.
_CLOSED_BY_SERVER = frozenset({CloseCode.POLICY_VIOLATION, CloseCode.TOO_BIG, CloseCode.RESTARTING})

type Receiver = Callable[[], Awaitable[dict[str, Any]]]


class Gone(Exception):
    """The peer is gone, or is to be cut off."""


class ChatSockets:
    """Serves the sockets of one path, and leaves all other paths to the application."""

    def __init__(self, app: ASGIApp, state: State, path: str, frames_a_second: int) -> None:
        self._app = app
        self._state = state
        self._path = path
        self._frames_a_second = frames_a_second

    async def __call__(self, scope: Scope, receive: Receive, send: AnySend) -> None:
        """Answer one connection."""
        is_ours = scope["type"] in {"http", "websocket"} and scope["path"].rstrip("/") == self._path
        if not is_ours:
            await self._app(scope, receive, send)
            return
        if scope["type"] == "http":
            request: Request[Any, Any, Any] = Request(scope, receive, send)
            response = render(request, UpgradeRequired())
            await response.to_asgi_response(None, request)(scope, receive, send)
            return
        await receive()
        token, protocol = find_token(scope)
        outlet = WebSocketSender(cast(Send, send), cast(Any, scope)["extensions"][EXTENSION])
        await outlet.accept(protocol)
        hub = service_in(self._state, Hub)
        with hub.connected(outlet):
            base = context_in(self._state).base_url_of(ASGIConnection(scope))
            inlet = _Inlet(cast(Any, receive), outlet, self._frames_a_second)
            await outlet.serve(_talk(self._state, inlet, base, token))
            await outlet.close()
        if outlet.ending is not None:
            _CLOSED.labels(int(outlet.ending.code)).inc()


def find_token(scope: Any) -> tuple[str | None, str | None]:
    """Find the token that came with the request, and the subprotocol to answer with."""
    for offered in scope.get("subprotocols", ()):
        if offered.startswith(_PROTOCOL):
            return offered.removeprefix(_PROTOCOL), offered
    found = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return (found[0] if found else None), None


class _Inlet:
    """What comes from one peer, as far as they may send it. Raises Gone at the end."""

    def __init__(self, receive: Receiver, outlet: WebSocketSender, frames_a_second: int) -> None:
        self._receive = receive
        self.outlet = outlet
        self._frames = Pace(frames_a_second)
        self._bytes = Pace(rules.BYTES_A_SECOND if frames_a_second else 0)

    async def read(self) -> Incoming:
        """Give the next frame that can be read, and refuse those before."""
        while True:
            text = await self.read_text()
            try:
                return _decoder.decode(text)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self.refuse(text, BadFrame(details=[read_fault(str(error))]))

    async def read_text(self) -> str | bytes:
        """Give the text of the next frame."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            code = message["code"]
            self.outlet.note_closed(code if code in _CLOSED_BY_SERVER else CloseCode.GONE)
            raise Gone
        text: str | bytes = message.get("text") or message.get("bytes") or ""
        size = len(text) if isinstance(text, bytes) or text.isascii() else len(text.encode())
        if not self._frames.take(1) or not self._bytes.take(size):
            self.cut_off(rules.TOO_MANY_FRAMES, "Too many frames in too short a time.")
        return text

    def refuse(self, text: str | bytes, error: VezaError) -> None:
        """Tell that a frame can't be read, and which one, as far as it can be told."""
        frame = Refused()
        with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            frame = _lenient_decoder.decode(text)
        self.outlet.put(_refusal(frame.id, frame.data, error))

    def cut_off(self, code: int, reason: str) -> NoReturn:
        """Have the socket closed."""
        self.outlet.end(code, reason)
        raise Gone


async def _talk(state: State, inlet: _Inlet, base: str, token: str | None) -> None:
    """Let somebody in, and answer what they say until they go."""
    hub = service_in(state, Hub)
    with suppress(Gone):
        seat = Seat(await _sign_in(state, inlet, token), inlet.outlet, base)
        if not hub.admit(seat):
            inlet.cut_off(rules.TOO_MANY_SOCKETS, "You have too many sockets open.")
        try:
            inlet.outlet.put(make_frame(Ready(data=Welcome(seat.user_id, int(rules.PING_EVERY_S)))))
            while True:
                await _answer(state, seat, await inlet.read())
        finally:
            hub.dismiss(seat)


async def _sign_in(state: State, inlet: _Inlet, token: str | None) -> Member:
    context = context_in(state)
    try:
        context.ensure_open()
        if token is None:
            async with asyncio.timeout(rules.AUTH_PATIENCE_S):
                token = await _read_token(inlet)
        return await service.spend_token(context.database, service_in(state, service.Gate), token)
    except TimeoutError:
        inlet.cut_off(rules.NOT_SIGNED_IN, "Sign in within five seconds.")
    except BadChatToken as error:
        inlet.cut_off(rules.NOT_SIGNED_IN, str(error))
    except Unavailable as error:
        inlet.cut_off(CloseCode.TRY_LATER, str(error))


async def _read_token(inlet: _Inlet) -> str:
    try:
        frame = _decoder.decode(await inlet.read_text())
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadChatToken from error
    if not isinstance(frame, AuthFrame):
        raise BadChatToken
    return frame.data.token


async def _answer(state: State, seat: Seat, frame: Incoming) -> None:
    seat.heard_at = time.monotonic()
    try:
        if not isinstance(frame, PingFrame | PongFrame):
            context_in(state).ensure_open()
        await frame_handlers.answer(service_in(state, Hub), seat, frame)
    except VezaError as error:
        seat.outlet.put(_refusal(frame.id, msgspec.to_builtins(frame)["data"], error))
    except Exception:
        log.exception("frame_crashed", type=type(frame).__name__)
        seat.outlet.end(CloseCode.CRASHED, "Something went wrong on our side.")
        raise Gone from None


def _refusal(frame_id: Any, data: Any, error: VezaError) -> Frame:
    waits = rules.TRY_AGAIN_S if isinstance(error, Unavailable) else None
    named: dict[str, Any] = cast(dict[str, Any], data) if isinstance(data, dict) else {}
    problem = Problem(
        code=error.code,
        message=str(error),
        conversation_id=_short(named.get("conversation_id")),
        client_id=_short(named.get("client_id")),
        retry_after=error.retry_after or waits,
        details=error.details,
    )
    return make_frame(Refusal(id=_short(frame_id), data=problem))


def _short(value: Any) -> str | int | None:
    """Give back what names something, and nothing else."""
    if isinstance(value, int):
        return value
    return value[:_MAX_NAME] if isinstance(value, str) else None
