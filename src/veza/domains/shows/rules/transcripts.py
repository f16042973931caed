"""Reads WebVTT and SRT, and writes WebVTT: the error names the first wrong cue.

Each function takes a cue or a list, so that long transcripts are read and written in pieces.
"""

import html
import re
from collections.abc import Sequence

from veza.core.errors import FieldError, FieldRule, Invalid
from veza.domains.shows.models.episodes import MAX_TRANSCRIPT_LENGTH, Cue

MAX_CUES = 20_000
_MAX_SECONDS = 360_000

_TIME = r"(?:([0-9]{1,3}):)?([0-5]?[0-9]):([0-5]?[0-9])[.,]([0-9]{1,3})"
_TIMES = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?", re.ASCII)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?[ \t]+([^<>]{1,100})>")
_MARKUP = re.compile(r"<[^<>]*>")
_BLANK = re.compile(r"\n[ \t]*\n\s*")
# Blocks of WebVTT that are no cues.
_OTHER = ("NOTE", "STYLE", "REGION")


def split_blocks(content: str) -> list[tuple[int, str]]:
    """Return the numbered blocks of WebVTT or SRT, one of each cue. Raises Invalid."""
    text = content.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").strip()
    blocks = _BLANK.split(text)
    if blocks[0].startswith("WEBVTT"):
        blocks = [block for block in blocks[1:] if not block.startswith(_OTHER)]
    if len(blocks) > MAX_CUES:
        raise _invalid("A transcript has at most 20,000 cues.", "too_large_text")
    return list(enumerate(blocks, 1))


def arrange(read: Sequence[Cue | None]) -> list[Cue]:
    """Return the cues that were read, by time. Raises Invalid if there is none."""
    cues = [cue for cue in read if cue is not None]
    if not cues:
        raise _invalid("Send WebVTT or SRT with at least one cue.")
    return sorted(cues, key=lambda cue: (cue.start_seconds, cue.end_seconds))


def write_block(cue: Cue) -> str:
    """Return a cue as a block of WebVTT."""
    span = f"{_write_time(cue.start_seconds)} --> {_write_time(cue.end_seconds)}"
    return f"{span}\n{_write_text(cue)}"


def join_vtt(blocks: Sequence[str]) -> str:
    """Return blocks as WebVTT. Raises Invalid if it is longer than what is stored."""
    content = "\n\n".join(["WEBVTT", *blocks]) + "\n"
    if len(content.encode(errors="replace")) > MAX_TRANSCRIPT_LENGTH:
        raise _invalid("The transcript is longer than 1 MiB.", "too_large_text")
    return content


def read_block(numbered: tuple[int, str]) -> Cue | None:
    """Return the cue of a block; None for one without a text. Raises Invalid."""
    number, block = numbered
    lines = block.split("\n")
    # A number or a name may stand before the times.
    first = 0 if "-->" in lines[0] else 1
    match = _TIMES.fullmatch(lines[first].strip()) if first < len(lines) else None
    if match is None:
        raise _invalid(f"Cue {number} has no times such as `00:01.000 --> 00:04.000`.")
    start, end = _read_time(match.groups()[:4]), _read_time(match.groups()[4:])
    if end < start or end > _MAX_SECONDS:
        raise _invalid(f"Cue {number} ends before it starts, or after 100 hours.")
    spoken = " ".join(" ".join(lines[first + 1 :]).split())
    voice = _VOICE.search(spoken)
    text = " ".join(html.unescape(_MARKUP.sub("", spoken)).split())
    if not text:
        return None
    speaker = " ".join(html.unescape(voice[1]).split()) if voice else None
    return Cue(start, end, text, speaker or None)


def _read_time(parts: Sequence[str | None]) -> float:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole * 1000 + int(fraction.ljust(3, "0"))) / 1000


def _write_time(seconds: float) -> str:
    whole, thousandths = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}.{thousandths:03d}"


def _write_text(cue: Cue) -> str:
    text = html.escape(cue.text, quote=False)
    if cue.speaker is None:
        return text
    return f"<v {html.escape(cue.speaker, quote=False)}>{text}"


def _invalid(message: str, rule: FieldRule = "not_a_transcript") -> Invalid:
    return Invalid(details=[FieldError("transcript", message, rule)])
