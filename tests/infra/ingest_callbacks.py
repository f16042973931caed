"""Who is asked by an ingest, instead of us: says yes to some keys, and remembers all questions."""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

# Instead of a status: to hang up without a word.
SILENT = 0


@dataclass(frozen=True)
class Question:
    """What was asked: where, with which secret, by which ingest, and the form."""

    path: str
    secret: str
    ingest: str
    form: dict[str, str]


@dataclass
class Doorman:
    """`names` says under which address each key that may come in is passed on."""

    url: str = ""
    names: dict[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)
    # What is answered instead of all that.
    status: int | None = None

    def answer(self, question: Question) -> tuple[int, str]:
        """Give the status, and where to pass on to."""
        self.questions.append(question)
        key = question.form.get("name", "")
        if self.status is not None:
            return self.status, ""
        if question.form.get("call") == "update_play":
            # The ingest passes on by playing to itself, and asks about that too.
            return 204, ""
        if key not in self.names:
            return 403, ""
        is_new = question.path == "/publish"
        return (302, self.names[key]) if is_new else (204, "")

    def asked(self, path: str, key: str) -> int:
        """Tell how often something was asked about a key."""
        return sum(one.path == path and one.form.get("name") == key for one in self.questions)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of those who went away before they were answered."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def standing_by() -> Iterator[Doorman]:
    doorman = Doorman()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers["content-length"])).decode()
            asked = urlsplit(self.path)
            said = dict(parse_qsl(asked.query))
            question = Question(asked.path, said["secret"], said["ingest"], dict(parse_qsl(form)))
            status, location = doorman.answer(question)
            if status == SILENT:
                return
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _Server(("127.0.0.1", 0), Handler) as server:
        doorman.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield doorman
        server.shutdown()
        thread.join()
