"""Uploads over HTTP: each kind that is accepted, and each way in which a form can be wrong."""

import httpx
import pytest

from tests import make, sounds
from tests.domains.music.audio.storage_steps import files_of
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


@pytest.mark.long
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


@pytest.mark.long
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


@pytest.mark.long
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
        ({"genre": "Hip-Hop"}, {"genre": "hip hop"}),
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
