"""What may be uploaded, told before it is sent, and true."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from tests.domains.music.audio.storage_steps import Upload
from tests.http.apps import assemble, calling
from veza.app.services import Services
from veza.domains.images.models import MAX_IMAGE_BYTES
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.sniff_audio import CONTENT_TYPES, EXTENSIONS, NAMES, TYPES, AudioKind

type Json = dict[str, Any]


@pytest.fixture
async def limits(client: httpx.AsyncClient) -> Json:
    answer = await client.get("upload/limits")
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]


async def test_the_limits_are_those_of_the_settings(limits: Json, services: Services) -> None:
    settings = services.settings

    assert limits["audio"]["max_bytes"] == settings.upload_max_bytes
    assert limits["audio"]["max_duration_seconds"] == settings.track_max_seconds
    assert limits["audio"]["kinds"] == [kind.value for kind in AudioKind]
    assert limits["cover"]["max_bytes"] == MAX_IMAGE_BYTES
    assert limits["image"]["max_bytes"] == MAX_IMAGE_BYTES
    assert limits["cover"]["kinds"] == limits["image"]["kinds"] == ["jpeg", "png", "webp", "gif"]


async def test_limits_follow_the_settings(services: Services) -> None:
    changed = MediaLimits(services.audio_storage.limits.ffmpeg, max_duration_s=7)
    audio = msgspec.structs.replace(services.audio_storage, limits=changed, max_upload_bytes=5)
    async with calling(
        assemble(msgspec.structs.replace(services, audio_storage=audio))[1]
    ) as client:
        audio = (await client.get("upload/limits")).json()["data"]["audio"]

    assert (audio["max_bytes"], audio["max_duration_seconds"]) == (5, 7)


async def test_what_is_told_of_texts_is_what_an_upload_takes(limits: Json, upload: Upload) -> None:
    track = limits["track"]
    tags = track["max_tags"]
    fitting = {
        "title": "t" * track["max_title_length"],
        "description": "d" * track["max_description_length"],
        "genre": "g" * track["max_genre_length"],
        "tags": ",".join(f"{n:0{track['max_tag_length']}d}" for n in range(tags)),
    }
    assert (await upload(**fitting)).status_code == 201

    for name, text in fitting.items():
        longer = f"{text},one more" if name == "tags" else f"{text}x"
        answer = await upload(**fitting | {name: longer})
        assert answer.status_code == 400
        assert answer.json()["details"][0]["field"].startswith(name)
    too_long_a_tag = "x" * (track["max_tag_length"] + 1)
    assert (await upload(tags=too_long_a_tag)).status_code == 400


async def test_a_cover_beyond_what_is_told_is_413(limits: Json, upload: Upload) -> None:
    answer = await upload(cover=b"\xff\xd8\xff" + bytes(limits["cover"]["max_bytes"]))

    assert answer.status_code == 413


@pytest.mark.parametrize("kind", list(AudioKind))
def test_every_kind_has_a_name_and_a_type(kind: AudioKind) -> None:
    assert EXTENSIONS[kind] in NAMES
    plain = CONTENT_TYPES[kind].partition(";")[0]
    assert plain in TYPES


@pytest.mark.parametrize(
    ("filename", "mime_type"),
    [
        *((f"a{EXTENSIONS[kind]}", CONTENT_TYPES[kind]) for kind in AudioKind),
        *((f"a{EXTENSIONS[kind]}", "") for kind in AudioKind),
        *(("", CONTENT_TYPES[kind]) for kind in AudioKind),
        ("SONG.FLAC", "AUDIO/X-FLAC"),
        ("a.b.c.wav", "audio/vnd.wave"),
        ("song", "audio/mpeg"),
        ("C:\\music\\song.mp3", "audio/mpeg"),
        ("tape.flac", "application/octet-stream"),
        ("tape.flac", " audio/flac ; rate=44100"),
        # The bytes decide: this is a mistake that does no harm.
        ("tape.flac", "audio/mpeg"),
        ("Ünïcode 🎧.ogg", "audio/ogg"),
    ],
)
async def test_what_may_be_a_sound_is_valid(
    client: httpx.AsyncClient, filename: str, mime_type: str
) -> None:
    answer = await _ask(client, filename=filename, mime_type=mime_type)

    assert answer == {"valid": True, "reason": None}


@pytest.mark.parametrize(
    ("filename", "mime_type"),
    [
        ("cover.png", "image/png"),
        ("song.mp3", "image/png"),
        ("song.exe", "audio/mpeg"),
        ("movie.mp4", "video/mp4"),
        ("notes.txt", ""),
        ("", "text/plain"),
        ("song.mp3.exe", ""),
        ("song", ""),
        (".mp3", ""),
        ("music.d/song", ""),
        ("song", "application/octet-stream"),
        ("song.", ""),
        ("", "audio"),
        ("", ";"),
        ("a\0.mp3\0", ""),
        ("x" * 1000, ""),
    ],
)
async def test_what_is_none_is_not_and_a_sentence_says_why(
    client: httpx.AsyncClient, filename: str, mime_type: str
) -> None:
    answer = await _ask(client, filename=filename, mime_type=mime_type)

    assert answer["valid"] is False
    assert answer["reason"].endswith(".")


@pytest.mark.parametrize(
    "query", [{}, {"filename": ""}, {"filename": "x" * 1001}, {"mime_type": "x" * 201}], ids=str
)
async def test_a_question_that_can_not_be_answered_is_400(
    client: httpx.AsyncClient, query: dict[str, str]
) -> None:
    assert (await client.get("upload/validate-type", params=query)).status_code == 400


async def test_an_upload_of_every_name_that_is_told_is_taken(
    limits: Json, upload: Upload, wav: Path
) -> None:
    for name in limits["audio"]["extensions"]:
        answer = await upload(wav.read_bytes(), filename=f"tone{name}")
        assert answer.status_code == 201, name


async def _ask(client: httpx.AsyncClient, **query: str) -> Json:
    answer = await client.get("upload/validate-type", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
