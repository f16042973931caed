"""The twelve pieces of music of the demonstration."""

import wave
from collections.abc import Callable
from pathlib import Path
from typing import Literal
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.random import Generator, default_rng
from numpy.typing import NDArray

from veza_demo.acoustic import garden_gate, open_windows, winding_waltz
from veza_demo.atmospheres import boathouse_rain, church_in_snow, low_tide
from veza_demo.beats import cartridge_weather, corner_store, harbour_version
from veza_demo.club import hall_seven, silverfish, undertow
from veza_demo.synthesis import SAMPLE_RATE, Sound


class Piece(Struct, frozen=True):
    """A piece of music and the details of its track; other modules refer to it by slug.

    With a `page` this publishes it: a band as its own, a label as the artist's.
    """

    slug: str
    title: str
    artist: str
    genre: str
    tags: tuple[str, ...]
    description: str
    file_format: Literal["wav", "flac", "mp3"]
    compose: Callable[[Generator], Sound]
    is_downloadable: bool = False
    visibility: Literal["public", "unlisted", "private"] = "public"
    page: str | None = None

    @property
    def publisher(self) -> str:
        """Return the username or handle of who publishes it."""
        return self.page or self.artist


PIECES: tuple[Piece, ...] = (
    Piece(
        slug="low-tide",
        title="Low Tide, Slowly",
        artist="mira_solene",
        genre="Ambient",
        tags=("drone", "slow", "sea", "headphones"),
        description="Three swells over a low D, the last one in minor. Written for the hour after "
        "everybody has left the beach.",
        file_format="flac",
        compose=low_tide,
        is_downloadable=True,
    ),
    Piece(
        slug="hall-seven",
        title="Halle 7",
        artist="tobias_rauch",
        genre="Techno",
        tags=("132bpm", "warehouse", "minor"),
        description="One chord, one kick, a lot of concrete. The break is short because the hall "
        "does the rest.",
        file_format="mp3",
        compose=hall_seven,
    ),
    Piece(
        slug="undertow",
        title="Undertow",
        artist="nokori",
        genre="Drum and Bass",
        tags=("174bpm", "breakbeat", "reese"),
        description="Three bars of break in any order and a fill as the fourth. The second drop "
        "has the ride.",
        file_format="flac",
        compose=undertow,
        is_downloadable=True,
    ),
    Piece(
        slug="open-windows",
        title="Étude with Open Windows",
        artist="hanne_lie",
        genre="Classical",
        tags=("piano", "solo", "etude"),
        description="Eight phrases in F sharp minor, and the silence after each of them. Please "
        "don't skip the silences.",
        file_format="flac",
        compose=open_windows,
        is_downloadable=True,
        page="night_post",
    ),
    Piece(
        slug="garden-gate",
        title="La cancela",
        artist="ines_vidal",
        genre="Folk",
        tags=("guitar", "fingerpicking", "instrumental"),
        description="A tune that my grandfather whistled when he came home, for one guitar. You "
        "hear the gate in bar nine.",
        file_format="wav",
        compose=garden_gate,
        is_downloadable=True,
        page="night_post",
    ),
    Piece(
        slug="harbour-version",
        title="Harbour Street Version",
        artist="kwame_ade",
        genre="Dub",
        tags=("reggae", "echo", "bass", "melodica"),
        description="Riddim in G minor with the echo played by hand, one take. Turn up the low "
        "end, then turn it up again.",
        file_format="mp3",
        compose=harbour_version,
        page="cold_harbour",
    ),
    Piece(
        slug="cartridge-weather",
        title="Cartridge Weather",
        artist="nokori",
        genre="Chiptune",
        tags=("8bit", "arpeggio", "happy"),
        description="Four voices and no effects: two pulses, a triangle and noise. For a game "
        "about clouds that I may finish one day.",
        file_format="wav",
        compose=cartridge_weather,
        is_downloadable=True,
    ),
    Piece(
        slug="church-in-snow",
        title="Kirke i snø",
        artist="hanne_lie",
        genre="Choral",
        tags=("choir", "sketch", "winter"),
        description="Sketch for sixteen voices, sung by the computer until the choir is back from "
        "its holidays. Not for sharing yet.",
        file_format="mp3",
        compose=church_in_snow,
        visibility="private",
    ),
    Piece(
        slug="corner-store",
        title="Corner Store, 2 a.m.",
        artist="kwame_ade",
        genre="Hip-Hop",
        tags=("beat", "86bpm", "lofi", "swing"),
        description="Late hats, an upright bass and a needle that wants cleaning. Free to rap "
        "over, just tell me where I can hear it.",
        file_format="wav",
        compose=corner_store,
        is_downloadable=True,
        page="night_post",
    ),
    Piece(
        slug="boathouse-rain",
        title="Rain on the Boathouse",
        artist="mira_solene",
        genre="Soundscape",
        tags=("rain", "noise", "sleep"),
        description="Looks like a field recording and isn't one: every drop is synthesised, and so "
        "is the thunder. A study, for those who have the link.",
        file_format="flac",
        compose=boathouse_rain,
        visibility="unlisted",
    ),
    Piece(
        slug="winding-waltz",
        title="Vals para una caja de música",
        artist="ines_vidal",
        genre="Waltz",
        tags=("music box", "lullaby", "3/4"),
        description="For the box on my daughter's shelf, whose spring gives up before the last "
        "line does.",
        file_format="mp3",
        compose=winding_waltz,
    ),
    Piece(
        slug="silverfish",
        title="Silberfisch",
        artist="tobias_rauch",
        genre="Acid",
        tags=("303", "electro", "118bpm"),
        description="Sixteen steps in A, a filter, and too much coffee. The line was there first, "
        "the drums came to see what the noise was.",
        file_format="flac",
        compose=silverfish,
        is_downloadable=True,
    ),
)


def render(piece: Piece) -> Sound:
    """Return the samples of a piece: shape (2, frames), between -1 and 1, always the same."""
    return piece.compose(default_rng(crc32(piece.slug.encode())))


def write_wav(path: Path, samples: Sound) -> None:
    """Write a 16-bit WAV file, with dither."""
    noise = default_rng(samples.shape[-1]).random((2, *samples.shape), dtype=np.float32)
    dithered = np.rint(samples * np.float32(32767) + noise[0] - noise[1])
    interleaved: NDArray[np.int16] = np.clip(dithered, -32768, 32767).astype("<i2").T
    with wave.open(str(path), "wb") as file:
        file.setnchannels(samples.shape[0])
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(interleaved.tobytes())
