"""Tests that a response reports only the bytes that the client received."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Request, Response
from litestar.response import Stream

from veza.http.responses.delivered import watch_delivery
from veza.http.responses.file_responses import ZERO_COPY
from veza.http.responses.ranges import ByteRange

_SIZE = 1_000


def _request(span: str | None = None, **scope: Any) -> Request[Any, Any, Any]:
    headers = [] if span is None else [(b"range", f"bytes={span}".encode())]
    given = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": headers}
    return Request(given | scope)  # pyright: ignore[reportArgumentType]


class _Client:
    """Takes messages, and leaves after some of them; what is sent then is dropped."""

    def __init__(self, leaves_after: int | None = None) -> None:
        self.messages: list[Any] = []
        self._left = asyncio.Event()
        self._leaves_after = leaves_after

    async def receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        self.messages.append(message)
        is_last = message["type"] == "http.response.body" and not message["more_body"]
        if is_last:
            # As servers do it, once there is nothing more to say.
            self._left.set()
        elif len(self.messages) == self._leaves_after:
            self._left.set()


async def _pieces() -> AsyncIterator[bytes]:
    for _ in range(10):
        yield bytes(100)


async def _deliver(
    request: Request[Any, Any, Any], response: Response[Any], client: _Client
) -> list[ByteRange]:
    found: list[ByteRange] = []

    async def report(delivered: ByteRange) -> None:
        found.append(delivered)

    watched: Any = await watch_delivery(request, response, _SIZE, report)
    if watched is not response:
        sent = watched.to_asgi_response(None, request)
        await sent(request.scope, client.receive, client.send)
    return found


async def test_all_that_was_sent_is_reported_from_the_first_byte_asked_for() -> None:
    assert await _deliver(_request(), Stream(_pieces(), status_code=200), _Client()) == [
        ByteRange(0, 999)
    ]
    part = Stream(_pieces(), status_code=206)
    assert await _deliver(_request("50-"), part, _Client()) == [ByteRange(50, 1_049)]


async def test_what_is_dropped_after_the_client_has_left_is_not_delivered() -> None:
    # The start, and three pieces, of which the last one is not certain.
    [delivered] = await _deliver(
        _request(), Stream(_pieces(), status_code=200), _Client(leaves_after=4)
    )
    assert delivered == ByteRange(0, 199)
    assert (
        await _deliver(_request(), Stream(_pieces(), status_code=200), _Client(leaves_after=1))
        == []
    )


class _SentFile(Response[None]):
    """A file of two pieces, as servers send it by themselves."""

    def to_asgi_response(self, *_: Any, **__: Any) -> Any:
        async def respond(_: Any, __: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for at in (0, 500):
                piece = {"type": ZERO_COPY, "file": None, "offset": at, "count": 500}
                await send(piece | {"more_body": at == 0})

        return respond


@pytest.mark.parametrize(
    ("response", "whole", "left"),
    [
        (_SentFile(None, status_code=200), 3, [ByteRange(0, 499)]),
        (Response(bytes(_SIZE), media_type="a/b", status_code=200), 2, []),
    ],
    ids=["pieces of a file", "one piece"],
)
async def test_who_leaves_during_the_last_piece_does_not_have_it(
    response: Any, whole: int, left: list[ByteRange]
) -> None:
    client = _Client()
    assert await _deliver(_request(), response, client) == [ByteRange(0, 999)]
    assert not client.messages[-1]["more_body"]
    assert await _deliver(_request(), response, _Client(leaves_after=whole)) == left


@pytest.mark.parametrize(
    "response",
    [
        Response(b"", status_code=302, headers={"location": "https://storage.example"}),
        Response(b"", status_code=200, headers={"x-accel-redirect": "/files/a"}),
    ],
)
async def test_what_others_send_is_delivered_as_it_was_asked_for(response: Any) -> None:
    assert await _deliver(_request(), response, _Client()) == [ByteRange(0, 999)]
    assert await _deliver(_request("10-19"), response, _Client()) == [ByteRange(10, 19)]


async def test_what_the_client_has_and_what_it_only_asks_about_is_not_reported() -> None:
    assert await _deliver(_request(), Response(b"", status_code=304), _Client()) == []
    head = _request(veza_head=True)
    assert await _deliver(head, Stream(_pieces(), status_code=200), _Client()) == []
