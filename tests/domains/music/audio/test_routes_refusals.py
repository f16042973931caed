"""Uploads that are refused, break off, or turn out to be nothing: nothing of them stays."""

import asyncio
import re
import struct
from pathlib import Path

import pytest

from tests import sounds
from tests.domains.music.audio.storage_steps import files_of
from veza.app.api import wrap

NOTHING_LEFT = "nothing half-made stays"

BROKEN = {
    "no boundary in the header": ("multipart/form-data", b"--b--\r\n", 415),
    "no form at all": ("application/json", b"{}", 415),
    "nothing said of the kind": ("", b"hello", 415),
    "an empty body": ("multipart/form-data; boundary=b", b"", 400),
    "another boundary": ("multipart/form-data; boundary=c", b"--b\r\n\r\n--b--\r\n", 400),
    "no end": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nA',
        400,
    ),
    "a part without a name": (
        "multipart/form-data; boundary=b",
        b"--b\r\nContent-Type: text/plain\r\n\r\nA\r\n--b--\r\n",
        400,
    ),
    "headers without end": (
        "multipart/form-data; boundary=b",
        b"--b\r\nContent-Disposition: " + b"x" * 9000,
        400,
    ),
    "too many parts": (
        "multipart/form-data; boundary=b",
        b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nA\r\n' * 60 + b"--b--\r\n",
        400,
    ),
    "noise": ("multipart/form-data; boundary=b", bytes(range(256)) * 40, 400),
}


@pytest.mark.parametrize("what", BROKEN)
async def test_a_broken_form_is_refused(client, creator, traces, what):
    kind, body, status = BROKEN[what]
    before = await traces()

    answer = await client.post(
        "tracks", headers=creator.headers | {"content-type": kind}, content=body
    )

    assert answer.status_code == status, answer.text
    assert await traces() == before, NOTHING_LEFT


@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
async def test_a_form_that_breaks_off_within_the_file_is_refused(
    client, creator, wav, traces, share
):
    before = await traces()
    request = client.build_request(
        "POST", "tracks", data={"title": "Half"}, files={"file": ("a.wav", wav.read_bytes())}
    )
    body = request.read()

    answer = await client.post(
        "tracks",
        headers=creator.headers | {"content-type": request.headers["content-type"]},
        content=body[: int(len(body) * share)],
    )

    assert answer.status_code == 400
    assert answer.json()["code"] == "broken_form"
    assert await traces() == before, NOTHING_LEFT


def scope_of(request, headers):
    """A connection as the server hands it over."""
    raw = {"content-type": request.headers["content-type"], "host": "veza.test"} | headers
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/api/v1/tracks",
        "raw_path": b"/api/v1/tracks",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in raw.items()],
        "client": ("127.0.0.1", 1234),
        "server": ("veza.test", 80),
    }


