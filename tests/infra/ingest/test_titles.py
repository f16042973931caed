"""Titles inside of Ogg, as they pass, and how often the API hears of them."""

import random
import subprocess

import pytest

from tests import sounds
from veza.infra.ingest import titles
from veza.infra.ingest.hooks import NotAdmitted, Publishing, Reason
from veza.infra.ingest.titles import OggTitles, Titles


def encode(codec: str, **tags: str) -> bytes:
    """Return a second of sound in Ogg with tags."""
    command = [str(sounds.ffmpeg_of_the_wheel()), "-loglevel", "error", "-nostdin"]
    command += ["-f", "lavfi", "-i", "sine=440", "-t", "1", "-c:a", codec]
    command += [word for name, value in tags.items() for word in ("-metadata", f"{name}={value}")]
    return subprocess.run([*command, "-f", "ogg", "-"], capture_output=True, check=True).stdout


def find_all(sound: bytes, size: int) -> list[str]:
    reader = OggTitles()
    found = (reader.find(sound[at : at + size]) for at in range(0, len(sound), size))
    return [title for title in found if title is not None]


def test_each_song_of_a_chain_is_named_however_its_bytes_arrive():
    sound = encode("libvorbis", artist="Ada", title="Dämmerung") + encode("libopus", title="Dusk")
    sound += encode("libvorbis") + encode("libopus", artist="Ada", title="Dawn", album="x" * 3000)
    for size in (1, 7, 500, 4096):
        assert find_all(sound, size) == ["Ada - Dämmerung", "Dusk", "Ada - Dawn"], size


def test_any_bytes_are_read_with_little_memory():
    drawn = random.Random(3)
    reader = OggTitles()
    for _ in range(500):
        piece = drawn.randbytes(drawn.randrange(3000))
        for _ in range(drawn.randrange(3)):
            at = drawn.randrange(len(piece) + 1)
            piece = piece[:at] + drawn.choice(titles._MARKS) + piece[at:]
        reader.find(piece)
        assert len(reader._kept) < 24 * 1024


class Heard:
    """Hooks that note titles, and refuse one."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.fails: list[Reason] = []

    async def announce(self, _: Publishing, title: str) -> None:
        self.titles.append(title)
        if self.fails:
            raise NotAdmitted(self.fails.pop())
        if title == "refused":
            raise NotAdmitted(Reason.REFUSED)


async def test_the_last_title_is_stored_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        now = 100.0

        @classmethod
        def monotonic(cls) -> float:
            return cls.now

    monkeypatch.setattr(titles, "time", Clock)
    heard = Heard()
    said = Titles(heard, Publishing("key", "1"))  # pyright: ignore[reportArgumentType]
    await said.store()
    assert heard.titles == []
    for title in ("one", "two", "three"):
        said.say(title)
    await said.store()
    said.say("four")
    await said.store()
    assert heard.titles == ["three"]
    Clock.now += 1
    await said.store()
    await said.store()
    said.say("refused")
    for _ in range(2):
        Clock.now += 1
        await said.store()
    assert heard.titles == ["three", "four", "refused"]
    # While nobody answers, the title of that moment is sent each second.
    heard.fails = [Reason.UNAVAILABLE] * 2
    said.say("five")
    for title in ("six", "seven", "eight"):
        Clock.now += 1
        await said.store()
        await said.store()
        if title != "eight":
            said.say(title)
    Clock.now += 1
    await said.store()
    assert heard.titles[3:] == ["five", "six", "seven"]
