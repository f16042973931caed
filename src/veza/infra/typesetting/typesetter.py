"""Sets documents in type, each in a process of its own: bounded, and away from the event loop."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from veza.core.errors import Unavailable
from veza.infra.media.confined_process import ProcessFailure, ProcessLimits, run_confined

_COMPOSITOR = Path(__file__).with_name("typst_process.py")
# One core for each document: by itself typst takes all of them.
_ENVIRONMENT = {"RAYON_NUM_THREADS": "1"}
_LIMITS = ProcessLimits(cpu_s=60, wall_s=120, file_bytes=64 << 20)


class TypesetterUnavailable(Unavailable):
    """No document can be made now: too many are, or the machine has no room."""

    code = "press_unavailable"
    message = "No document can be made at the moment: try again soon."


class Typesetter(Struct, frozen=True):
    """Where documents are made.

    `places` bounds how many are made at once by one process; none waits longer for one than
    `patience_s`.
    """

    folder: Path
    places: asyncio.Semaphore
    patience_s: float = 30


async def typeset(press: Typesetter, template: Path, data: bytes, *, moment: datetime) -> bytes:
    """Make a PDF of data, JSON of which the template decides what it looks like.

    `moment` is when the document says that it was made: the same data gives the same bytes.
    Raises PressUnavailable.
    """
    [made] = await _compose(press, template, data, kind="pdf", moment=moment)
    return made


async def typeset_pictures(
    press: Typesetter, template: Path, data: bytes, *, moment: datetime
) -> list[bytes]:
    """Make a PNG of each page, to look at. Raises PressUnavailable."""
    return await _compose(press, template, data, kind="png", moment=moment)


async def _compose(
    press: Typesetter, template: Path, data: bytes, *, kind: str, moment: datetime
) -> list[bytes]:
    async with _place_at(press):
        with tempfile.TemporaryDirectory(dir=press.folder) as name:
            folder = Path(name)
            await asyncio.to_thread((folder / "data").write_bytes, data)
            seconds = str(int(moment.timestamp()))
            command = [sys.executable, "-I", str(_COMPOSITOR), str(template)]
            command += [str(folder / "data"), str(folder / "made"), kind, seconds]
            try:
                end = await run_confined(command, _LIMITS, folder=folder, environment=_ENVIRONMENT)
            except ProcessFailure as error:
                raise TypesetterUnavailable from error
            # A template that can't be set, whatever the data, is a bug.
            assert end.exit_code == 0, end.words
            return await asyncio.to_thread(_read_pages, folder)


def _read_pages(folder: Path) -> list[bytes]:
    paths = sorted(folder.glob("made.*"), key=lambda path: int(path.suffix[1:]))
    return [path.read_bytes() for path in paths]


@asynccontextmanager
async def _place_at(press: Typesetter) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(press.patience_s):
            await press.places.acquire()
    except TimeoutError as error:
        raise TypesetterUnavailable from error
    try:
        yield
    finally:
        press.places.release()
