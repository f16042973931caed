"""A gibibyte goes up, and the process that takes it grows by no more than 64 MiB."""

import hashlib
import struct
from pathlib import Path

import pytest

from tests.cluster.through import served
from tests.journeys.served import calling, memory_kib, sign_up
from tests.journeys.stored import hash_stored

SIZE = 1024**3
PIECE = 256 * 1024
GROWTH_MIB = 64


def pieces():
    """A valid WAV of a gibibyte, an hour and forty minutes of noise, piece by piece."""
    form = struct.pack("<HHIIHH", 1, 2, 44_100, 44_100 * 4, 4, 16)
    riff = b"RIFF" + struct.pack("<I", SIZE - 8) + b"WAVEfmt " + struct.pack("<I", 16)
    head = riff + form + b"data" + struct.pack("<I", SIZE - 44)
    noise = hashlib.shake_128(b"noise").digest(PIECE)
    yield head + noise[len(head) :]
    for _ in range(SIZE // PIECE - 1):
        yield noise


def form(digest):
    yield b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nAn hour of noise\r\n'
    yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="noise.wav"\r\n\r\n'
    for piece in pieces():
        digest.update(piece)
        yield piece
    yield b"\r\n--b--\r\n"


@pytest.mark.long
@pytest.mark.parametrize("is_announced", [True, False], ids=["announced", "in chunks"])
def test_a_gibibyte_does_not_grow_the_process_that_takes_it(is_announced, record_property):
    # Without the job worker: what is measured is the way in.
    with (
        served("--workers", "1", "--no-worker") as server,
        calling(server, sign_up(server, "patient")) as client,
    ):
        (worker,) = server.http_workers()
        # From here on the kernel counts the highest point anew.
        Path(f"/proc/{worker}/clear_refs").write_text("5")
        before = memory_kib(worker, "VmHWM")
        digest = hashlib.sha256()
        length = {"content-length": str(sum(len(p) for p in form(digest)))} if is_announced else {}
        digest = hashlib.sha256()

        answer = client.post(
            "tracks",
            headers={"content-type": "multipart/form-data; boundary=b"} | length,
            content=form(digest),
            timeout=600,
        )

        assert answer.status_code == 201, answer.text
        assert server.http_workers() == [worker]
        growth = (memory_kib(worker, "VmHWM") - before) / 1024
        record_property("growth_mib", growth)
        print(f"From {before / 1024:.0f} MiB it grew by {growth:.1f} MiB.")
        track_id = answer.json()["data"]["id"]
        assert hash_stored(server, f"tracks/{track_id}/original") == digest.digest()
        assert growth < GROWTH_MIB
