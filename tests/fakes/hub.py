"""A hub of WebSub: HTTP in a thread, which keeps the notifications of publishers."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qsl


class FakeHub:
    """A server: `told` are the forms it got, `statuses` the next answers, then 204 for good.

    An answer of 0 is none: the connection is cut.
    """

    def __init__(self) -> None:
        self.told: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": self})
        )
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hub"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def take(self) -> list[str]:
        """Return the addresses of which it was told since the last call."""
        told, self.told = self.told, []
        assert all(form.keys() == {"hub.mode", "hub.url"} for form in told)
        assert all(form["hub.mode"] == "publish" for form in told)
        return [form["hub.url"] for form in told]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub: FakeHub

    def do_POST(self) -> None:
        assert self.headers["content-type"] == "application/x-www-form-urlencoded"
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.hub.told.append(dict(parse_qsl(body, strict_parsing=True)))
        status = self.hub.statuses.pop(0) if self.hub.statuses else 204
        self.close_connection = True
        if status == 0:
            return
        self.send_response(status)
        self.send_header("location", self.path)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Log no requests."""
