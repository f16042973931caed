"""RTMPS on real processes: ffmpeg sends RTMP by TLS, and nginx gets what is within."""

import re
import socket
import ssl
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests import sounds
from tests.encoders import AS_AAC, AS_H264, PICTURES, SOUND, Encoder, needs_nginx
from tests.journeys.axe import ensure_accessible
from tests.journeys.browser import CHROMIUM, browsing
from tests.journeys.served import Server, free_port, kill_if_there, served, until
from tests.journeys.ways_in_steps import (
    Streamer,
    find_pitch,
    kinds_in,
    running,
    sign_in,
    strangers,
    streaming_as,
)
from tests.journeys.web_pages import wait_for
from tests.support import certificates

pytestmark = [pytest.mark.long, needs_nginx]

ENTERED = "[...document.querySelectorAll('.copy-field input')].map(each => each.value)"


@contextmanager
def readable_folder() -> Iterator[Path]:
    """A folder that the user of the ingest may enter, unlike that of the test."""
    with tempfile.TemporaryDirectory() as found:
        Path(found).chmod(0o755)
        yield Path(found)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with readable_folder() as found:
        yield found


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Server]:
    shown, key = certificates.write(folder, "one.test")
    settings = {
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_LIVE_RTMPS_PORT": str(free_port()),
        "VEZA_LIVE_RTMPS_CERTIFICATE": str(shown),
        "VEZA_LIVE_RTMPS_KEY": str(key),
        "VEZA_LOG_LEVEL": "debug",
    }
    with served("--workers", "1", "--with-live", **settings) as running_server:
        yield running_server


def port_of(streamer: Streamer) -> int:
    return int(re.findall(r":(\d+)/live", streamer.access["rtmps_url"])[0])


@contextmanager
def sending(
    streamer: Streamer, key: str = "", *, trusted: Path | None = None, seconds: int = 90
) -> Iterator[Encoder]:
    """An encoder that sends a tone and pictures by RTMPS; it may verify the certificate."""
    options = [*SOUND, *PICTURES, "-t", str(seconds), *AS_AAC, *AS_H264, "-pix_fmt", "yuv420p"]
    if trusted is None:
        options += ["-tls_verify", "0"]
    else:
        options += ["-tls_verify", "1", "-ca_file", str(trusted)]
    url = f"{streamer.access['rtmps_url']}/{key or streamer.key}"
    with running(*options, "-f", "flv", url) as encoder:
        yield encoder


def certificate_of(port: int) -> str:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 20) as plain,
        context.wrap_socket(plain) as secure,
    ):
        return certificates.name_of(secure.getpeercert(binary_form=True))


def test_what_ffmpeg_sends_is_heard_and_no_key_is_in_a_file(
    server: Server, folder: Path, tmp_path: Path
) -> None:
    with streaming_as(server, "secured") as secured:
        host = re.findall("//(.*):", secured.access["rtmp_url"])[0]
        assert secured.access["rtmps_url"].startswith(f"rtmps://{host}:")
        with sending(secured, trusted=folder / "certificate.pem", seconds=12) as encoder:
            until(lambda: secured.is_live, 60)
            until(lambda: encoder.has_ended, 60)
            assert encoder.complaints() == ""
        until(lambda: not secured.is_live, 20)
        media = secured.fetch(tmp_path / "heard")
        samples = sounds.read(media)
        assert len(samples) / sounds.RATE == pytest.approx(12, abs=2)
        assert find_pitch(samples) == pytest.approx(1000, abs=2)
        assert sorted(kinds_in(media)) == ["Audio", "Video"]
        key = secured.key.encode()
        files = [path for path in server.data_dir.rglob("*") if path.is_file()]
        assert [path for path in files if key in path.read_bytes()] == []
        assert secured.key not in server.log


def test_a_wrong_key_and_a_client_without_tls_are_refused(server: Server) -> None:
    with streaming_as(server, "strict") as strict:
        with sending(strict, "live_" + "x" * 43) as refused:
            until(lambda: refused.has_ended, 20)
            assert refused.complaints() != ""
        plain = strict.access["rtmps_url"].replace("rtmps:", "rtmp:")
        options = (*SOUND, "-t", "30", *AS_AAC, "-f", "flv", f"{plain}/{strict.key}")
        with running(*options) as refused:
            until(lambda: refused.has_ended, 20)
            assert refused.complaints() != ""
        assert strict.shown["status"] == "draft"
        with sending(strict):
            until(lambda: strict.is_live, 60)


