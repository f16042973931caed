"""Storing what comes in, piece by piece, in pieces of any size."""

import hashlib

import pytest
from msgspec import structs

from tests.domains.music.audio.storage_steps import files_of
from veza.core.ids import TrackId, new_id
from veza.domains.music.audio import rules
from veza.domains.music.audio.errors import AudioFileTooLarge, EmptyFile, NotAudio
from veza.domains.music.audio.service import uploads as track_uploads


async def pieces(content, size):
    for at in range(0, len(content), size):
        yield content[at : at + size]


@pytest.fixture
async def track_id(services):
    made = TrackId(new_id())
    yield made
    await services.storage.delete_folder(rules.folder_of(made))


@pytest.mark.parametrize("size", [1, 1000, 4095, 4096, 4097, 100_000, 10**9])
async def test_a_sound_is_stored_bit_by_bit_as_it_came(services, track_id, wav, size):
    content = wav.read_bytes()[: 20_000 if size == 1 else None]

    original = await track_uploads.store_audio(
        services.audio_storage, track_id, "a/b.wav", pieces(content, size)
    )

    stored = services.settings.data_dir / "media" / "tracks" / str(track_id) / "original"
    assert stored.read_bytes() == content
    assert (original.filename, original.kind, original.size) == ("b.wav", "wav", len(content))
    assert original.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("size", [500, 4096, 10**9])
async def test_one_byte_too_many_is_too_many_in_whatever_pieces(services, track_id, wav, size):
    content = wav.read_bytes()
    exact = structs.replace(services.audio_storage, max_upload_bytes=len(content))
    short = structs.replace(services.audio_storage, max_upload_bytes=len(content) - 1)

    await track_uploads.store_audio(exact, track_id, "a.wav", pieces(content, size))
    with pytest.raises(AudioFileTooLarge):
        await track_uploads.store_audio(short, track_id, "a.wav", pieces(content, size))


@pytest.mark.parametrize(("content", "refusal"), [(b"", EmptyFile), (b"text" * 5000, NotAudio)])
async def test_what_is_refused_is_never_stored(services, track_id, content, refusal):
    with pytest.raises(refusal):
        await track_uploads.store_audio(
            services.audio_storage, track_id, "a.mp3", pieces(content, 1000)
        )

    assert files_of(services, track_id) == set()


async def test_nothing_is_read_of_a_file_once_it_is_known_to_be_no_sound(services, track_id):
    read = 0

    async def endless():
        nonlocal read
        while True:
            read += 1
            yield b"no sound" * 100

    with pytest.raises(NotAudio):
        await track_uploads.store_audio(services.audio_storage, track_id, "a.mp3", endless())

    assert read <= 6
