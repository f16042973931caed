"""A stream of a real encoder becomes a track, whatever is killed meanwhile."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from tests import sounds
from tests.encoders import encoding, needs_nginx
from tests.journeys.served import (
    Server,
    calling,
    free_port,
    kill_if_there,
    served,
    sign_up,
    until,
    wait_for_track,
)

type Json = dict[str, Any]

pytestmark = [pytest.mark.long, needs_nginx]


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    settings = {"VEZA_LIVE_RTMP_PORT": str(free_port()), "VEZA_LOG_LEVEL": "debug"}
    with served("--workers", "1", "--with-live", **settings) as started:
        yield started


def ask(client: httpx.Client, method: str, path: str, **options: Any) -> Json:
    answer = client.request(method, path, **options)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()["data"]


def test_what_an_encoder_sent_becomes_a_track(server: Server, tmp_path: Path) -> None:
    token = sign_up(server, "vera")
    with calling(server, token) as vera:
        access = ask(vera, "GET", "live/streams/me/key")
        url = f"{access['rtmp_url']}/{access['stream_key']}"
        [stream] = ask(vera, "GET", "live/streams/me")["streams"]
        path = f"live/streams/{stream['id']}"
        ask(vera, "PUT", path, json={"title": "Dusk till dub"})
        recording_id = ask(vera, "POST", f"{path}/recording")["id"]

        def recording() -> Json:
            return ask(vera, "GET", f"live/recordings/{recording_id}")

        def is_live() -> bool:
            return ask(vera, "GET", path)["is_live"]

        with encoding(url) as encoder:
            until(is_live, 60)
            until(lambda: recording()["duration_ms"] > 15_000, 60)
            kill_if_there(server.processes_named("veza worker ")[0])
            ask(vera, "POST", f"{path}/marks", json={"title": "Second half"})
            before = recording()["duration_ms"]
            until(lambda: recording()["duration_ms"] > before + 15_000, 90)
            encoder.kill()
        until(lambda: not is_live(), 30)
        with encoding(url):
            until(is_live, 60)
            until(lambda: recording()["duration_ms"] > before + 40_000, 90)
            ingest = server.processes_named("nginx: master ")
            kill_if_there(ingest[0])
            until(lambda: server.processes_named("nginx: master ") not in ([], ingest), 60)
        ask(vera, "POST", f"{path}/end")
        until(lambda: recording()["state"] == "ready", 60)
        done = recording()
        [chapter] = done["chapters"]
        assert abs(chapter["start_ms"] - before) < 25_000
        cut = {"start_ms": 2_000, "end_ms": done["duration_ms"] - 2_000}
        ask(vera, "PUT", f"live/recordings/{recording_id}", json=cut)
        track_id = ask(vera, "POST", f"live/recordings/{recording_id}/publish")["track_id"]
        track = wait_for_track(vera, track_id)
        expected = (cut["end_ms"] - cut["start_ms"]) / 1000
        assert track["duration_seconds"] == pytest.approx(expected, abs=0.2)
        heard = listen(vera, track_id, tmp_path / "heard")
    # The tone is there from the beginning to the end: the break of the encoder is cut out.
    loud = np.abs(heard[:, 0])
    pieces = loud[: len(loud) // sounds.RATE * sounds.RATE].reshape(-1, sounds.RATE)
    assert len(pieces) == pytest.approx(expected, abs=1.1)
    assert pieces.max(axis=1).min() > 0.05


def listen(client: httpx.Client, track_id: str, path: Path) -> sounds.Samples:
    answer = client.get(f"tracks/{track_id}/stream")
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    return sounds.read(path)