def test_another_key_and_an_end_cut_off(server: Server) -> None:
    with streaming_as(server, "cut_soon") as cut:
        with sending(cut) as encoder:
            until(lambda: cut.is_live, 60)
            cut.access = cut.client.post("live/streams/me/key/regenerate").json()["data"]
            until(lambda: encoder.has_ended, 20)
            assert not cut.is_live
        with sending(cut) as encoder:
            until(lambda: cut.is_live, 60)
            with sending(cut) as second:
                until(lambda: second.has_ended, 20)
            assert not encoder.has_ended
            assert cut.client.post(f"live/streams/{cut.stream_id}/end").status_code == 200
            until(lambda: encoder.has_ended, 20)


def test_a_new_certificate_is_used_while_streams_go_on(server: Server, folder: Path) -> None:
    with streaming_as(server, "renewing") as renewing:
        port = port_of(renewing)
        assert certificate_of(port) == "one.test"
        with sending(renewing) as encoder:
            until(lambda: renewing.is_live, 60)
            try:
                certificates.write(folder, "two.test")
                until(lambda: certificate_of(port) == "two.test", 60)
                # One of two files: what was read before stays.
                (folder / "key.pem").write_bytes(certificates.issue("three.test")[1])
                log = server.data_dir / "live" / "ingest.log"
                until(lambda: "certificate_refused" in log.read_text(), 60)
                assert certificate_of(port) == "two.test"
                assert not encoder.has_ended
                assert renewing.is_live
                # With files that don't fit it starts again, and refuses.
                [ingest] = server.processes_named("ingest_process ")
                kill_if_there(ingest)
                until(lambda: encoder.has_ended, 20)
                until(lambda: server.processes_named("ingest_process ") not in ([], [ingest]), 60)
                with pytest.raises(OSError):  # noqa: PT011 - how it ends depends on the moment.
                    certificate_of(port)
            finally:
                certificates.write(folder, "one.test")
        until(lambda: is_served(port), 60)
        assert certificate_of(port) == "one.test"
        with sending(renewing):
            until(lambda: renewing.is_live, 60)


def is_served(port: int) -> bool:
    try:
        return certificate_of(port) != ""
    except OSError:
        return False


def test_handshakes_that_never_end_are_ended_and_bounded(server: Server) -> None:
    with streaming_as(server, "handshakes") as streamer, sending(streamer) as encoder:
        until(lambda: streamer.is_live, 60)
        port = port_of(streamer)
        begun = time.monotonic()
        with strangers(port, 20, b"\x16\x03\x01\x02\x00") as slow, strangers(port, 1) as further:
            # The twenty-first of an address is not waited for.
            assert further[0].recv(100) == b""
            assert time.monotonic() - begun < 4
            assert [each.recv(100) for each in slow] == [b""] * 20
        assert time.monotonic() - begun < 20
        assert streamer.is_live
        assert not encoder.has_ended


def test_an_encoder_that_falls_silent_is_disconnected(server: Server) -> None:
    with streaming_as(server, "silenced") as silenced, sending(silenced) as encoder:
        until(lambda: silenced.is_live, 60)
        encoder.freeze()
        until(lambda: not silenced.is_live, 60)


@pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a browser: {CHROMIUM} is not there")
def test_the_studio_shows_the_encrypted_address_first(server: Server) -> None:
    with streaming_as(server, "studious") as studious, browsing() as tab:
        sign_in(tab, studious)
        access = studious.access
        for width in (1440, 768, 390):
            tab.resize(width)
            tab.open(f"{server.url}/studio/live")
            wait_for(tab, "!!document.querySelector('#obs-title ~ .copy-field')")
            fields = tab.ask(ENTERED)
            assert fields == [access["rtmps_url"], access["stream_key"], access["rtmp_url"]]
            assert tab.ask("document.documentElement.scrollWidth") <= width
            ensure_accessible(tab, f"the studio at {width}")


@pytest.mark.parametrize("change", ["no file", "another key"])
def test_a_server_with_a_bad_certificate_does_not_start(change: str) -> None:
    with readable_folder() as folder:
        shown, key = certificates.write(folder, "one.test")
        if change == "no file":
            shown.unlink()
            complaint = f"VEZA_LIVE_RTMPS_CERTIFICATE={shown} can't be read"
        else:
            key.write_bytes(certificates.issue("two.test")[1])
            complaint = "is not that of the certificate"
        settings = {
            "VEZA_LIVE_RTMP_PORT": str(free_port()),
            "VEZA_LIVE_RTMPS_PORT": str(free_port()),
            "VEZA_LIVE_RTMPS_CERTIFICATE": str(shown),
            "VEZA_LIVE_RTMPS_KEY": str(key),
        }
        with (
            pytest.raises(AssertionError, match=re.escape(complaint)),
            served("--workers", "1", "--with-live", **settings),
        ):
            pass
