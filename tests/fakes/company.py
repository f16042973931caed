"""What every fake company has: a server in a thread, its calls, the faults to come, its events."""

import asyncio
import json
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

type Json = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """What was asked: the query and the body stand in `form`."""

    method: str
    path: str
    form: Json
    headers: dict[str, str]


@dataclass(frozen=True)
class Fault:
    """What goes wrong at the next call of a kind: an error instead of doing it, or silence after.

    A `status` of 0 is no answer at all: the connection closes. What `trickles` begins to answer and
    never ends, a byte at a time.
    """

    status: int
    is_done: bool = False
    body: Any = None
    method: str = "POST"
    path: str = ""
    trickles: bool = False


@dataclass(frozen=True)
class Event:
    """What a company tells us: the very bytes, and the headers that sign them."""

    body: bytes
    headers: dict[str, str]


class Refusal(Exception):
    """A company's own refusal: status and body."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status, body)
        self.status = status
        self.body = body


@dataclass(frozen=True)
class _Answer:
    status: int
    body: Any
    trickles: bool = False


class _Server(ThreadingHTTPServer):
    # So many may come at once: the standard library's five would have others' connections reset.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of those who went away before they were answered."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Company:
    """A server in a thread of its own. `answer` does what is asked, one call after the other.

    `draw_delay_s` says how long a call is on its way, there and back.
    """

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.faults: deque[Fault] = deque()
        self.draw_delay_s: Callable[[], float] = lambda: 0.0
        self.events: list[Event] = []
        self._late: list[Event] = []
        self._is_closing = threading.Event()
        self.lock = threading.RLock()
        self._server = _Server(("127.0.0.1", 0), _make_handler(self._serve, self._is_closing))
        self._server.daemon_threads = True
        # It looks that often whether it is to stop.
        serve = partial(self._server.serve_forever, poll_interval=0.01)
        self._thread = threading.Thread(target=serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def answer(self, call: Call) -> Json | list[Json]:
        """Do what is asked. Raises Refusal."""
        raise NotImplementedError

    def count(self, method: str, path: str) -> int:
        """Tell how often something was asked."""
        return sum(call.method == method and call.path.startswith(path) for call in self.calls)

    def list_events(self) -> list[Event]:
        """List what is still to be told."""
        return [*self.events, *self._late]

    def duplicate(self, times: int) -> None:
        """Have each event that is to be told be told that often."""
        self.events *= times

    def reorder(self, random: Random) -> None:
        """Have the events that are to be told come in another order."""
        random.shuffle(self.events)

    def delay(self) -> None:
        """Have the events that are to be told come after those of the next delivery."""
        self._late += self.events
        self.events = []

    async def deliver(self, client: httpx.AsyncClient, path: str) -> None:
        """Tell all that is to be told, at once. What isn't taken is told with the next delivery."""
        told, self.events, self._late = self.events, self._late, []
        answers = await asyncio.gather(
            *(client.post(path, content=one.body, headers=one.headers) for one in told)
        )
        refused = zip(told, answers, strict=True)
        self.events += [event for event, answer in refused if not answer.is_success]

    def _serve(self, call: Call) -> _Answer:
        time.sleep(self.draw_delay_s())
        try:
            return self._do_or_fail(call)
        finally:
            time.sleep(self.draw_delay_s())

    def _do_or_fail(self, call: Call) -> _Answer:
        with self.lock:
            self.calls.append(call)
            fault = self._find_fault(call)
            if fault is not None and not fault.is_done:
                return _Answer(fault.status, fault.body or {}, fault.trickles)
            try:
                done = self.answer(call)
            except Refusal as refusal:
                return _Answer(refusal.status, refusal.body)
            if fault is None:
                return _Answer(200, done)
            return _Answer(fault.status, fault.body or done, fault.trickles)

    def _find_fault(self, call: Call) -> Fault | None:
        for fault in self.faults:
            if call.method == fault.method and call.path.startswith(fault.path):
                self.faults.remove(fault)
                return fault
        return None


def _make_handler(
    serve: Callable[[Call], _Answer], is_closing: threading.Event
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            raw = self.rfile.read(int(self.headers.get("content-length") or 0))
            parts = urlsplit(self.path)
            is_json = "json" in (self.headers.get("content-type") or "")
            form: Json = dict(parse_qsl(parts.query))
            form |= json.loads(raw or b"{}") if is_json else dict(parse_qsl(raw.decode()))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answer = serve(Call(self.command, parts.path, form, headers))
            if answer.status == 0:
                self.close_connection = True
                return
            body = (
                answer.body if isinstance(answer.body, bytes) else json.dumps(answer.body).encode()
            )
            self.send_response(answer.status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(2**20 if answer.trickles else len(body)))
            self.end_headers()
            if answer.trickles:
                self._trickle()
            else:
                self.wfile.write(body)

        def _trickle(self) -> None:
            """Send a byte at a time, until whoever waits for them has had enough."""
            self.close_connection = True
            with suppress(OSError):
                while not is_closing.wait(0.02):
                    self.wfile.write(b" ")

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - what the standard library calls

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
