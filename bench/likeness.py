"""`python -m bench.likeness`: which recordings and pictures are taken for the same, as two tables.

Each piece of music is changed in each way, and compared with itself and with all others. The rules
of `domains/music/prints` and `domains/moderation/pictures` were chosen on these numbers.
"""

import asyncio
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from msgspec import Struct

from bench.music import KEYS, RATE, STRINGS, Timbre, Wave, compose
from veza.app.paths import find_ffmpeg
from veza.app.settings.settings import Settings
from veza.core.recording_prints import RecordingPrint
from veza.domains.moderation.pictures.rules import MAX_DISTANCE
from veza.domains.music.prints.models import Likeness
from veza.domains.music.prints.queries import MAX_KNOWN
from veza.domains.music.prints.rules import (
    SHIFT_STEP,
    choose_terms,
    compare,
    compare_near,
    is_same,
    list_sounded,
    prepare,
)
from veza.infra.media.commands import STREAM
from veza.infra.media.images import make_cover
from veza.infra.media.media_limits import MediaLimits
from veza.infra.media.recording_print import make_print, make_speed_prints
from veza.infra.media.sniff_audio import AudioKind

PIECES = 8
SECONDS = 90
_FFMPEG = find_ffmpeg(Settings())
_LIMITS = MediaLimits(_FFMPEG)
_FLAC = ("-c:a", "flac", "x.flac")
_REMASTER = (
    "equalizer=f=90:t=h:w=80:g=5,equalizer=f=3500:t=h:w=3000:g=4,"
    "acompressor=threshold=0.08:ratio=5:makeup=3,alimiter=limit=0.9"
)


class _Change(Struct, frozen=True):
    """A way to change a recording: options of ffmpeg, or other instruments."""

    name: str
    options: tuple[str, ...] = _FLAC
    timbre: Timbre = KEYS
    speed: float = 1.0
    is_other: bool = False


_CHANGES = (
    _Change("MP3, 64 kbit/s", ("-c:a", "libmp3lame", "-b:a", "64k", "x.mp3")),
    _Change("Opus, 32 kbit/s", ("-c:a", "libopus", "-b:a", "32k", "x.opus")),
    _Change("AAC, 96 kbit/s", ("-c:a", "aac", "-b:a", "96k", "x.m4a")),
    _Change("20 s cut off its start", ("-ss", "20", *_FLAC)),
    _Change("20 s of its middle alone", ("-ss", "35", "-t", "20", *_FLAC)),
    _Change(
        "10 s cut out of its middle",
        ("-af", "aselect='lt(t,40)+gte(t,50)',asetpts=N/SR/TB", *_FLAC),
    ),
    _Change("remastered: EQ, compression", ("-af", _REMASTER, *_FLAC)),
    _Change("noise at -30 dB", ("-af", "aeval=val(0)+0.03*(2*random(0)-1)", *_FLAC)),
    *(
        _Change(
            f"{'faster' if speed > 1 else 'slower'} by {abs(speed - 1):.1%}, with its pitch",
            ("-af", f"asetrate={round(RATE * speed)},aresample={RATE}", *_FLAC),
        )
        for speed in (0.95, 0.9575, 0.97, 0.9925, 1.01, 1.0225, 1.03, 1.0475, 1.05, 1.08)
    ),
    _Change("faster by 3%, same pitch", ("-af", "atempo=1.03", *_FLAC)),
    _Change("cover version: other instruments", timbre=STRINGS),
    _Change("cover version, slower by 5%", timbre=STRINGS, speed=0.95),
    _Change("another piece", is_other=True),
    _Change("another piece, other instruments", timbre=STRINGS, is_other=True),
)
_KINDS = {".mp3": AudioKind.MP3, ".opus": AudioKind.OPUS, ".m4a": AudioKind.M4A}


