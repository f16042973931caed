"""The whole road over real sockets: sign up, upload, wait, and listen in every way there is."""

import threading
import time
from contextlib import ExitStack
from pathlib import Path

import httpx
import numpy as np
import pytest

from tests import sounds
from tests.journeys.served import (
    calling,
    named_in,
    sign_up,
    until,
    upload,
    wait_for_track,
)

SECONDS = {"flac": 13.0, "mp3": 7.0, "wav": 5.0}


@pytest.fixture(scope="module")
def tracks(server, token, folder):
    """A ramp as FLAC, a tone as MP3, and the tone of loudness meters as WAV: ready."""
    signals = {
        "flac": sounds.ramp(SECONDS["flac"]),
        "mp3": sounds.sine(SECONDS["mp3"]),
        "wav": sounds.minus_23_lufs(SECONDS["wav"]),
    }
    with calling(server, token) as client:
        made = {
            kind: upload(client, sounds.write(folder / f"sound.{kind}", signal))
            for kind, signal in signals.items()
        }
        return {kind: wait_for_track(client, track_id) for kind, track_id in made.items()}


@pytest.mark.long
@pytest.mark.parametrize("kind", SECONDS)
def test_each_upload_becomes_ready_with_its_facts(tracks, kind):
    track = tracks[kind]

    assert (track["status"], track["failure_reason"]) == ("ready", None)
    assert track["format"] == kind
    assert track["duration_seconds"] == pytest.approx(SECONDS[kind], abs=0.06)
    assert (track["sample_rate"], track["channels"]) == (44_100, 2)


@pytest.mark.long
def test_the_tone_of_loudness_meters_is_as_loud_as_it_should_be(tracks):
    assert tracks["wav"]["loudness_lufs"] == pytest.approx(-23, abs=0.5)


@pytest.mark.long
def test_the_waveform_is_the_signal_s(server, tracks):
    answer = httpx.get(tracks["flac"]["waveform_url"])

    peaks = np.array(answer.json()["data"]["peaks"])
    assert np.max(np.abs(peaks - np.arange(1, 1001) / 1000)) < 0.01


@pytest.mark.long
@pytest.mark.parametrize("kind", SECONDS)
def test_every_segment_of_the_ladder_decodes_to_its_length(server, tracks, kind, tmp_path):
    url = httpx.URL(tracks[kind]["hls_url"])
    master = httpx.get(url)
    variants = [line for line in master.text.splitlines() if line and not line.startswith("#")]
    assert variants == ["128k/index.m3u8", "256k/index.m3u8"]

    for variant in variants:
        index_url = url.join(variant)
        (init, _), *segments = named_in(httpx.get(index_url).text)
        begin = httpx.get(index_url.join(init)).content
        lengths = []
        for name, said in segments:
            part = tmp_path / "part.mp4"
            part.write_bytes(begin + httpx.get(index_url.join(name)).content)
            lengths.append(len(sounds.read(part)) / sounds.RATE)
            assert lengths[-1] == pytest.approx(said, abs=0.06), (variant, name)
        assert sum(lengths) == pytest.approx(SECONDS[kind], abs=0.1)


@pytest.mark.long
@pytest.mark.parametrize("kind", SECONDS)
def test_ranges_are_bit_exact_against_what_is_served_whole(server, token, tracks, kind):
    with calling(server, token) as owner, calling(server) as somebody:
        for client in (owner, somebody):
            path = f"tracks/{tracks[kind]['id']}/stream"
            whole = client.get(path).content
            size = len(whole)
            for asked, expected in {
                "bytes=0-0": whole[:1],
                "bytes=1-70000": whole[1:70_001],
                f"bytes={size // 2}-": whole[size // 2 :],
                "bytes=-777": whole[-777:],
                f"bytes={size - 1}-{size + 99}": whole[-1:],
            }.items():
                part = client.get(path, headers={"range": asked})
                assert part.status_code == 206
                assert part.content == expected, asked
            beyond = client.get(path, headers={"range": f"bytes={size}-"})
            assert beyond.status_code == 416
            # The connection is in order after all that.
            assert client.get(path).content == whole


@pytest.mark.long
def test_what_is_served_to_its_owner_is_what_was_sent(server, token, tracks, folder):
    with calling(server, token) as client:
        for kind, track in tracks.items():
            sent = (folder / f"sound.{kind}").read_bytes()
            assert client.get(f"tracks/{track['id']}/stream").content == sent
            assert client.get(f"tracks/{track['id']}/download").content == sent


@pytest.mark.long
def test_a_refused_upload_says_why_while_it_is_still_being_sent(server, token):
    """A text of 20 MiB called .mp3: the answer comes, whatever the client is still sending."""
    with calling(server, token) as client:
        for _ in range(3):
            text = b"This is no sound at all. " * 800_000
            files = {"file": ("song.mp3", text)}
            answer = client.post("tracks", data={"title": "A text"}, files=files)
            assert answer.status_code == 415
            assert answer.json()["code"] == "not_audio"


def workers_behind(server, clients):
    """The processes at the other end of these clients' connections."""
    ports = set()
    for client in clients:
        connection = client._transport._pool.connections[0]._connection
        stream = connection._network_stream
        ports.add(stream.get_extra_info("client_addr")[1])
    inodes = set()
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        mine, other = (int(address.split(":")[1], 16) for address in fields[1:3])
        if mine == server.port and other in ports:
            inodes.add(f"socket:[{fields[9]}]")
    found = set()
    for pid in server.http_workers():
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            try:
                if str(descriptor.readlink()) in inodes:
                    found.add(pid)
            except OSError:
                continue
    return found


def test_a_logout_is_refused_by_every_process_within_a_second(server):
    token = sign_up(server, "leaver")
    with ExitStack() as stack:
        clients = []
        # The processes accept from one queue: it is left to chance which one takes a connection.
        while len(clients) < 16 or workers_behind(server, clients) != set(server.http_workers()):
            assert len(clients) < 200
            clients.append(stack.enter_context(calling(server, token)))
            assert clients[-1].get("users/me").status_code == 200
        assert workers_behind(server, clients) == set(server.http_workers())
        assert len(server.http_workers()) == 2

        assert clients[0].post("auth/logout").status_code == 200
        ended = time.monotonic()
        # By the number of the client: when its last request that was answered had been sent.
        refused: dict[int, float] = {}

        def ask(number):
            answered_s = 0.0
            while (asked_s := time.monotonic() - ended) < 20:
                if clients[number].get("users/me").status_code == 401:
                    refused[number] = answered_s
                    return
                answered_s = asked_s

        threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(clients))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(refused) == len(clients)
    # The promise is one of time, so here it is measured; how long an answer takes is no part of it.
    assert max(refused.values()) < 1


@pytest.mark.long
def test_a_deleted_track_is_gone_with_its_files(server, token, folder):
    with calling(server, token) as client:
        track_id = upload(client, sounds.write(folder / "short.wav", sounds.sine(1)))
        wait_for_track(client, track_id)
        place = server.data_dir / "media" / "tracks" / track_id
        assert place.exists()

        assert client.delete(f"tracks/{track_id}").status_code == 200
        assert client.get(f"tracks/{track_id}").status_code == 404
        until(lambda: not place.exists(), 60)
