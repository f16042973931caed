"""A release is bought and downloaded as a ZIP, though the worker that builds it is killed."""

import io
import os
import signal
import zipfile

import httpx
import mutagen
import pytest

from tests import sounds
from tests.cluster.through import served
from tests.journeys.served import calling, sign_up, until, upload, wait_for_track
from tests.journeys.stored import list_stored

pytestmark = pytest.mark.long


def _create(client, path, **form):
    answer = client.post(path, json=form)
    assert answer.status_code in {201, 202}, answer.text
    return answer.json()["data"]


def _buy(client, product_id):
    form = {"items": [{"product_id": product_id, "quantity": 1}]}
    answer = client.post("marketplace/orders", json=form, headers={"Idempotency-Key": "one"})
    assert answer.json()["data"]["status"] == "paid", answer.text


def test_an_archive_is_finished_after_its_worker_was_killed(tmp_path):
    # As long as it takes for the worker to be found in the middle of it.
    sound = sounds.write(tmp_path / "Prelude.flac", sounds.noise(90))
    with served("--workers", "1") as server:
        with calling(server, sign_up(server, "seller")) as client:
            track_id = upload(client, sound)
            assert wait_for_track(client, track_id)["status"] == "ready"
            tracks = [{"track_id": track_id}]
            release = _create(
                client, "releases", title="Night Ferry", tracks=tracks, visibility="public"
            )
            product = _create(
                client,
                "marketplace/products",
                title="Night Ferry",
                type="album",
                price_cents=0,
                licence="Personal use.",
                release_id=release["id"],
                status="published",
            )
        with calling(server, sign_up(server, "buyer")) as client:
            _buy(client, product["id"])
            path = f"marketplace/products/{product['id']}/archives"
            _create(client, path, format="mp3_320")

            def find_archive():
                shown = client.get(path).json()["data"]["archives"]
                return next(each for each in shown if each["format"] == "mp3_320")

            found: list[int] = []

            def is_building():
                found.extend(server.workers_running("ffmpeg"))
                return found

            until(is_building, 60, lambda: server.log[-3000:])
            os.kill(found[0], signal.SIGKILL)
            assert find_archive()["status"] == "building"
            until(lambda: find_archive()["status"] == "ready", 120, lambda: server.log[-3000:])
            archive = find_archive()
            answer = httpx.get(archive["url"], timeout=60)

        assert len(answer.content) == archive["size_bytes"]
        opened = zipfile.ZipFile(io.BytesIO(answer.content))
        assert opened.testzip() is None
        read = mutagen.File(io.BytesIO(opened.read("01 Prelude.mp3")), easy=True)
        assert (read["title"], read["album"]) == (["Prelude"], ["Night Ferry"])
        assert abs(read.info.length - 90) < 0.1
        assert len(list_stored(server, "archives")) == 1
        server.ensure_storage_is_right()
