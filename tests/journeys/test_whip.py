"""Going live by WHIP, on real processes: ffmpeg and aiortc as encoders, and faults."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import sounds
from tests.encoders import needs_nginx
from tests.journeys.served import Server, free_port, served, until
from tests.journeys.ways_in_steps import casting, find_pitch, is_on_air, streaming_as, suspend
from tests.journeys.whip_steps import WhipClient, post, publishing, sending_whip

pytestmark = [pytest.mark.long, needs_nginx]

WRONG = "live_" + "x" * 43


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = {
        "VEZA_LIVE_RTMP_PORT": str(free_port()),
        "VEZA_LIVE_ICECAST_PORT": str(free_port()),
        "VEZA_LIVE_WHIP_PORT": str(free_port()),
        "VEZA_LOG_LEVEL": "debug",
    }
    with served("--workers", "1", "--with-live", **settings) as running:
        yield running


def test_ffmpeg_is_heard_for_as_long_as_it_sends_in_both_roles_of_dtls(
    server: Server, tmp_path: Path
) -> None:
    with streaming_as(server, "passive") as passive, streaming_as(server, "active") as active:
        url = passive.access["whip_url"]
        with (
            sending_whip(url, passive.key, seconds=12) as one,
            sending_whip(url, active.key, "-whip_flags", "dtls_active", seconds=12) as other,
        ):
            until(lambda: passive.is_live and active.is_live, 60)
            commands = " ".join(
                line for line in server.processes().values() if "-authorization" not in line
            )
            until(lambda: one.has_ended and other.has_ended, 60)
            told = (one.complaints() + other.complaints()).splitlines()
            # It complains of any answer to DELETE.
            assert [line for line in told if "response from DELETE" not in line] == []
        until(lambda: not passive.is_live and not active.is_live, 60)
        for each in (passive, active):
            assert each.key not in commands
            samples = sounds.read(each.fetch(tmp_path / each.name))
            assert len(samples) / sounds.RATE == pytest.approx(12, abs=2)
            assert find_pitch(samples) == pytest.approx(1000, abs=2)


def test_aiortc_is_heard_and_ends_by_delete(server: Server, tmp_path: Path) -> None:
    with streaming_as(server, "deleted") as member, publishing(member) as client:
        answer = client.answer
        assert answer.status_code == 201, answer.text
        assert answer.headers["content-type"].startswith("application/sdp")
        assert answer.headers["etag"] == f'"{client.session.rpartition("/")[2]}"'
        assert "a=ice-lite" in answer.text
        until(lambda: member.is_live, 60)
        until(lambda: len(member.segments) >= 3, 60)
        assert client.ask("DELETE") == 200
        until(lambda: client.state == "closed", 20)
        until(lambda: not member.is_live, 20)
        assert find_pitch(sounds.read(member.fetch(tmp_path / "of"))) == pytest.approx(1000, abs=2)
        assert client.ask("DELETE") == 404


def test_candidates_are_taken_and_ice_is_not_restarted(server: Server) -> None:
    with streaming_as(server, "trickling") as member, publishing(member) as client:
        [mine] = {line for line in client.offer().splitlines() if line.startswith("a=ice-ufrag:")}
        kind = {"content-type": "application/trickle-ice-sdpfrag"}
        theirs = f"{mine}\r\n"
        # That offer was another one.
        assert client.ask("PATCH", headers=kind, content=theirs) == 422
        assert client.ask("PATCH", headers=kind, content="x") == 422
        assert client.ask("PATCH", content=theirs) == 415
        assert client.ask("PATCH", headers=kind | {"if-match": '"other"'}, content=theirs) == 412
        assert client.ask("DELETE", headers={"authorization": f"Bearer {WRONG}"}) == 403
        assert client.ask("DELETE") == 200


def test_another_key_an_end_and_a_suspension_cut_off(server: Server) -> None:
    with streaming_as(server, "cut") as cut, streaming_as(server, "admin_of_cuts") as admin:
        with publishing(cut) as client:
            until(lambda: cut.is_live, 60)
            old, cut.access = (
                cut.key,
                cut.client.post("live/streams/me/key/regenerate").json()["data"],
            )
            began = time.monotonic()
            until(lambda: client.state == "closed", 20)
            # The API is asked each second and a half.
            assert time.monotonic() - began < 5
            until(lambda: not cut.is_live, 20)
            assert post(cut.access["whip_url"], old, client.offer()).status_code == 403
        with publishing(cut) as client:
            until(lambda: cut.is_live, 60)
            assert cut.client.post(f"live/streams/{cut.stream_id}/end").status_code == 200
            until(lambda: client.state == "closed", 20)
        with publishing(cut) as client:
            until(lambda: is_on_air(cut), 60)
            suspend(server, cut, admin)
            until(lambda: client.state == "closed", 20)
            assert not is_on_air(cut)


def test_one_key_admits_one_encoder(server: Server) -> None:
    with streaming_as(server, "twice") as twice:
        with publishing(twice) as first:
            until(lambda: twice.is_live, 60)
            with publishing(twice) as second:
                assert second.answer.status_code == 403
                assert second.answer.json()["code"] == "already_publishing"
            with casting(twice.icecast()) as second:
                until(lambda: second.has_ended, 20)
            assert first.state == "connected"
            assert twice.is_live
        # A page that is left says so.
        until(lambda: not twice.is_live, 20)
        with casting(twice.icecast()):
            until(lambda: twice.is_live, 60)
            with publishing(twice) as second:
                assert second.answer.json()["code"] == "already_publishing"


def test_a_client_that_vanishes_is_disconnected_and_may_come_back(server: Server) -> None:
    with streaming_as(server, "gone") as gone:
        with sending_whip(gone.access["whip_url"], gone.key) as encoder:
            until(lambda: gone.is_live, 60)
            encoder.freeze()
            until(lambda: not gone.is_live, 60)
        assert gone.shown["status"] == "live"
        with publishing(gone):
            until(lambda: gone.is_live, 60)


def test_an_offer_that_nothing_follows_starts_nothing(server: Server) -> None:
    with streaming_as(server, "silent") as silent:
        client = WhipClient(silent.access["whip_url"], silent.key)
        try:
            offer = client.offer()
            answers = [post(silent.access["whip_url"], silent.key, offer) for _ in range(3)]
            assert [each.status_code for each in answers] == [201] * 3
            first, *_, last = (each.headers["location"] for each in answers)
            # The page was loaded again.
            client.answer = answers[0]
            until(lambda: client.ask("DELETE") == 404, 5)
            client.answer = answers[-1]
            assert first != last
            until(
                lambda: (
                    client.ask(
                        "PATCH",
                        headers={"content-type": "application/trickle-ice-sdpfrag"},
                        content="x",
                    )
                    == 404
                ),
                30,
            )
        finally:
            client.close()
        assert silent.shown["status"] == "draft"


def test_what_is_no_offer_is_refused(server: Server) -> None:
    with streaming_as(server, "garbage") as garbage:
        url = garbage.access["whip_url"]
        client = WhipClient(url, garbage.key)
        offer = client.offer()
        client.close()
        assert post(url, None, offer).status_code == 401
        assert post(url, garbage.key, offer, "text/plain").status_code == 415
        assert post(url, garbage.key, "x" * 40_000).status_code == 413
        # Each of these is a fault of this address, as are those of the tests before.
        until(lambda: post(url, garbage.key, "").status_code == 422, 70)
        film = offer.replace("m=audio", "m=video")
        statuses = [post(url, garbage.key, each).status_code for each in ("v=0", film)]
        assert statuses == [422] * 2
        assert post(url, WRONG, b"\xff").status_code == 422
        until(lambda: post(url, WRONG, offer).status_code == 429, 20)
        assert server.processes_named("ffmpeg") == []
