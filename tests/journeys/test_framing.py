"""Where a message begins and ends is never in doubt: what could be read in two ways is refused.

Two servers that read the same bytes differently are how requests are smuggled past a proxy.
"""

import socket

import pytest

from tests.journeys.served import Server

_HEAD = "POST /api/v1/auth/login HTTP/1.1\r\nHost: veza.test\r\nContent-Type: application/json\r\n"
_SMUGGLED = "GET /api/v1/health HTTP/1.1\r\nHost: veza.test\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "framing",
    [
        "Content-Length: 5\r\nContent-Length: 6\r\n",
        "Content-Length: 5, 6\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length : 5\r\n",
        "Content-Length: 99999999999999999999999\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding:\x0bchunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "X: a\r\n b\r\n",
        "X: a\0b\r\n",
        "X\0: a\r\n",
        "X Y: a\r\n",
        ": a\r\n",
    ],
    ids=repr,
)
def test_a_framing_that_can_be_read_in_two_ways_is_refused(server: Server, framing: str) -> None:
    statuses = _statuses(_talk(server, f"{_HEAD}{framing}\r\n{_SMUGGLED}"))

    assert statuses in ([400], []), statuses


def test_chunks_count_before_a_length_and_nothing_is_left_over(server: Server) -> None:
    """RFC 9112, 6.3: read by its chunks, or refused; never by its length."""
    framing = "Content-Length: 4\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    statuses = _statuses(_talk(server, f"{_HEAD}{framing}2\r\n{{}}\r\n0\r\n\r\n"))

    assert statuses == [400]


@pytest.mark.parametrize(
    "chunk", ["2;a=b\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "2\n{}\n0\n\n", "g\r\n{}\r\n"]
)
def test_odd_chunks_end_in_a_refusal(server: Server, chunk: str) -> None:
    head = f"{_HEAD}Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    statuses = _statuses(_talk(server, head + chunk))

    assert statuses in ([400], []), statuses


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/v1/health",
        "GET /api/v1/health HTTP/9.9",
        "GET  /api/v1/health  HTTP/1.1",
        "GET /api/v1/he alth HTTP/1.1",
        "GE\0T /api/v1/health HTTP/1.1",
        "\x16\x03\x01\x02\x00\x01",
        "PRI * HTTP/2.0",
    ],
    ids=repr,
)
def test_a_first_line_that_is_none_is_refused(server: Server, line: str) -> None:
    statuses = _statuses(_talk(server, f"{line}\r\nHost: veza.test\r\nConnection: close\r\n\r\n"))

    assert all(400 <= status < 500 or status == 505 for status in statuses), statuses


def test_too_many_and_too_long_headers_are_refused(server: Server) -> None:
    first = "GET /api/v1/health HTTP/1.1\r\nHost: veza.test\r\nConnection: close\r\n"
    for headers in ("X: " + "a" * 1_000_000 + "\r\n", "X: a\r\n" * 5_000):
        statuses = _statuses(_talk(server, f"{first}{headers}\r\n"))
        assert statuses in ([400], [431], []), statuses


def test_the_methods_that_echo_or_tunnel_are_not_there(server: Server) -> None:
    """TRACE would show cookies to scripts; CONNECT would make a proxy of us."""
    for line in ("TRACE /api/v1/health", "CONNECT 127.0.0.1:22", "TRACK /api/v1/health"):
        statuses = _statuses(
            _talk(
                server,
                f"{line} HTTP/1.1\r\nHost: veza.test\r\nX: secret\r\nConnection: close\r\n\r\n",
            )
        )
        assert all(400 <= status < 500 for status in statuses), (line, statuses)


def _talk(server: Server, text: str) -> bytes:
    """Send bytes as they are; give all that comes back until the other side has said its word."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        received = b""
        try:
            connection.sendall(text.encode("latin-1"))
            while piece := connection.recv(65_536):
                received += piece
        except (ConnectionError, TimeoutError):
            pass
        return received


def _statuses(received: bytes) -> list[int]:
    lines = received.split(b"\r\n")
    return [int(line[9:12]) for line in lines if line.startswith(b"HTTP/1.1 ")]
