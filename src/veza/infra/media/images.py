"""Converts untrusted images to JPEG without metadata."""

import asyncio
import struct
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

from msgspec import Struct

from veza.core.palettes import PALETTE_SIDE_PX, find_palette
from veza.infra.media.confined_process import ProcessExit, ProcessLimits, run_confined
from veza.infra.media.picture_hash import find_hash
from veza.infra.media.thumb_hash import find_placeholder

COVER_SIDE_PX = 1200
# Of JPEG, from 2 (best) to 31: what is kept, and reduced copies, which screens show small.
_QUALITY = 3
_REDUCED_QUALITY = 7
PIXELS_MAX = 50_000_000

# The marker of the frame header (SOF0).
_BASELINE_FRAME = 0xC0

_LIMITS = ProcessLimits(cpu_s=30, wall_s=120, file_bytes=32 << 20)

# Transparency becomes white. ffmpeg applies the EXIF orientation itself.
_FLATTEN = (
    "[0:v:0]{crop}scale=w='min({side},iw)':h='min({side},ih)'"
    ":force_original_aspect_ratio=decrease,format=rgba,split[picture][copy];"
    "[copy]lutrgb=r=255:g=255:b=255:a=255[white];"
    "[white][picture]overlay=format=rgb:shortest=1,split[whole][reduced];"
    "[whole]scale=out_range=full,format=yuvj420p[cover];"
    "[reduced]scale={palette_side}:{palette_side}:flags=area,format=rgb24[pixels]"
)
_REDUCE = "scale=w='min({side},iw)':h='min({side},ih)':force_original_aspect_ratio=decrease"
_PIXELS = "pixels.rgb"
_DAMAGED = "The image can't be read: it is damaged, or too large."


class ImageKind(StrEnum):
    """The accepted image formats."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    GIF = "gif"


class PictureFormat(StrEnum):
    """The formats of reduced pictures: an AVIF has 40% of the bytes of a JPEG."""

    JPEG = "jpeg"
    AVIF = "avif"


class SizedPicture(Struct, frozen=True):
    """A reduced picture to make: its longer side in pixels, its format, and where it is written."""

    side_px: int
    format: PictureFormat
    path: Path


# By format: the pixels that the encoder reads, and its options. AVIF is encoded fast: that takes
# 0.1 s for 512 pixels.
_PIXEL_FORMATS = {
    PictureFormat.JPEG: ":out_range=full,format=yuvj420p",
    PictureFormat.AVIF: ":out_range=limited,format=yuv420p",
}
_ENCODERS = {
    PictureFormat.JPEG: ("-c:v", "mjpeg", "-q:v", str(_REDUCED_QUALITY), "-f", "mjpeg"),
    PictureFormat.AVIF: (
        *("-c:v", "libaom-av1", "-still-picture", "1", "-crf", "36", "-cpu-used", "8"),
        *("-threads", "1", "-f", "avif"),
    ),
}


class PictureShape(StrEnum):
    """The part of a picture that is kept: all of it, or the middle in a ratio of its sides."""

    WHOLE = "whole"
    SQUARE = "square"
    # Three to one.
    BANNER = "banner"


_CROPS = {
    PictureShape.WHOLE: "",
    PictureShape.SQUARE: "crop=w='min(iw,ih)':h='min(iw,ih)':exact=1,",
    PictureShape.BANNER: "crop=w='min(iw,3*ih)':h='max(1,min(ih,round(iw/3)))':exact=1,",
}

IMAGE_CONTENT_TYPES: dict[ImageKind, str] = {kind: f"image/{kind}" for kind in ImageKind}


class Picture(Struct, frozen=True):
    """The sides of a JPEG in pixels, its palette in its stored form, placeholder and hash.

    See `core.palettes` and `core.placeholders`; `hash` is that of `picture_hash`.
    """

    width: int
    height: int
    palette: list[int]
    placeholder: str
    hash: int | None


class UnreadableImage(Exception):
    """The file can't be converted; `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Reader(Struct, frozen=True):
    """The only demuxer and decoder of ffmpeg that may read a format."""

    demuxer: str
    decoder: str


