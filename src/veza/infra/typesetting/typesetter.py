"""Renders documents with typst, each in a process with limits."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from veza.core.errors import Unavailable
from veza.infra.media.confined_process import ProcessFailure, ProcessLimits, run_confined

_PROGRAM = Path(__file__).with_name("typst_process.py")
# typst would use all cores.
_ENVIRONMENT = {"RAYON_NUM_THREADS": "1"}
_LIMITS = ProcessLimits(cpu_s=60, wall_s=120, file_bytes=64 << 20)


class TypesetterUnavailable(Unavailable):
    """Too many documents are being made, or the process failed."""

    code = "press_unavailable"
    message = "No document can be made at the moment: try again soon."


class Typesetter(Struct, frozen=True):
    """The folder for temporary files, and the limit of concurrent documents in this process.

    A call waits at most `patience_s` for one of the `places`.
    """

    folder: Path
    places: asyncio.Semaphore
    patience_s: float = 30


async def typeset(
    typesetter: Typesetter,
    template: Path,
    data: bytes,
    *,
    moment: datetime,
    attachment: bytes | None = None,
) -> bytes:
    """Return a PDF of the template with `data`, which is JSON.

    `moment` is the creation time in the document: the same input gives the same bytes. With an
    `attachment`, which is text that the template attaches, it is PDF/A-3.
    Raises TypesetterUnavailable.
    """
    texts = [data] if attachment is None else [data, attachment]
    [pdf] = await _render(typesetter, template, texts, kind="pdf", moment=moment)
    return pdf


async def typeset_pictures(
    typesetter: Typesetter, template: Path, data: bytes, *, moment: datetime
) -> list[bytes]:
    """Return a PNG of each page. Raises TypesetterUnavailable."""
    return await _render(typesetter, template, [data], kind="png", moment=moment)


async def _render(
    typesetter: Typesetter, template: Path, texts: Sequence[bytes], *, kind: str, moment: datetime
) -> list[bytes]:
    """Return the files of a template with texts: its data, and an attachment if any."""
    async with _acquire_place(typesetter):
        with tempfile.TemporaryDirectory(dir=typesetter.folder) as name:
            folder = Path(name)
            paths = [folder / f"text-{number}" for number in range(len(texts))]
            for path, text in zip(paths, texts, strict=True):
                await asyncio.to_thread(path.write_bytes, text)
            seconds = str(int(moment.timestamp()))
            command = [sys.executable, "-I", str(_PROGRAM), str(template), str(folder / "made")]
            command += [kind, seconds, *map(str, paths)]
            try:
                end = await run_confined(command, _LIMITS, folder=folder, environment=_ENVIRONMENT)
            except ProcessFailure as error:
                raise TypesetterUnavailable from error
            # Templates compile with any data: anything else is a bug.
            assert end.exit_code == 0, end.stderr
            return await asyncio.to_thread(_read_pages, folder)


def _read_pages(folder: Path) -> list[bytes]:
    paths = sorted(folder.glob("made.*"), key=lambda path: int(path.suffix[1:]))
    return [path.read_bytes() for path in paths]


@asynccontextmanager
async def _acquire_place(typesetter: Typesetter) -> AsyncGenerator[None]:
    try:
        async with asyncio.timeout(typesetter.patience_s):
            await typesetter.places.acquire()
    except TimeoutError as error:
        raise TypesetterUnavailable from error
    try:
        yield
    finally:
        typesetter.places.release()
