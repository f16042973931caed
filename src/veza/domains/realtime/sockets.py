"""Serve the chat WebSocket: authenticate a client, handle its frames, and close.

It bypasses the web framework, whose layers would cost time for every frame.
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
from msgspec import Struct
from prometheus_client import Counter

from veza.core.access import Member
from veza.core.errors import Invalid, Unavailable, VezaError
from veza.core.ids import UserId
from veza.core.profiles import NotYourProfile, Right, ensure_right
from veza.domains.realtime import frame_handlers, rules, service
from veza.domains.realtime.connections import Connection, TokenBucket
from veza.domains.realtime.errors import BadChatToken, BadFrame
from veza.domains.realtime.hub import Hub
from veza.domains.realtime.models import (
    AnyFrame,
    AuthFrame,
    ClientFrame,
    ErrorData,
    FrameType,
    PingFrame,
    PongFrame,
    ReadyData,
    ServerFrame,
    UnreadableFrame,
)
from veza.http.asgi_scope import find_header
from veza.http.context import context_in
from veza.http.responses.errors import UpgradeRequired, render
from veza.http.responses.field_errors import parse_field_error
from veza.http.security.acting import PROFILE_HEADER, choose_profile, read_profile_id
from veza.http.services import service_in
from veza.server.websocket_protocol import EXTENSION
from veza.server.websocket_sender import CloseCode, Frame, Send, WebSocketSender, make_frame

log = structlog.get_logger()

_CLOSED = Counter("veza_chat_closed_total", "WebSockets closed, by code.", ["code"])

_SUBPROTOCOL = "veza.chat."
_MAX_ECHO_LENGTH = 100

_decoder: msgspec.json.Decoder[ClientFrame] = msgspec.json.Decoder(cast(Any, AnyFrame))
_lenient_decoder = msgspec.json.Decoder(UnreadableFrame)
_DECODING_ERRORS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# Codes with which the HTTP server closes a socket; clients may send any code.
_CLOSED_BY_SERVER = frozenset(
    {CloseCode.POLICY_VIOLATION, CloseCode.TOO_BIG, CloseCode.SERVICE_RESTART}
)

type Receiver = Callable[[], Awaitable[dict[str, Any]]]


class ConnectionClosed(Exception):
    """The socket is closed, or is about to be."""


class ChatSockets:
    """ASGI middleware that serves the WebSockets of a path, and passes on all other requests."""

    def __init__(self, app: ASGIApp, state: State, path: str, frames_per_second: int) -> None:
        self._app = app
        self._state = state
        self._path = path
        self._frames_per_second = frames_per_second

    async def __call__(self, scope: Scope, receive: Receive, send: AnySend) -> None:
        """Serve a connection."""
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
        offer = _Offer(token, find_profile(scope))
        sender = WebSocketSender(cast(Send, send), cast(Any, scope)["extensions"][EXTENSION])
        await sender.accept(protocol)
        hub = service_in(self._state, Hub)
        with hub.counting(sender):
            base_url = context_in(self._state).base_url_of(ASGIConnection(scope))
            reader = _FrameReader(cast(Any, receive), sender, self._frames_per_second)
            await sender.run(_serve_client(self._state, reader, base_url, offer))
            await sender.send_close()
        if sender.close_reason is not None:
            _CLOSED.labels(int(sender.close_reason.code)).inc()


def find_token(scope: Any) -> tuple[str | None, str | None]:
    """Return the token of the request, and the subprotocol to accept."""
    for offered in scope.get("subprotocols", ()):
        if offered.startswith(_SUBPROTOCOL):
            return offered.removeprefix(_SUBPROTOCOL), offered
    found = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return (found[0] if found else None), None


def find_profile(scope: Any) -> str | None:
    """Return the profile that a client acts as: `X-Veza-Profile`, or `?profile=`."""
    header = find_header(scope, PROFILE_HEADER.lower().encode())
    if header is not None:
        return header.decode("latin-1")
    found = parse_qs(scope["query_string"].decode("latin-1")).get("profile")
    return found[0] if found else None


class _FrameReader:
    """Reads the frames of a client within its rate limits. Raises ConnectionClosed at the end."""

    def __init__(self, receive: Receiver, sender: WebSocketSender, frames_per_second: int) -> None:
        self._receive = receive
        self.sender = sender
        self._frames = TokenBucket(frames_per_second)
        self._bytes = TokenBucket(rules.MAX_BYTES_PER_SECOND if frames_per_second else 0)

    async def read(self) -> ClientFrame:
        """Return the next valid frame; answer invalid frames by an `error`."""
        while True:
            text = await self.read_text()
            try:
                return _decoder.decode(text)
            except _DECODING_ERRORS as error:
                self._refuse(text, BadFrame(details=[parse_field_error(str(error))]))

    async def read_text(self) -> str | bytes:
        """Return the text of the next frame."""
        message = await self._receive()
        if message["type"] != "websocket.receive":
            code = message["code"]
            self.sender.mark_closed(code if code in _CLOSED_BY_SERVER else CloseCode.ABNORMAL)
            raise ConnectionClosed
        text: str | bytes = message.get("text") or message.get("bytes") or ""
        size = len(text) if isinstance(text, bytes) or text.isascii() else len(text.encode())
        if not self._frames.take(1) or not self._bytes.take(size):
            self.close(rules.CLOSE_TOO_MANY_FRAMES, "Too many frames in too short a time.")
        return text

    def _refuse(self, text: str | bytes, error: VezaError) -> None:
        """Send an `error` that names the frame, as far as it can be read."""
        frame = UnreadableFrame()
        with suppress(*_DECODING_ERRORS):
            frame = _lenient_decoder.decode(text)
        self.sender.send(_error_frame(frame.id, frame.data, error))

    def close(self, code: int, reason: str) -> NoReturn:
        """Close the socket. Raises ConnectionClosed."""
        self.sender.request_close(code, reason)
        raise ConnectionClosed


class _Offer(Struct, frozen=True):
    """The credentials in a handshake: the token, and the profile to act as."""

    token: str | None
    profile: str | None


async def _serve_client(state: State, reader: _FrameReader, base_url: str, offer: _Offer) -> None:
    hub = service_in(state, Hub)
    with suppress(ConnectionClosed):
        account, named = await _authenticate(state, reader, offer.token)
        profile = offer.profile or (named and str(named))
        member = await _choose_profile(state, reader, account, profile)
        connection = Connection(member, reader.sender, base_url)
        if not hub.register(connection):
            reason = "You have too many sockets open: close one of them."
            reader.close(rules.CLOSE_TOO_MANY_SOCKETS, reason)
        try:
            # A role that ended since was announced before the connection was there.
            await _choose_profile(state, reader, account, profile)
            ready = ReadyData(connection.user_id, int(rules.PING_INTERVAL_S))
            reader.sender.send(make_frame(ServerFrame(FrameType.READY, ready)))
            while True:
                await _handle(state, connection, await reader.read())
        finally:
            hub.unregister(connection)


async def _choose_profile(
    state: State, reader: _FrameReader, account: Member, profile: str | None
) -> Member:
    """Return an account as the profile that it names, if any; close the socket without a role."""
    if profile is None:
        return account
    try:
        member = await choose_profile(account, read_profile_id(profile), context_in(state))
        if member.acts_as is not None:
            ensure_right(member.profile_role, Right.SPEAK)
    except (Invalid, NotYourProfile):
        reader.close(rules.CLOSE_NOT_YOUR_PROFILE, NotYourProfile.message)
    except Unavailable as error:
        reader.close(CloseCode.TRY_AGAIN_LATER, str(error))
    return member


async def _authenticate(
    state: State, reader: _FrameReader, token: str | None
) -> tuple[Member, UserId | None]:
    context = context_in(state)
    try:
        context.ensure_open()
        if token is None:
            async with asyncio.timeout(rules.AUTH_TIMEOUT_S):
                token = await _read_token(reader)
        chat_tokens = service_in(state, service.ChatTokens)
        return await service.spend_token(context.database, chat_tokens, token)
    except TimeoutError:
        reader.close(rules.CLOSE_NOT_SIGNED_IN, "Sign in within five seconds.")
    except BadChatToken as error:
        reader.close(rules.CLOSE_NOT_SIGNED_IN, str(error))
    except Unavailable as error:
        reader.close(CloseCode.TRY_AGAIN_LATER, str(error))


async def _read_token(reader: _FrameReader) -> str:
    try:
        frame = _decoder.decode(await reader.read_text())
    except _DECODING_ERRORS as error:
        raise BadChatToken from error
    if not isinstance(frame, AuthFrame):
        raise BadChatToken
    return frame.data.token


async def _handle(state: State, connection: Connection, frame: ClientFrame) -> None:
    connection.last_frame_at = time.monotonic()
    try:
        if not isinstance(frame, PingFrame | PongFrame):
            context_in(state).ensure_open()
        if frame_handlers.needs_space(frame):
            context_in(state).ensure_room()
        await frame_handlers.handle_frame(service_in(state, Hub), connection, frame)
    except VezaError as error:
        data = msgspec.to_builtins(frame)["data"]
        connection.sender.send(_error_frame(frame.id, data, error))
    except Exception:
        log.exception("frame_crashed", type=type(frame).__name__)
        reason = "Something went wrong on our side: connect again."
        connection.sender.request_close(CloseCode.INTERNAL_ERROR, reason)
        raise ConnectionClosed from None


def _error_frame(frame_id: Any, data: Any, error: VezaError) -> Frame:
    retry_after = rules.RETRY_AFTER_S if isinstance(error, Unavailable) else None
    named: dict[str, Any] = cast(dict[str, Any], data) if isinstance(data, dict) else {}
    content = ErrorData(
        code=error.code,
        message=str(error),
        conversation_id=_echo(named.get("conversation_id")),
        client_id=_echo(named.get("client_id")),
        retry_after=error.retry_after or retry_after,
        details=error.details,
    )
    return make_frame(ServerFrame(FrameType.ERROR, content, _echo(frame_id)))


def _echo(value: Any) -> str | int | None:
    """Return a number or a shortened text; None for anything else."""
    if isinstance(value, int):
        return value
    return value[:_MAX_ECHO_LENGTH] if isinstance(value, str) else None
