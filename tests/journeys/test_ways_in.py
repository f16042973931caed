"""Ways in besides RTMP, on real processes: encoders of Icecast, and those that send SRT."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests import sounds
from tests.encoders import encoding, needs_nginx
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import Server, free_port, kill_if_there, served, until
from tests.journeys.ways_in_steps import (
    FORMATS,
    casting,
    comes_back,
    find_pitch,
    is_on_air,
    kinds_in,
    put_with,
    say,
    sending_srt,
    sign_in,
    strangers,
    streaming_as,
    suspend,
    tell,
)
from tests.journeys.web_pages import wait_for

pytestmark = [pytest.mark.long, needs_nginx]

ENTERED = "[...document.querySelectorAll('.copy-field input')].map(each => each.value)"
REQUESTS = {
    b"GET / HTTP/1.1\r\n\r\n": 404,
    b"OPTIONS * HTTP/1.1\r\n\r\n": 200,
    b"DELETE /live HTTP/1.1\r\n\r\n": 405,
    b"\x16\x03\x01 hello\r\n\r\n": 400,
    b"PUT /live HTTP/1.1\r\n" + b"a: " + b"x" * 9000 + b"\r\n\r\n": 400,
    b"PUT /live HTTP/1.1\r\n\r\n": 401,
    b"PUT /live HTTP/1.1\r\nAuthorization: Basic !!\r\n\r\n": 401,
    b"PUT /live HTTP/1.1\r\nAuthorization: Basic eDp4\r\nContent-Type: video/webm\r\n\r\n": 415,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = {
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_LIVE_ICECAST_PORT": str(free_port()),
        "VEZA_LIVE_SRT_PORT": str(free_port()),
        "VEZA_LOG_LEVEL": "debug",
    }
    with served("--workers", "1", "--with-live", **settings) as running:
        yield running


def test_each_format_is_heard_for_as_long_as_it_was_sent(server: Server, tmp_path: Path) -> None:
    with ExitStack() as stack:
        streamers = {
            form: stack.enter_context(streaming_as(server, f"of_{form}")) for form in FORMATS
        }
        filmed = stack.enter_context(streaming_as(server, "filmed"))
        encoders = [
            stack.enter_context(casting(each.icecast(), form, seconds=12))
            for form, each in streamers.items()
        ]
        encoders.append(stack.enter_context(sending_srt(filmed.srt(), seconds=12)))
        until(lambda: filmed.is_live and all(each.is_live for each in streamers.values()), 60)
        commands = " ".join(server.processes().values())
        for encoder in encoders:
            until(lambda encoder=encoder: encoder.has_ended, 60)
        until(lambda: not any(each.is_live for each in streamers.values()), 60)
        until(lambda: not filmed.is_live, 60)
        heard = {form: each.fetch(tmp_path / form) for form, each in streamers.items()}
        heard["srt"] = filmed.fetch(tmp_path / "srt")
        keys = [each.key for each in (*streamers.values(), filmed)]
        assert [key for key in keys if key in commands] == []
    for form, media in heard.items():
        samples = sounds.read(media)
        assert len(samples) / sounds.RATE == pytest.approx(12, abs=2), form
        assert find_pitch(samples) == pytest.approx(1000, abs=2), form
    assert {form: kinds_in(media) for form, media in heard.items() if form != "srt"} == {
        form: ["Audio"] for form in FORMATS
    }
    assert sorted(kinds_in(heard["srt"])) == ["Audio", "Video"]


def test_another_key_an_end_and_a_suspension_cut_off(server: Server) -> None:
    with streaming_as(server, "cut") as cut, streaming_as(server, "admin_of_cuts") as admin:
        for sending in (lambda: casting(cut.icecast()), lambda: sending_srt(cut.srt())):
            with sending() as encoder:
                until(lambda: cut.is_live, 60)
                answer = cut.client.post("live/streams/me/key/regenerate")
                old, cut.access = cut.access, answer.json()["data"]
                assert old["stream_key"] != cut.key
                until(lambda encoder=encoder: encoder.has_ended, 20)
                assert not cut.is_live
        with sending_srt(cut.srt(old["stream_key"])) as refused:
            until(lambda: refused.has_ended, 20)
        with casting(cut.icecast(old["stream_key"])) as refused:
            until(lambda: refused.has_ended, 20)
            assert "401" in refused.complaints()
        with casting(cut.icecast()) as encoder:
            until(lambda: cut.is_live, 60)
            assert cut.client.post(f"live/streams/{cut.stream_id}/end").status_code == 200
            until(lambda: encoder.has_ended, 20)
        with sending_srt(cut.srt()) as encoder:
            until(lambda: is_on_air(cut), 60)
            suspend(server, cut, admin)
            until(lambda: encoder.has_ended, 20)
            assert not is_on_air(cut)


def test_one_key_admits_one_encoder_whichever_way_it_comes(server: Server) -> None:
    with streaming_as(server, "twice") as twice:
        rtmp = f"{twice.access['rtmp_url']}/{twice.key}"
        with casting(twice.icecast()) as first:
            until(lambda: twice.is_live, 60)
            with casting(twice.icecast()) as second:
                until(lambda: second.has_ended, 20)
                assert "403" in second.complaints()
            with sending_srt(twice.srt()) as second:
                until(lambda: second.has_ended, 20)
            with encoding(rtmp) as second:
                until(lambda: second.has_ended, 20)
            assert twice.is_live
            assert not first.has_ended
        until(lambda: not twice.is_live, 20)
        with encoding(rtmp) as first:
            until(lambda: twice.is_live, 60)
            with sending_srt(twice.srt()) as second:
                until(lambda: second.has_ended, 20)
            assert not first.has_ended


def test_an_ingest_that_is_killed_is_started_again_and_encoders_come_back(server: Server) -> None:
    with streaming_as(server, "back") as back, streaming_as(server, "back_too") as too:
        with casting(back.icecast()) as sound, sending_srt(too.srt()) as film:
            until(lambda: back.is_live and too.is_live, 60)
            started = back.shown["started_at"]
            [ingest] = server.processes_named("ingest_process ")
            kill_if_there(ingest)
            until(lambda: sound.has_ended and film.has_ended, 60)
            until(lambda: server.processes_named("ingest_process ") not in ([], [ingest]), 60)
            assert server.processes_named("ffmpeg") == []
        until(lambda: comes_back(back), 60)
        assert back.shown["started_at"] == started


def test_encoders_come_back_after_nginx_is_killed(server: Server) -> None:
    with streaming_as(server, "renewed") as renewed:
        with casting(renewed.icecast()) as encoder:
            # Before that, its ffmpeg may find the next nginx.
            until(lambda: renewed.segments, 60)
            nginx = server.processes_named("nginx: master ")
            kill_if_there(nginx[0])
            until(lambda: encoder.has_ended, 60)
            until(lambda: server.processes_named("nginx: master ") not in ([], nginx), 60)
        until(lambda: comes_back(renewed), 60)
        until(lambda: len(renewed.segments) >= 1, 60)


def test_what_plays_is_shown_while_it_plays(server: Server) -> None:
    with streaming_as(server, "titled") as titled:
        with casting(titled.icecast()):
            until(lambda: titled.is_live, 60)
            song = {"mode": "updinfo", "mount": "/live", "song": " Ada -\tDämmerung\x07 "}
            answer = tell(titled, song, titled.key)
            assert answer.status_code == 200
            until(lambda: titled.shown["now_playing"] == "Ada - Dämmerung", 20)
            assert tell(titled, song, "live_wrong").status_code == 401
        until(lambda: not titled.is_live, 20)
        assert titled.shown["now_playing"] == ""
        with casting(titled.icecast()):
            until(lambda: titled.is_live, 60)
            assert titled.shown["now_playing"] == ""


def test_strangers_are_answered_or_dropped_soon(server: Server) -> None:
    with streaming_as(server, "strange") as strange:
        port = strange.access["icecast"]["port"]
        begun = time.monotonic()
        with strangers(port, 5) as silent, strangers(port, 1, b"PUT /live HTTP/1.1\r\nA: ") as slow:
            for each in silent + slow:
                assert each.recv(100).startswith(b"HTTP/1.0 408 ")
        assert time.monotonic() - begun < 20
        # Twenty at once from one address, then no more.
        with strangers(port, 20), strangers(port, 1) as further:
            assert further[0].recv(100).startswith(b"HTTP/1.0 429 ")
        answers = [say(port, request) for request in REQUESTS]
        assert answers == list(REQUESTS.values())
        # Each wrong key counts, and after ten of a minute none is looked at.
        wrong = put_with("live_" + "x" * 43)
        statuses = [say(port, wrong, "127.0.0.77") for _ in range(11)]
        assert statuses == [401] * 10 + [429]
        assert say(port, put_with(strange.key), "127.0.0.77") == 429
        # What is no handshake gets no answer, and costs nothing.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noise:
            srt_port = int(re.findall(r":(\d+)\?", strange.access["srt_url"])[0])
            noise.settimeout(1)
            for packet in (b"", b"\x80\x00", b"x" * 1400, b"\x80\x00" + b"\xff" * 62):
                noise.sendto(packet, ("127.0.0.1", srt_port))
            with pytest.raises(TimeoutError):
                noise.recv(100)
        assert server.processes_named("ffmpeg") == []


def test_an_encoder_without_the_key_or_without_encryption_is_refused_by_srt(
    server: Server,
) -> None:
    with streaming_as(server, "locked") as locked:
        plain = f"{locked.access['srt_url']}&pkt_size=1316"
        for url in (locked.srt("live_" + "x" * 43), plain, plain.replace("=0", "=f")):
            with sending_srt(url) as encoder:
                until(lambda encoder=encoder: encoder.has_ended, 20)
                assert "passphrase" in encoder.complaints().lower() or "key" not in url
        assert locked.shown["status"] == "draft"


def test_an_encoder_that_falls_silent_is_disconnected(server: Server) -> None:
    with streaming_as(server, "still") as still, streaming_as(server, "mute") as mute:
        with casting(still.icecast()) as sound, sending_srt(mute.srt()) as film:
            until(lambda: still.is_live and mute.is_live, 60)
            sound.freeze()
            film.freeze()
            until(lambda: not still.is_live and not mute.is_live, 90)
            until(lambda: server.processes_named("ffmpeg") == [], 20)
        assert still.shown["status"] == "live"


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
def test_the_studio_shows_what_to_enter_and_the_page_what_plays(server: Server) -> None:
    with streaming_as(server, "shown") as shown, browsing() as tab:
        sign_in(tab, shown)
        place = shown.access["icecast"]
        entered = [place["host"], str(place["port"]), place["mount"], shown.key]
        entered.append(f"{shown.access['srt_url']}&passphrase={shown.key}")
        for width in (1440, 768, 390):
            tab.resize(width)
            tab.open(f"{server.url}/studio/live")
            wait_for(tab, "!!document.querySelector('#icecast-title')")
            fields = tab.ask(ENTERED)
            assert set(entered) <= set(fields)
            assert tab.ask("document.documentElement.scrollWidth") <= width
            ensure_accessible(tab, f"the studio at {width}")
        with casting(shown.icecast()):
            until(lambda: shown.is_live, 60)
            tell(shown, {"mode": "updinfo", "song": "Ada - Dusk"}, shown.key)
            tab.open(f"{server.url}/live/{shown.stream_id}")
            wait_for(tab, "document.body?.innerText.includes('Ada - Dusk')")
            ensure_accessible(tab, "the page of a stream with a title")


def test_encoders_go_on_while_http_is_started_again(server: Server) -> None:
    with (
        streaming_as(server, "goes_on") as on,
        streaming_as(server, "goes_on_too") as too,
        casting(on.icecast()) as sound,
        sending_srt(too.srt()) as film,
    ):
        until(lambda: on.is_live and too.is_live, 60)
        [http] = server.processes_named("veza http ")
        kill_if_there(http)
        until(lambda: server.processes_named("veza http ") not in ([], [http]), 60)
        server.wait_until_ready()
        until(lambda: on.is_live and too.is_live, 60)
        assert (sound.has_ended, film.has_ended) == (False, False)


def test_no_key_is_in_any_file_or_log(server: Server) -> None:
    with streaming_as(server, "quiet") as quiet:
        with casting(quiet.icecast()), streaming_as(server, "quieter") as quieter:
            until(lambda: quiet.is_live, 60)
            with sending_srt(quieter.srt()):
                until(lambda: quieter.is_live, 60)
                commands = " ".join(server.processes().values())
        keys = {quiet.key, quieter.key}
        said = server.log + commands
        assert [key for key in keys if key in said] == []
        found = [
            path
            for path in server.data_dir.rglob("*")
            if path.is_file() and any(key.encode() in path.read_bytes() for key in keys)
        ]
        assert found == []
