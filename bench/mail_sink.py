"""A mail server that takes everything and keeps the last mail, with little overhead."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_END_OF_MAIL = b"\r\n.\r\n"
_EXTENSIONS = b"250-sink\r\n250-SMTPUTF8\r\n250 8BITMIME\r\n"
_ANSWERS = {b"EHLO": _EXTENSIONS, b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class MailSink:
    """The mails received by the sink: recipients since the last `clear`, and the last mail."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.recipients: list[bytes] = []
        self.last = b""

    def clear(self) -> None:
        """Forget all mails."""
        self.recipients.clear()


class _Conversation(asyncio.Protocol):
    """One connection of a client (RFC 5321)."""

    def __init__(self, sink: MailSink) -> None:
        self._sink = sink
        self._rest = b""
        self._is_in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet the client."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        """Take all complete commands and mails."""
        self._rest += data
        while True:
            taken, end, rest = self._rest.partition(_END_OF_MAIL if self._is_in_mail else b"\r\n")
            if not end:
                return
            self._rest = rest
            if self._is_in_mail:
                self._is_in_mail = False
                self._sink.last = taken + b"\r\n"
                self._transport.write(b"250 taken\r\n")
            else:
                self._answer(taken)

    def _answer(self, command: bytes) -> None:
        verb = command[:4].upper()
        self._is_in_mail = verb == b"DATA"
        if verb == b"RCPT":
            self._sink.recipients.append(command)
        self._transport.write(_ANSWERS.get(verb, b"250 ok\r\n"))
        if verb == b"QUIT":
            self._transport.close()


@asynccontextmanager
async def open_sink() -> AsyncGenerator[MailSink]:
    """Listen on a free port of this machine."""
    sink = MailSink(0)
    server = await asyncio.get_running_loop().create_server(
        lambda: _Conversation(sink), "127.0.0.1", 0
    )
    sink.port = server.sockets[0].getsockname()[1]
    async with server:
        yield sink