_READERS: dict[ImageKind, _Reader] = {
    ImageKind.JPEG: _Reader("jpeg_pipe", "mjpeg"),
    ImageKind.PNG: _Reader("png_pipe", "png"),
    ImageKind.WEBP: _Reader("webp_pipe", "webp"),
    ImageKind.GIF: _Reader("gif", "gif"),
}


def sniff_image(head: bytes) -> ImageKind | None:
    """Return the format of an image by its first bytes, or None if it isn't accepted."""
    if head[:3] == b"\xff\xd8\xff":
        return ImageKind.JPEG
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return ImageKind.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ImageKind.WEBP
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        return ImageKind.GIF
    return None


async def make_cover(source: Path, target: Path, *, ffmpeg: Path) -> Picture:
    """Convert to a JPEG of at most 1200 by 1200 pixels. Raises UnreadableImage."""
    return await make_picture(source, target, ffmpeg=ffmpeg, side_px=COVER_SIDE_PX)


async def make_sizes(source: Path, targets: Sequence[SizedPicture], *, ffmpeg: Path) -> None:
    """Reduce a JPEG of ours to several pictures in one run.

    Small images aren't enlarged. Raises UnreadableImage.
    """
    graph = f"[0:v:0]split={len(targets)}{''.join(f'[in{n}]' for n in range(len(targets)))}"
    outputs: list[str] = []
    for number, target in enumerate(targets):
        pixels = _REDUCE.format(side=target.side_px) + _PIXEL_FORMATS[target.format]
        graph += f";[in{number}]{pixels}[out{number}]"
        outputs += ["-map", f"[out{number}]", "-map_metadata", "-1", "-frames:v", "1"]
        outputs += [*_ENCODERS[target.format], f"file:{target.path.absolute()}"]
    command = [*_read_command(source, ffmpeg, _READERS[ImageKind.JPEG]), graph, *outputs]
    end = await run_confined(command, _LIMITS, folder=source.parent)
    if end.exit_code != 0 or not all(target.path.exists() for target in targets):
        raise UnreadableImage(_DAMAGED)


async def make_mosaic(sources: Sequence[Path], target: Path, *, ffmpeg: Path, side_px: int) -> None:
    """Place the middles of four JPEGs of ours in a square. Raises UnreadableImage."""
    half = side_px // 2
    fill = f"scale={half}:{half}:force_original_aspect_ratio=increase,crop={half}:{half},setsar=1"
    parts = [f"[{n}:v:0]{fill},format=yuvj420p[part{n}]" for n in range(len(sources))]
    placed = "".join(f"[part{n}]" for n in range(len(sources)))
    graph = ";".join([*parts, f"{placed}xstack=inputs=4:layout=0_0|w0_0|0_h0|w0_h0[mosaic]"])
    output = ("-map", "[mosaic]", "-map_metadata", "-1", "-frames:v", "1")
    kind = ("-c:v", "mjpeg", "-q:v", str(_REDUCED_QUALITY), "-f", "mjpeg")
    command = [*_read_commands(sources, ffmpeg, _READERS[ImageKind.JPEG]), graph, *output, *kind]
    command.append(await asyncio.to_thread(_address_of, target))
    end = await run_confined(command, _LIMITS, folder=target.parent)
    if end.exit_code != 0 or not await asyncio.to_thread(target.exists):
        raise UnreadableImage(_DAMAGED)


def _address_of(path: Path) -> str:
    return f"file:{path.absolute()}"


async def make_picture(
    source: Path,
    target: Path,
    *,
    ffmpeg: Path,
    side_px: int,
    shape: PictureShape = PictureShape.WHOLE,
) -> Picture:
    """Convert `source` to a JPEG of at most `side_px` by `side_px`.

    The aspect ratio of the shape is kept and small images aren't enlarged. Of an animated GIF the
    first frame is used. On any error `target` doesn't exist. Raises UnreadableImage.
    """
    crop = _CROPS[shape]
    command = await asyncio.to_thread(
        _command, source, target, ffmpeg=ffmpeg, side_px=side_px, crop=crop
    )
    pixels = target.with_name(_PIXELS)
    try:
        end = await run_confined(command, _LIMITS, folder=target.parent)
        return await asyncio.to_thread(_read_output, end, target, pixels)
    except BaseException:
        await asyncio.shield(asyncio.to_thread(target.unlink, missing_ok=True))
        raise
    finally:
        await asyncio.shield(asyncio.to_thread(pixels.unlink, missing_ok=True))


