"""A directory of VAT ids (VIES): HTTP in a thread, with answers that may be anything."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

VALID = {"valid": True, "requestIdentifier": "WAPIAAAAX1", "name": "---"}
INVALID = {"valid": False, "requestIdentifier": ""}
AWAY = {"actionSucceed": False, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}


class FakeVatDirectory:
    """A server: `answer` is a status and a body, `asked` what was asked for.

    While `is_held` is set, it answers nothing.
    """

    def __init__(self) -> None:
        self.answer: tuple[int, Any] = (200, VALID)
        self.asked: list[Any] = []
        self.is_held = False
        self._released = threading.Event()
        handler = type("Handler", (_Handler,), {"directory": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/rest-api"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def wait(self) -> None:
        """Wait until the server ends."""
        self._released.wait(60)


class _Handler(BaseHTTPRequestHandler):
    directory: FakeVatDirectory

    def do_POST(self) -> None:
        assert self.path == "/rest-api/check-vat-number"
        body = self.rfile.read(int(self.headers["content-length"]))
        self.directory.asked.append(json.loads(body))
        if self.directory.is_held:
            self.directory.wait()
            return
        status, content = self.directory.answer
        raw = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def log_message(self, *_: object) -> None:
        """Log nothing."""
