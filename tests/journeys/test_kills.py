"""What is killed comes back, what was acknowledged is there, and nothing stays running behind."""

import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests import sounds
from tests.journeys.served import (
    Server,
    calling,
    free_port,
    kill_if_there,
    prepared,
    processes_of,
    served,
    sign_up,
    until,
    upload,
    wait_for_track,
)

pytestmark = pytest.mark.long


def run_to_its_end(server: Server, *options: str, **settings: str) -> tuple[int, str]:
    """Run `veza serve` where it can't; give its exit code and what it says."""
    done = subprocess.run(
        [*server.command(), *options],
        env=server.environment() | settings,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.decode()


def test_a_second_server_on_the_same_folder_ends_with_a_clear_sentence(server):
    code, words = run_to_its_end(server, "--port", str(free_port()))

    assert code == 1
    assert words.strip().splitlines()[-1] == (
        f"veza: Another Veza (process {server.pid}) uses the data directory {server.data_dir}. "
        "Stop it, or set VEZA_DATA_DIR to another directory."
    )
    with calling(server) as client:
        assert client.get("tracks").status_code == 200


def test_a_port_in_use_ends_with_a_clear_sentence(server, tmp_path):
    code, words = run_to_its_end(server, VEZA_DATA_DIR=str(tmp_path / "data"))

    assert code == 1
    assert words.strip().splitlines()[-1].startswith(f"veza: Port {server.port} on 127.0.0.1 can't")
    assert processes_of(tmp_path / "data") == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("VEZA_WORKERS", "many"),
        ("VEZA_ENV", "staging"),
        ("VEZA_JWT_SECRET", "short"),
        ("VEZA_TRUSTED_PROXIES", "everybody"),
        ("VEZA_DATABASE_URL", "nonsense"),
        ("VEZA_VALKEY_URL", "nonsense"),
        ("VEZA_STORAGE_URL", "nonsense"),
        ("VEZA_STORAGE_URL", "s3://"),
        ("VEZA_PUBLIC_URL", "example.com"),
        ("VEZA_CORS_ORIGINS", "https://example.com/path"),
        ("VEZA_FFMPEG", "/nowhere/ffmpeg"),
        ("VEZA_UPLOAD_MAX_BYTES", "2 GB"),
    ],
)
def test_a_wrong_setting_ends_with_its_name(tmp_path, name, value):
    server = Server(tmp_path)

    code, words = run_to_its_end(server, **{name: value})

    assert code == 1
    last = words.strip().splitlines()[-1]
    assert last.startswith("veza: ")
    assert name in last
    assert "Traceback" not in words
    assert server.processes() == {}


def test_a_first_admin_that_can_not_be_ends_the_start():
    with prepared() as server:
        settings = {"VEZA_ADMIN_EMAIL": "nonsense", "VEZA_ADMIN_PASSWORD": "long enough, this one"}
        code, words = run_to_its_end(server, **settings)

        assert code == 1
        assert "VEZA_ADMIN_EMAIL" in words.strip().splitlines()[-1]
        assert server.processes() == {}


def keep_asking(server: Server, seconds: float) -> list[int | str]:
    """Ask again and again, each time over a connection of its own; give all that came back."""
    answers: list[int | str] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with calling(server) as client:
                answers.append(client.get("tracks").status_code)
        except httpx.TransportError as error:
            answers.append(type(error).__name__)
        time.sleep(0.02)
    return answers


def test_a_killed_http_process_comes_back_and_the_service_goes_on():
    with served("--workers", "2") as server:
        killed, kept = server.http_workers()
        os.kill(killed, signal.SIGKILL)

        # What the other one takes is answered all the while.
        answers = keep_asking(server, 3)
        until(lambda: len(server.http_workers()) == 2, 60, lambda: server.log[-3000:])

        assert killed not in server.http_workers()
        assert kept in server.http_workers()
        assert answers.count(200) > len(answers) / 2
        assert set(keep_asking(server, 2)) == {200}


def test_all_come_back_if_the_process_that_forked_them_is_killed():
    with served("--workers", "2") as server:
        first = {*server.http_workers(), *server.processes_named("veza worker ")}
        assert len(first) == 3
        (prefork,) = server.processes_named("veza prefork ")
        os.kill(prefork, signal.SIGKILL)

        until(lambda: not first & server.processes().keys(), 60, lambda: server.log[-3000:])
        until(lambda: len(server.http_workers()) == 2, 60, lambda: server.log[-3000:])
        until(lambda: server.processes_named("veza worker "), 60, lambda: server.log[-3000:])
        server.wait_until_ready()
        assert set(keep_asking(server, 1)) == {200}


def test_a_request_in_flight_is_finished_before_the_server_stops(tmp_path):
    sound = sounds.write(tmp_path / "tone.wav", sounds.sine(2)).read_bytes()
    half, is_half_way, may_go_on = len(sound) // 2, threading.Event(), threading.Event()
    answers: list[httpx.Response] = []

    def body():
        yield b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nIn flight\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        yield sound[:half]
        is_half_way.set()
        assert may_go_on.wait(60)
        yield sound[half:]
        yield b"\r\n--b--\r\n"

    with served("--workers", "1") as server:
        token = sign_up(server, "persistent")

        def post():
            with calling(server, token) as client:
                kind = {"content-type": "multipart/form-data; boundary=b"}
                answers.append(client.post("tracks", headers=kind, content=body()))

        posting = threading.Thread(target=post)
        posting.start()
        assert is_half_way.wait(60)
        server.terminate()
        until(lambda: "stopping" in server.log, 60)
        time.sleep(1)
        may_go_on.set()
        posting.join(60)
        server.ensure_stopped()

        assert [answer.status_code for answer in answers] == [201], server.log[-3000:]
        # And what was answered is there at the next start: processed, too.
        server.start()
        with calling(server, token) as client:
            track = wait_for_track(client, answers[0].json()["data"]["id"])
        assert (track["title"], track["status"]) == ("In flight", "ready")


