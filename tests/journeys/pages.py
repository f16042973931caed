"""A small web server with the pages that a browser opens in tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

# Version 1.7.4, as npm has it; here so that tests need no network.
HLS_JS = Path(__file__).with_name("hls_js") / "hls.min.js"


@dataclass
class Pages:
    """Where the pages are, and what they say: by path, the type and the content."""

    origin: str
    content: dict[str, tuple[str, bytes]] = field(default_factory=dict)

    def show(self, path: str, html: str) -> str:
        """Show a page; give its URL."""
        self.content[path] = "text/html; charset=utf-8", html.encode()
        return f"{self.origin}{path}"


@contextmanager
def showing_pages() -> Iterator[Pages]:
    pages = Pages("")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, content = pages.content.get(self.path, ("text/plain", b""))
            self.send_response(200 if content else 404)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        pages.origin = f"http://127.0.0.1:{server.server_port}"
        pages.content["/hls.min.js"] = "text/javascript", HLS_JS.read_bytes()
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield pages
        server.shutdown()
        thread.join()
