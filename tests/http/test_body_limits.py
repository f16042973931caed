"""Request bodies have to arrive at a minimum rate, and may not fill the memory of a process."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.http.apps import assemble
from veza.app.services import Services
from veza.http.layers import request_body
from veza.http.layers.request_body import (
    MAX_HELD_BYTES,
    MAX_HELD_OF_NETWORK_BYTES,
    BodyBudget,
    TooManyBodies,
)

_LOGIN = b'{"email":"nobody@example.com","password":"not the right one"}'


class Upload:
    """Sends a body in parts, with a pause before each."""

    def __init__(self, parts: list[bytes], pause_s: float) -> None:
        self._parts = parts
        self._pause_s = pause_s
        self.answer: list[Any] = []

    async def receive(self) -> dict[str, Any]:
        if not self._parts:
            return await asyncio.Event().wait()
        await asyncio.sleep(self._pause_s)
        part = self._parts.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self._parts)}

    async def send(self, message: Any) -> None:
        self.answer.append(message)

    @property
    def status(self) -> int:
        return self.answer[0]["status"]

    @property
    def code(self) -> str:
        return msgspec.json.decode(self.answer[1]["body"])["code"]


class HeldUpload(Upload):
    """Sends its first part, and the others when it may go on."""

    def __init__(self, parts: list[bytes]) -> None:
        super().__init__(parts, 0)
        self._is_first = True
        self.is_held, self.may_go_on = asyncio.Event(), asyncio.Event()

    async def receive(self) -> dict[str, Any]:
        if not self._is_first:
            self.is_held.set()
            await self.may_go_on.wait()
        self._is_first = False
        return await super().receive()


@pytest.fixture
def app(services: Services) -> Any:
    """One application, and so one budget, for all requests of a test."""
    return assemble(services)[1]


async def _post(app: Any, parts: list[bytes], pause_s: float, length: int) -> Upload:
    return await _send(app, Upload(parts, pause_s), length)


async def _send[U: Upload](app: Any, upload: U, length: int) -> U:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/auth/login",
        "raw_path": b"/api/v1/auth/login",
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"veza.test"),
            (b"content-type", b"application/json"),
            (b"content-length", str(length).encode()),
        ],
        "client": ("203.0.113.7", 1234),
        "server": ("veza.test", 80),
        "state": {},
    }
    async with asyncio.timeout(28):
        await app(scope, upload.receive, upload.send)
    return upload


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Expect 100 bytes within each half of a second."""
    monkeypatch.setattr(request_body, "WINDOW_S", 0.5)
    monkeypatch.setattr(request_body, "MIN_WINDOW_BYTES", 100)


@pytest.mark.usefixtures("hasty")
async def test_a_body_that_drips_is_answered_408_and_the_connection_closed(app: Any) -> None:
    upload = await _post(app, [b" "] * 1000, 0.02, 1000)
    assert (upload.status, upload.code) == (408, "request_timeout")
    assert (b"connection", b"close") in upload.answer[0]["headers"]


@pytest.mark.usefixtures("hasty")
async def test_a_body_that_stops_is_answered_408(app: Any) -> None:
    upload = await _post(app, [b"{", b"never"], 60, 1000)
    assert (upload.status, upload.code) == (408, "request_timeout")


@pytest.mark.usefixtures("hasty")
async def test_a_slow_body_goes_on_as_long_as_it_takes(app: Any) -> None:
    parts = [b" " * 120] * 40 + [_LOGIN]
    upload = await _post(app, parts, 0.02, sum(map(len, parts)))
    assert upload.status == 401


async def test_bodies_that_are_held_in_memory_share_a_budget(
    app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_body, "MAX_HELD_OF_NETWORK_BYTES", 1000)
    held = HeldUpload([b" " * 800, b" " * 800])
    holding = asyncio.create_task(_send(app, held, 1600))
    await held.is_held.wait()
    upload = await _post(app, [_LOGIN], 0, len(_LOGIN))
    held.may_go_on.set()
    await holding
    assert (upload.status, upload.code) == (503, "too_many_bodies")
    assert any(name == b"retry-after" for name, _ in upload.answer[0]["headers"])
    for _ in range(3):
        # What was held is given back at the end of each request.
        assert (await _post(app, [_LOGIN], 0, len(_LOGIN))).status == 401


async def test_a_body_that_is_too_large_is_413_however_large_it_is(app: Any) -> None:
    upload = await _post(app, [b" "], 0, 10 * MAX_HELD_BYTES)
    assert (upload.status, upload.code) == (413, "body_too_large")


def test_a_single_body_finds_room_whatever_the_largest_body_is() -> None:
    budget = BodyBudget()
    budget.reserve("one", 2 * MAX_HELD_BYTES)
    for network in ("one", "another"):
        with pytest.raises(TooManyBodies):
            budget.reserve(network, 1)
    budget.release("one", 2 * MAX_HELD_BYTES)
    budget.reserve("another", 1)


def test_one_network_gets_a_share_of_the_budget() -> None:
    budget = BodyBudget()
    for number in range(4):
        budget.reserve(str(number), MAX_HELD_OF_NETWORK_BYTES)
        with pytest.raises(TooManyBodies):
            budget.reserve(str(number), 1)
    with pytest.raises(TooManyBodies):
        budget.reserve("another", 1)
    budget.release("0", MAX_HELD_OF_NETWORK_BYTES)
    budget.reserve("another", 1)
    assert MAX_HELD_BYTES == 4 * MAX_HELD_OF_NETWORK_BYTES