async def print_recordings(folder: Path) -> None:
    """Print what becomes of recordings that are changed."""
    originals = [await _print_of(folder, compose(seed, SECONDS)) for seed in range(PIECES)]
    print("| changed | taken for the same | share | wrong bits | terms in common |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for change in _CHANGES:
        shares: list[float] = []
        errors: list[float] = []
        terms: list[int] = []
        matched = total = 0
        for seed in range(PIECES):
            wave = compose(seed, SECONDS, change.timbre, change.speed)
            found = await _prints_of(folder, wave, change.options)
            others = [n for n in range(PIECES) if n != seed] if change.is_other else [seed]
            for other in others:
                likeness, common, is_found = _look_up(found, originals[other])
                total += 1
                matched += is_found
                shares.append(likeness.share)
                errors.append(likeness.error)
                terms.append(common)
        print(
            f"| {change.name} | {matched} of {total} | {min(shares):.0%} to {max(shares):.0%} "
            f"| {median(errors):.0%} | {min(terms)} to {max(terms)} |",
            flush=True,
        )


def _look_up(
    found: Sequence[RecordingPrint], original: RecordingPrint
) -> tuple[Likeness, int, bool]:
    """Return how like a recording is to one, as it is or at the speed at which it is most so.

    Beside it are the terms in common, and whether it is taken for the same: as another member's, or
    as what was taken down, which is looked up at other speeds too.
    """
    likeness = compare(prepare(found[0]), original)
    common = len(set(choose_terms(found[0])) & set(choose_terms(original)))
    known = [compare_near(found[speed], original, shift) for speed, shift in _vote(found, original)]
    same = [each for each in known if is_same(each)]
    if is_same(likeness) and common >= 2:
        same.append(likeness)
    best = max(same or [likeness, *known], key=lambda each: each.share)
    return best, common, bool(same)


def _vote(found: Sequence[RecordingPrint], original: RecordingPrint) -> list[tuple[int, int]]:
    """Return the speeds and shifts at which most words are those of a recording."""
    mine, other = list_sounded(found), list_sounded([original])
    places: defaultdict[int, list[int]] = defaultdict(list)
    for term, place in zip(other.terms, other.places, strict=True):
        places[term].append(place)
    votes = Counter(
        (speed, int((known - place) / SHIFT_STEP))
        for term, place, speed in zip(mine.terms, mine.places, mine.speeds, strict=True)
        for known in places[term]
    )
    return [each for each, count in votes.most_common(MAX_KNOWN) if count >= 3]


async def _prints_of(
    folder: Path, wave: Wave, options: Sequence[str] = _FLAC
) -> list[RecordingPrint]:
    """Return the prints of a recording that is changed: as it is, and an excerpt at all speeds."""
    found = await _print_of(folder, wave, options)
    stream = folder / STREAM
    command = [str(_FFMPEG), "-hide_banner", "-loglevel", "error", "-y", "-i"]
    command += [str(folder / options[-1]), "-c:a", "aac", "-b:a", "256k", str(stream)]
    await asyncio.to_thread(subprocess.run, command, check=True)
    duration_s = len(wave) / RATE
    return [found, *await make_speed_prints(folder, duration_s, limits=_LIMITS)]


async def _print_of(folder: Path, wave: Wave, options: Sequence[str] = _FLAC) -> RecordingPrint:
    path = folder / options[-1]
    command = [str(_FFMPEG), "-hide_banner", "-loglevel", "error", "-y", "-f", "f32le"]
    command += ["-ar", str(RATE), "-ac", "1", "-i", "pipe:0", *options[:-1], str(path)]
    sound = wave.astype("<f4").tobytes()
    await asyncio.to_thread(subprocess.run, command, input=sound, check=True)
    kind = _KINDS.get(path.suffix, AudioKind.FLAC)
    found = await make_print(path, folder, kind=kind, limits=_LIMITS)
    assert found is not None
    return found


_PICTURES = {
    "test picture": "testsrc2=s=800x600",
    "fractal": "mandelbrot=s=800x800:start_scale=0.4",
    "bars": "smptehdbars=s=640x480",
    "fractal, elsewhere": "mandelbrot=s=800x800:start_scale=0.01:start_x=-0.75:start_y=0.1",
    "noise": "nullsrc=s=600x600,geq=random(1)*255:128:128",
    "cells": "life=s=300x300:mold=10:ratio=0.3:death_color=#C83232:life_color=#00ff00:seed=3",
    "text": "color=white:s=600x400,drawgrid=w=150:h=80:t=24:c=black",
    "one colour": "color=red:s=400x400",
    "gradient": "gradients=s=600x600:c0=black:c1=white:x0=0:y0=0:x1=600:y1=600:n=2:seed=1",
    "another gradient": "gradients=s=600x600:c0=blue:c1=yellow:x0=600:y0=0:x1=0:y1=600:n=2:seed=1",
}
_PICTURE_CHANGES: dict[str, tuple[str, ...]] = {
    "JPEG of bad quality": ("-q:v", "25"),
    "a quarter of its size": ("-vf", "scale=iw/4:-1"),
    "brighter, more contrast": ("-vf", "eq=brightness=0.08:contrast=1.2"),
    "grey": ("-vf", "format=gray,format=yuvj420p"),
    "cut by 3% on each side": ("-vf", "crop=iw*0.94:ih*0.94"),
    "cut by 10% on each side": ("-vf", "crop=iw*0.8:ih*0.8"),
    "mirrored": ("-vf", "hflip"),
}


async def print_pictures(folder: Path) -> None:
    """Print how many bits of the hashes of pictures differ."""
    hashes = {name: await _hash_of(folder, look) for name, look in _PICTURES.items()}
    known = {name: found for name, found in hashes.items() if found is not None}
    print("Without a hash:", ", ".join(name for name in hashes if name not in known))
    print("\n| changed | taken for the same | bits that differ |")
    print("| --- | ---: | ---: |")
    for change, options in _PICTURE_CHANGES.items():
        changed = [(await _hash_of(folder, _PICTURES[name], options), name) for name in known]
        _print_distances(
            change, [_distance(known[name], found) for found, name in changed if found is not None]
        )
    names = list(known)
    pairs = [(one, other) for n, one in enumerate(names) for other in names[n + 1 :]]
    _print_distances("another picture", [_distance(known[a], known[b]) for a, b in pairs])


def _print_distances(name: str, distances: Sequence[int]) -> None:
    matched = sum(each <= MAX_DISTANCE for each in distances)
    print(f"| {name} | {matched} of {len(distances)} | {min(distances)} to {max(distances)} |")


def _distance(one: int, other: int) -> int:
    return (one ^ other).bit_count()


async def _hash_of(folder: Path, look: str, options: Sequence[str] = ()) -> int | None:
    path, cover = folder / "picture.jpg", folder / "cover.jpg"
    command = [str(_FFMPEG), "-hide_banner", "-loglevel", "error", "-y", "-f", "lavfi", "-i", look]
    command += ["-frames:v", "1", "-update", "1", *options, str(path)]
    await asyncio.to_thread(subprocess.run, command, check=True)
    return (await make_cover(path, cover, ffmpeg=_FFMPEG)).hash


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        await print_pictures(Path(folder))
        print()
        await print_recordings(Path(folder))


if __name__ == "__main__":
    asyncio.run(_main())