@pytest.mark.parametrize("ending", ["hangs up", "is broken off by the server"])
@pytest.mark.parametrize("size", [100_000, 20_000_000])
async def test_an_upload_that_ends_half_way_leaves_nothing(
    app, settings, client, creator, traces, ending, size
):
    before = await traces()
    sound = wav_header(data_bytes=2 * size) + bytes(2 * size)
    request = client.build_request(
        "POST", "tracks", data={"title": "Half"}, files={"file": ("a.wav", sound)}
    )
    body = request.read()
    half = [body[at : at + 65_536] for at in range(0, len(body) // 2, 65_536)]
    is_at_half, answered = asyncio.Event(), []

    async def receive():
        if half:
            return {"type": "http.request", "body": half.pop(0), "more_body": True}
        is_at_half.set()
        if ending == "hangs up":
            return {"type": "http.disconnect"}
        return await asyncio.Event().wait()

    async def send(message):
        answered.append(message)

    scope = scope_of(request, creator.headers)
    serving = asyncio.ensure_future(wrap(app, settings)(scope, receive, send))
    await is_at_half.wait()
    if ending != "hangs up":
        serving.cancel()
    await asyncio.wait([serving])

    assert await traces() == before, NOTHING_LEFT
    assert not any(message.get("status") == 201 for message in answered)


def wav_header(*, data_bytes, rate=44_100, channels=2, bits=16):
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", 1, channels, rate, rate * block, block, bits)
    riff = b"RIFF" + struct.pack("<I", 36 + data_bytes) + b"WAVEfmt " + struct.pack("<I", 16)
    return riff + form + b"data" + struct.pack("<I", data_bytes)


async def test_more_than_is_taken_is_refused_before_it_comes(client, creator, settings, traces):
    before = await traces()
    request = client.build_request("POST", "tracks", files={"file": ("a.wav", b"x")})
    announced = str(settings.upload_max_bytes + 32 * 1024 * 1024)

    async def nothing():
        raise AssertionError("The body was asked for.")
        yield b""

    answer = await client.post(
        "tracks",
        headers=creator.headers
        | {"content-type": request.headers["content-type"], "content-length": announced},
        content=nothing(),
    )

    assert answer.status_code == 413
    assert await traces() == before, NOTHING_LEFT


@pytest.mark.parametrize("surplus", [0, 1])
async def test_a_file_without_announced_size_is_refused_as_soon_as_it_is_too_large(
    client, creator, settings, traces, surplus
):
    before = await traces()
    size = settings.upload_max_bytes + surplus
    head = wav_header(data_bytes=size - 44)

    async def body():
        yield b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nLarge\r\n'
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
        yield head
        left = size - len(head)
        while left:
            piece = min(left, 1024 * 1024)
            yield bytes(piece)
            left -= piece
        yield b"\r\n--b--\r\n"

    headers = creator.headers | {"content-type": "multipart/form-data; boundary=b"}
    answer = await client.post("tracks", headers=headers, content=body())

    if surplus:
        assert answer.status_code == 413
        assert answer.json()["code"] == "file_too_large"
        assert await traces() == before, NOTHING_LEFT
    else:
        assert answer.status_code == 201, answer.text
        track_id = answer.json()["data"]["id"]
        await client.delete(f"tracks/{track_id}", headers=creator.headers)


@pytest.mark.long
async def test_a_truncated_flac_fails_with_a_reason_for_people(
    upload, client, creator, services, work, folder
):
    whole = sounds.write(folder / "whole.flac", sounds.noise(4)).read_bytes()

    track_id = (await upload(whole[: len(whole) // 2])).json()["data"]["id"]
    await work()

    track = (await client.get(f"tracks/{track_id}", headers=creator.headers)).json()["data"]
    assert track["status"] == "failed"
    assert re.fullmatch(
        r"The file breaks off after [12]\.\d of 4\.0 seconds\.", track["failure_reason"]
    )
    assert files_of(services, track_id) == {"original"}
    assert (await client.get(f"tracks/{track_id}")).status_code == 404
    stream = await client.get(f"tracks/{track_id}/stream", headers=creator.headers)
    assert stream.status_code == 409


def flac_of_forty_hours(folder: Path) -> bytes:
    """A short FLAC whose header says that it lasts forty hours."""
    flac = bytearray(sounds.write(folder / "short.flac", sounds.silence(1)).read_bytes())
    # 36 bits that count the samples end the 18th byte of STREAMINFO, which starts at 8.
    count = 40 * 3600 * sounds.RATE
    flac[21] = flac[21] & 0xF0 | count >> 32
    flac[22:26] = (count & 0xFFFF_FFFF).to_bytes(4)
    return bytes(flac)


@pytest.mark.parametrize("kind", ["wav", "flac"])
async def test_forty_hours_of_silence_in_a_mebibyte_are_refused(
    upload, client, creator, services, work, folder, kind
):
    if kind == "wav":
        head = wav_header(data_bytes=40 * 3600 * 8000, rate=8000, channels=1, bits=8)
        sound = head + b"\x80" * (1024 * 1024)
    else:
        sound = flac_of_forty_hours(folder)

    answer = await upload(sound)
    await work()

    track_id = answer.json()["data"]["id"]
    track = (await client.get(f"tracks/{track_id}", headers=creator.headers)).json()["data"]
    assert track["status"] == "failed"
    assert track["failure_reason"] == (
        "It lasts longer than 6 hours, which is the most that is accepted."
    )
    assert files_of(services, track_id) == {"original"}
