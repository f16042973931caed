"""Bodies that nobody reads: the connection goes on, or the answer says that it doesn't."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.http.apps import ask, assemble
from veza.app.services import Services
from veza.http.layers import request_body

_PART = {"type": "http.request", "body": b"x" * 100, "more_body": True}
_END = {"type": "http.request", "body": b"x" * 100, "more_body": False}


class _Messages:
    """What a client sends, and how much of it was read."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = messages
        self.read = 0

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for message in self._messages:
            self.read += 1
            yield message


async def _post(services: Services, messages: _Messages, *headers: tuple[bytes, bytes]) -> Any:
    _, app = assemble(services)
    scope = {"method": "POST", "path": "/api/v1/nowhere", "headers": [*headers]}
    sent = await ask(app, scope, messages)
    return dict(sent[0]["headers"])


async def test_the_rest_of_a_short_body_is_read_so_that_the_connection_goes_on(services: Services):
    messages = _Messages(_PART, _PART, _END)
    headers = await _post(services, messages, (b"content-length", b"300"))
    assert messages.read == 3
    assert b"connection" not in headers


async def test_a_long_body_is_left_and_the_connection_closed(services: Services):
    messages = _Messages(_PART, _END)
    length = str(request_body.MAX_LEFT_BYTES + 1).encode()
    headers = await _post(services, messages, (b"content-length", length))
    assert messages.read == 0
    assert headers[b"connection"] == b"close"


async def test_a_body_of_unknown_length_is_left_and_the_connection_closed(services: Services):
    headers = await _post(services, _Messages(_PART), (b"transfer-encoding", b"chunked"))
    assert headers[b"connection"] == b"close"


async def test_who_goes_away_in_the_middle_is_not_waited_for(services: Services):
    headers = await _post(services, _Messages(_PART), (b"content-length", b"300"))
    assert b"connection" not in headers


@pytest.mark.parametrize("headers", [[], [(b"content-length", b"0")]])
async def test_without_a_body_nothing_is_read(
    services: Services, headers: list[tuple[bytes, bytes]]
):
    messages = _Messages(_END)
    assert b"connection" not in await _post(services, messages, *headers)
    assert messages.read == 0