def _command(source: Path, target: Path, *, ffmpeg: Path, side_px: int, crop: str) -> list[str]:
    """Return the command for the format of `source`. Raises UnreadableImage."""
    with source.open("rb") as file:
        head = file.read(64)
    kind = sniff_image(head)
    if kind is None:
        raise UnreadableImage("The file is not an image in an accepted format.")
    if kind is ImageKind.WEBP and _is_animated_webp(head):
        raise UnreadableImage("Animated WebP images are not accepted.")
    reader = _READERS[kind]
    # What is cropped is a picture of its own, and no reduced copy.
    is_kept = bool(crop) or side_px >= COVER_SIDE_PX
    quality = _QUALITY if is_kept else _REDUCED_QUALITY
    graph = _FLATTEN.format(crop=crop, side=side_px, palette_side=PALETTE_SIDE_PX)
    return [
        *_read_command(source, ffmpeg, reader),
        graph,
        *("-map", "[cover]", "-map_metadata", "-1", "-frames:v", "1"),
        *("-c:v", "mjpeg", "-q:v", str(quality), "-f", "mjpeg", f"file:{target.absolute()}"),
        *("-map", "[pixels]", "-frames:v", "1", "-f", "rawvideo"),
        f"file:{target.with_name(_PIXELS).absolute()}",
    ]


def _read_command(source: Path, ffmpeg: Path, reader: _Reader) -> list[str]:
    """Return the command for one picture, up to its filters."""
    return _read_commands([source], ffmpeg, reader)


def _read_commands(sources: Sequence[Path], ffmpeg: Path, reader: _Reader) -> list[str]:
    """Return the command for pictures of one format, up to its filters."""
    command = [str(ffmpeg), "-hide_banner", "-nostdin", "-nostats", "-y", "-loglevel", "warning"]
    command += ["-filter_complex_threads", "1", "-max_alloc", str(256 << 20)]
    for source in sources:
        command += ["-threads", "1"]
        command += ["-protocol_whitelist", "file,pipe", "-format_whitelist", reader.demuxer]
        command += ["-codec_whitelist", reader.decoder]
        command += ["-max_pixels", str(PIXELS_MAX), "-an", "-sn", "-dn"]
        command += ["-f", reader.demuxer, "-i", f"file:{source.absolute()}"]
    return [*command, "-filter_complex"]


def _is_animated_webp(head: bytes) -> bool:
    return head[12:16] == b"VP8X" and len(head) > 20 and bool(head[20] & 2)


def _read_output(end: ProcessExit, target: Path, pixels: Path) -> Picture:
    """Return what is known of the output. Raises UnreadableImage if there is none."""
    if "exceeds specified max pixel count" in end.stderr:
        limit = PIXELS_MAX // 1_000_000
        raise UnreadableImage(f"The image has more than {limit} million pixels.")
    # ffmpeg succeeds without output if the file has no frame, such as only a palette.
    if end.exit_code != 0 or not target.exists() or not target.stat().st_size:
        raise UnreadableImage(_DAMAGED)
    width, height = _read_size(target)
    read = pixels.read_bytes()
    placeholder = find_placeholder(read, width, height)
    return Picture(width, height, find_palette(read), placeholder, find_hash(read))


def _read_size(jpeg: Path) -> tuple[int, int]:
    """Return width and height from the frame header of a JPEG that ffmpeg wrote."""
    with jpeg.open("rb") as file:
        file.seek(2)
        while True:
            _, marker, length = struct.unpack(">BBH", file.read(4))
            if marker == _BASELINE_FRAME:
                _, height, width = struct.unpack(">BHH", file.read(5))
                return width, height
            file.seek(length - 2, 1)
