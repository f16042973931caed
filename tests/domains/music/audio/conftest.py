"""Sounds to upload, the form that carries them, and a look at what lies in the storage."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests import make, sounds
from tests.domains.music.audio.storage_steps import Upload
from tests.make import Person
from tests.support.queued import forget_queued
from veza.app.services import Services
from veza.core.access import Role
from veza.core.ids import TrackId
from veza.core.visibility import Visibility
from veza.domains.music.tracks.models.forms import TrackForm


@pytest.fixture(autouse=True)
async def own_uploads_alone(services: Services) -> None:
    """Begin each test without the uploads of others, which it would process with its own."""
    await forget_queued(services)


@pytest.fixture(scope="session")
async def creator(services: Services) -> Person:
    return await make.person(services, Role.CREATOR)


@pytest.fixture(scope="session")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("sounds")


@pytest.fixture(scope="session")
def wav(folder: Path) -> Path:
    """Two seconds of a tone, as WAV: small, and quick to process."""
    return sounds.write(folder / "tone.wav", sounds.sine(2))


@pytest.fixture
def upload(client: httpx.AsyncClient, creator: Person, wav: Path) -> Upload:
    """Post the form; what isn't said is filled in: `await upload(title="…", cover=bytes)`."""

    async def post(
        file: bytes | Path | None = wav, filename: str = "tone.wav", **said: object
    ) -> httpx.Response:
        parts: list[tuple[str, tuple[object, ...]]] = []
        for name, value in ({"title": "A tone"} | said).items():
            if name == "cover":
                parts.append((name, ("cover.png", value)))
            elif value is not None:
                parts.append((name, (None, value)))
        if file is not None:
            content = file.read_bytes() if isinstance(file, Path) else file
            parts.append(("file", (filename, content)))
        return await client.post("tracks", headers=creator.headers, files=parts)

    return post


@dataclass(frozen=True)
class Shop:
    """One sound as three tracks, ready, of the same owner."""

    owner: Person
    source: Path
    public: TrackId
    private: TrackId
    downloadable: TrackId

    @property
    def original(self) -> bytes:
        return self.source.read_bytes()


@pytest.fixture(scope="session")
async def shop(services: Services, creator: Person, folder: Path) -> Shop:
    """Thirteen seconds, so that HLS has three segments; as FLAC, so that AAC is something else."""
    source = sounds.write(folder / "ramp.flac", sounds.ramp(13))
    forms = [
        TrackForm(title="Öffentlich – für alle"),
        TrackForm(title="Only mine", visibility=Visibility.PRIVATE),
        TrackForm(title='Ärger "um" 3/4 Uhr 🌊', downloadable=True),
    ]
    made = [await make.track(services, creator, form, source) for form in forms]
    return Shop(creator, source, *made)


@dataclass(frozen=True)
class Traces:
    """What uploads leave behind: folders in the storage, rows, files in the room to work in."""

    folders: frozenset[str]
    uploads: int
    tracks: int
    work: frozenset[str]


@pytest.fixture
def traces(services: Services) -> Callable[[], Awaitable[Traces]]:
    async def look() -> Traces:
        async with services.database.read() as conn:
            uploads = await conn.value(int, "select count(*) from uploads")
            tracks = await conn.value(int, "select count(*) from tracks")
        assert uploads is not None
        assert tracks is not None
        stored = services.settings.data_dir / "media" / "tracks"
        return Traces(
            folders=frozenset(p.name for p in stored.iterdir()) if stored.exists() else frozenset(),
            uploads=uploads,
            tracks=tracks,
            work=frozenset(p.name for p in services.audio_storage.folder.iterdir()),
        )

    return look
