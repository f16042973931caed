"""Requests of Icecast's protocol, as butt, Mixxx, liquidsoap and others send them."""

import base64

import pytest

from veza.infra.ingest.icecast_requests import BadRequest, read_request, write_answer


def basic(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def read(*lines: str):
    return read_request("\r\n".join([*lines, "", ""]).encode())


def test_encoders_put_or_source_with_the_key_as_password():
    request = read(
        "PUT /live HTTP/1.1",
        f"Authorization: Basic {basic('source:live_abc:d')}",
        "Expect: 100-continue",
        "Content-Type: application/ogg; codecs=opus",
        "Transfer-Encoding: chunked",
    )
    assert (request.key, request.demuxer) == ("live_abc:d", "ogg")
    assert request.is_source
    assert request.expects_continue
    assert request.is_chunked
    old = read(f"SOURCE /x ICE/1.0\nauthorization: basic {basic('source:k')}")
    assert (old.is_source, old.key, old.demuxer) == (True, "k", "mp3")
    assert (old.expects_continue, old.is_chunked) == (False, False)
    assert read("GET /live HTTP/1.0").is_source is False
    assert read("PUT /live HTTP/1.0", "Content-Type: video/webm").demuxer is None


def test_titles_come_by_requests_of_their_own():
    told = {
        "GET /admin/metadata?mode=updinfo&mount=%2Fa&song=Ada+-+D%C3%A4mmerung HTTP/1.0": (
            "Ada - Dämmerung"
        ),
        "GET /admin/metadata?mode=updinfo&song=D%E4mmerung HTTP/1.0": "Dämmerung",
        "GET /admin/metadata?mode=updinfo&artist=Ada&title=Dusk HTTP/1.0": "Ada - Dusk",
        "GET /admin/metadata?mode=updinfo&title=Dusk HTTP/1.0": "Dusk",
        "GET /admin.cgi?pass=k&mode=updinfo&song=Dusk HTTP/1.0": "Dusk",
        "GET /admin/metadata?mode=other&song=Dusk HTTP/1.0": None,
        "GET /admin/metadata?mode=updinfo HTTP/1.0": None,
    }
    found = {line: read(line).title for line in told}
    assert found == told
    shoutcast = read("GET /admin.cgi?pass=k&mode=updinfo&song=Dusk HTTP/1.0")
    assert (shoutcast.is_admin, shoutcast.key) == (True, "k")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\r\n\r\n",
        b"PUT /live\r\n\r\n",
        b"PUT /live SMTP/1.0\r\n\r\n",
        b"PUT /live HTTP/1.1\r\nno colon\r\n\r\n",
        b"PUT http://[x HTTP/1.1\r\n\r\n",
        b"GET /admin/metadata?" + b"&".join(b"a%d=1" % n for n in range(30)) + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_malformed_is_refused(head):
    with pytest.raises(BadRequest):
        read_request(head)


def test_a_key_that_is_no_base64_is_wrong_and_one_that_is_not_sent_is_asked_for():
    assert read("PUT /live HTTP/1.1", "Authorization: Basic !!").key == ""
    assert read("PUT /live HTTP/1.1", f"Authorization: Basic {basic('no colon')}").key == ""
    assert read("PUT /live HTTP/1.1", "Authorization: Bearer x").key is None
    assert read("PUT /live HTTP/1.1").key is None
    answer = write_answer(401, "é").decode()
    assert "WWW-Authenticate: Basic" in answer
    assert answer.endswith("Content-Length: 2\r\nConnection: close\r\n\r\né")
