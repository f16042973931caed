"""Uploads over HTTP: each kind that is accepted, and each way in which a form can be wrong."""

import asyncio
import re
import struct
from pathlib import Path

import httpx
import pytest

from tests import make, sounds
from tests.domains.audio.conftest import files_of
from veza.app.api import wrap
from veza.app.worker import run_until_empty
from veza.core.access import Role

NOTHING_LEFT = "nothing half-made stays"


@pytest.fixture(scope="module")
async def uploaded(services, app, settings, creator, folder):
    """One track of each kind, uploaded over HTTP and processed: what came back, then and now."""
    answers = {}
    transport = httpx.ASGITransport(app=wrap(app, settings))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://veza.test/api/v1/"
    ) as client:
        for ending in sounds.ENDINGS:
            source = sounds.write(folder / f"kind{ending}", sounds.minus_23_lufs(2))
            # A name says nothing: none of these is a text.
            files = {"file": ("sound.txt", source.read_bytes())}
            form = {"title": f"As {ending}", "tags": "one, two", "visibility": "unlisted"}
            answers[ending] = await client.post(
                "tracks", headers=creator.headers, data=form, files=files
            )
        await run_until_empty(services)
        shown = {}
        for ending, answer in answers.items():
            track_id = answer.json()["data"]["id"]
            shown[ending] = (
                await client.get(f"tracks/{track_id}", headers=creator.headers)
            ).json()["data"]
    return answers, shown


@pytest.mark.parametrize("ending", sounds.ENDINGS)
def test_every_kind_is_taken_at_once_and_then_processed(uploaded, ending):
    answers, shown = uploaded

    assert answers[ending].status_code == 201
    first = answers[ending].json()["data"]
    assert (first["status"], first["stream_url"], first["duration_seconds"]) == (
        "processing",
        None,
        None,
    )
    assert (first["title"], first["tags"]) == (f"As {ending}", ["one", "two"])
    assert (first["visibility"], first["downloadable"]) == ("unlisted", False)
    track = shown[ending]
    assert (track["status"], track["failure_reason"]) == ("ready", None)


@pytest.mark.parametrize("ending", sounds.ENDINGS)
def test_every_kind_has_its_facts_right(uploaded, ending):
    track = uploaded[1][ending]

    assert track["format"] == ending[1:]
    # AAC in frames alone can't say that its encoder put silence before the sound.
    assert track["duration_seconds"] == pytest.approx(2, abs=0.1)
    assert track["channels"] == 2
    assert track["sample_rate"] == (48_000 if ending == ".opus" else 44_100)
    assert track["loudness_lufs"] == pytest.approx(-23, abs=0.5)
    assert track["true_peak_dbtp"] == pytest.approx(-23, abs=0.5)
    if ending in {".wav", ".aiff"}:
        assert track["bitrate"] == pytest.approx(44_100 * 16 * 2, rel=0.001)
    else:
        assert 20_000 < track["bitrate"] < 1_000_000


@pytest.mark.parametrize("ending", sounds.ENDINGS)
def test_every_kind_has_everything_made_of_it(services, uploaded, ending):
    track = uploaded[1][ending]

    files = files_of(services, track["id"])

    assert {"original", "stream.m4a", "preview.mp3", "hls/master.m3u8"} <= files
    assert {"hls/128k/index.m3u8", "hls/256k/s000.m4s", "hls/256k/init.mp4"} <= files
    for name in ("stream_url", "hls_url", "waveform_url", "preview_url"):
        assert "signature=" in track[name]


async def test_fields_may_come_before_or_after_the_file(client, creator, wav):
    for order in (["title", "genre", "file"], ["file", "title", "genre"], ["title", "file"]):
        parts = {
            "title": (None, "In any order"),
            "genre": (None, "dub"),
            "file": ("tone.wav", wav.read_bytes()),
        }
        answer = await client.post(
            "tracks", headers=creator.headers, files=[(name, parts[name]) for name in order]
        )
        assert answer.status_code == 201, answer.text
        assert answer.json()["data"]["title"] == "In any order"
        assert answer.json()["data"]["genre"] == ("dub" if "genre" in order else None)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ({"title": "  Two \n words "}, {"title": "Two words"}),
        ({"title": "🌊" * 200}, {"title": "🌊" * 200}),
        ({"tags": " tape,, drone ,TAPE"}, {"tags": ["TAPE", "drone"]}),
        ({"tags": ""}, {"tags": []}),
        ({"genre": " "}, {"genre": None}),
        ({"genre": "Dub"}, {"genre": "Dub"}),
        ({"visibility": "private"}, {"visibility": "private"}),
        ({"visibility": ""}, {"visibility": "public"}),
        ({"downloadable": "true"}, {"downloadable": True}),
        ({"downloadable": "0"}, {"downloadable": False}),
        ({"description": "At sea.\nIn fog."}, {"description": "At sea.\nIn fog."}),
        ({"likes_count": "1000", "status": "ready"}, {"likes_count": 0, "status": "processing"}),
    ],
)
async def test_a_form_is_taken_as_it_is_meant(upload, said, shown):
    answer = await upload(**said)

    assert answer.status_code == 201, answer.text
    track = answer.json()["data"]
    assert {name: track[name] for name in shown} == shown


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"title": None}, "title"),
        ({"title": ""}, "title"),
        ({"title": " \n "}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": "x" * 10 * 1024 * 1024}, "title"),
        ({"title": b"\xff\xfe"}, "title"),
        ({"description": "x" * 5001}, "description"),
        ({"genre": "x" * 51}, "genre"),
        ({"tags": ",".join(str(n) for n in range(21))}, "tags"),
        ({"tags": "x" * 51}, "tags[0]"),
        ({"tags": '["tape", {"a": ' + "x" * 60 + "}]"}, "tags[1]"),
        ({"visibility": "secret"}, "visibility"),
        ({"downloadable": "perhaps"}, "downloadable"),
    ],
)
async def test_a_wrong_field_is_refused_by_its_name(upload, traces, said, field):
    before = await traces()

    answer = await upload(**said)

    assert answer.status_code == 400, answer.text
    assert [fault["field"] for fault in answer.json()["details"]] == [field]
    assert await traces() == before, NOTHING_LEFT