def test_a_track_is_processed_though_the_worker_is_killed_in_the_middle(folder):
    source = sounds.write(folder / "long.wav", sounds.noise(80))
    with served("--workers", "1") as server:
        token = sign_up(server, "unlucky")
        with calling(server, token) as client:
            track_id = upload(client, source)
            until(lambda: server.processes_named("ffmpeg"), 60, lambda: server.log[-3000:])
            (worker,) = server.processes_named("veza worker ")
            os.kill(worker, signal.SIGKILL)
            # What it had started dies with it.
            until(lambda: not server.processes_named("ffmpeg"), 2)
            assert client.get(f"tracks/{track_id}").json()["data"]["status"] == "processing"

            track = wait_for_track(client, track_id, 240)

        assert (track["status"], track["failure_reason"]) == ("ready", None)
        assert track["duration_seconds"] == pytest.approx(80, abs=0.1)
        assert "process_ended" in server.log


def test_a_killed_database_comes_back_with_all_that_was_acknowledged():
    with served("--workers", "2") as server:
        token = sign_up(server, "steadfast")
        acknowledged: list[str] = []
        stop = threading.Event()

        def write():
            with calling(server, token) as client:
                number = 0
                while not stop.is_set():
                    number += 1
                    try:
                        answer = client.put("users/me", json={"bio": f"word {number}"})
                    except httpx.TransportError:
                        continue
                    if answer.status_code == 200:
                        acknowledged.append(f"word {number}")

        writing = threading.Thread(target=write)
        writing.start()
        try:
            until(lambda: len(acknowledged) > 20, 60)
            before = len(acknowledged)
            os.kill(postmaster_of(server), signal.SIGKILL)
            # It comes back by itself, under the same processes.
            until(lambda: len(acknowledged) > before + 20, 90, lambda: server.log[-3000:])
        finally:
            stop.set()
            writing.join()

        with calling(server, token) as client:
            assert client.get("users/me").json()["data"]["bio"] == acknowledged[-1]
        until(lambda: httpx.get(f"{server.url}/readyz").json()["data"]["status"] == "ready", 60)


def postmaster_of(server: Server) -> int:
    pid_file = next((server.data_dir / "engines").rglob("postmaster.pid"))
    return int(pid_file.read_text().splitlines()[0])


def test_after_the_supervisor_is_killed_nothing_runs_on_and_the_next_start_finds_all(folder):
    source = sounds.write(folder / "brief.wav", sounds.sine(1))
    with prepared("--workers", "2") as server:
        server.start()
        token = sign_up(server, "survivor")
        with calling(server, token) as client:
            track_id = upload(client, source)
            wait_for_track(client, track_id)
            for _ in range(3):
                server_dies_amid_writes(server, token, track_id)
                assert client.get(f"tracks/{track_id}/stream").content == source.read_bytes()
        server.stop()


def server_dies_amid_writes(server: Server, token: str, track_id: str) -> None:
    """Kill the supervisor while comments are written; each that was acknowledged must be there."""
    acknowledged: list[str] = []
    is_over = threading.Event()

    def write() -> None:
        with calling(server, token) as client:
            while not is_over.is_set():
                try:
                    answer = client.post(f"tracks/{track_id}/comments", json={"content": "Here"})
                except httpx.TransportError:
                    return
                if answer.status_code == 201:
                    acknowledged.append(answer.json()["data"]["id"])

    writing = threading.Thread(target=write)
    writing.start()
    until(lambda: len(acknowledged) > 20, 60)
    server.kill()
    until(lambda: not server.processes(), 60, lambda: f"Still there: {server.processes()}")
    is_over.set()
    writing.join(60)
    server.start()
    with calling(server, token) as client:
        found: set[str] = set()
        cursor = ""
        while True:
            page = client.get(f"tracks/{track_id}/comments?limit=100{cursor}").json()["data"]
            found |= {said["id"] for said in page["comments"]}
            if not page["has_more"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
        shown = client.get(f"tracks/{track_id}").json()["data"]
    assert set(acknowledged) <= found
    assert shown["comments_count"] == len(found)


def test_everything_killed_at_once_comes_up_again(folder):
    source = sounds.write(folder / "all.wav", sounds.sine(1))
    with prepared("--workers", "2") as server:
        server.start()
        token = sign_up(server, "phoenix")
        with calling(server, token) as client:
            # Acknowledged, and not yet processed.
            made = [upload(client, source, title=f"Number {number}") for number in range(3)]
        for pid in server.processes():
            # Some die with their parent before their own turn comes.
            kill_if_there(pid)
        server.kill()
        until(lambda: not server.processes(), 60)

        server.start()
        with calling(server, token) as client:
            for track_id in made:
                assert wait_for_track(client, track_id)["status"] == "ready"
        server.stop()
    assert not Path(server.data_dir).exists()