async def test_a_field_that_is_a_file_is_refused_by_its_name(client, creator, wav, traces):
    before = await traces()
    files = [("title", ("title.txt", b"A tone")), ("file", ("tone.wav", wav.read_bytes()))]

    answer = await client.post("tracks", headers=creator.headers, files=files)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "title"
    assert await traces() == before, NOTHING_LEFT


@pytest.mark.parametrize("name", ["title", "description", "genre", "tags"])
async def test_a_nul_in_a_field_is_refused(upload, traces, name):
    before = await traces()

    answer = await upload(**{name: "no\x00thing"})

    assert answer.status_code == 400, answer.text
    assert await traces() == before, NOTHING_LEFT


async def test_a_form_without_a_file_is_refused(upload, client, creator, traces):
    before = await traces()

    answer = await upload(file=None)
    nameless = await client.post(
        "tracks", headers=creator.headers, files=[("title", (None, "A")), ("file", (None, "RIFF"))]
    )

    for refused in (answer, nameless):
        assert refused.status_code == 400
        assert refused.json()["code"] == "file_missing"
    assert await traces() == before, NOTHING_LEFT


async def test_two_files_are_refused(client, creator, wav, traces):
    before = await traces()
    sound = ("tone.wav", wav.read_bytes())
    files = [("title", (None, "Twice")), ("file", sound), ("file", sound)]

    answer = await client.post("tracks", headers=creator.headers, files=files)

    assert answer.status_code == 400
    assert answer.json()["details"][0]["field"] == "file"
    assert await traces() == before, NOTHING_LEFT


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 400, "empty_file"),
        (b"This is no sound at all. " * 400, 415, "not_audio"),
        ("UTF-16, which begins like a frame of MP3".encode("utf-16"), 415, "not_audio"),
        (b"<html><script>alert(1)</script></html>", 415, "not_audio"),
        (b"MZ" + bytes(5000), 415, "not_audio"),
        (bytes(5000), 415, "not_audio"),
        (b"RIFF", 415, "not_audio"),
    ],
)
async def test_what_is_no_audio_is_refused_whatever_its_name(upload, traces, content, status, code):
    before = await traces()

    answer = await upload(content, "song.mp3")

    assert answer.status_code == status, answer.text
    assert answer.json()["code"] == code
    assert await traces() == before, NOTHING_LEFT


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("nul\x00byte.mp3", "nulbyte.mp3"),
        ("/", "upload"),
        ("..", ".."),
        ("x" * 300 + ".wav", "x" * 251 + ".wav"),
        ("ünïcødé 🌊.wav", "ünïcødé 🌊.wav"),
    ],
)
async def test_a_file_s_name_is_harmless(services, creator, client, wav, filename, kept):
    # By hand, for a client of good manners would write such a name otherwise.
    body = (
        b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\nNamed\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="'
        + filename.replace("\\", "\\\\").encode()
        + b'"\r\n\r\n'
        + wav.read_bytes()
        + b"\r\n--b--\r\n"
    )
    headers = creator.headers | {"content-type": "multipart/form-data; boundary=b"}

    answer = await client.post("tracks", headers=headers, content=body)

    if answer.status_code == 400:
        # What can't stand in a header at all is a form that can't be read.
        assert "\x00" in filename
        return
    assert answer.status_code == 201, answer.text
    track_id = answer.json()["data"]["id"]
    async with services.database.read() as conn:
        sql = "select filename from track_media where track_id = $1::text::uuid"
        assert await conn.value(str, sql, track_id) == kept
    assert files_of(services, track_id) == {"original"}


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


async def test_only_creators_upload(client, services, other, wav, traces):
    before = await traces()
    files = {"file": ("a.wav", wav.read_bytes())}
    admin = await make.person(services, Role.ADMIN)
    moderator = await make.person(services, Role.MODERATOR)

    async def status_of(headers):
        answer = await client.post(
            "tracks", headers=headers, data={"title": "By whom?"}, files=files
        )
        return answer.status_code, answer.json().get("code")

    assert (await status_of({}))[0] == 401
    assert await status_of({"authorization": "Bearer nonsense"}) == (401, "invalid_token")
    assert await status_of(other.headers) == (403, "role_required")
    assert await status_of(moderator.headers) == (403, "role_required")
    assert await traces() == before, NOTHING_LEFT
    assert (await status_of(admin.headers))[0] == 201


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
    assert files_of(services, track_id) == set()
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
    assert files_of(services, track_id) == set()
