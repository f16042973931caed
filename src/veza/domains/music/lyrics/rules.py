"""Parses and writes LRC; the error for lyrics names the first wrong line."""

import re

from veza.core.embedded_tags import MAX_LYRICS_LENGTH
from veza.core.errors import FieldError, FieldRule, Invalid
from veza.domains.music.lyrics.models import Lyrics, LyricsForm, StoredLyrics, SyncedLine, TimedLine

MAX_LINES = 5_000

# Of a time in brackets, and a line break.
_TIME_LENGTH = 13
_MAX_MS = 59_999_999

_TIME = re.compile(r"\[([0-9]{1,3}):([0-5]?[0-9])(?:[.:]([0-9]{1,3}))?\]", re.ASCII)
_WORD_TIME = re.compile(r"<[0-9]{1,3}:[0-9]{1,2}(?:[.:][0-9]{1,3})?> ?", re.ASCII)
# Such as `[ar:Ada]`, `[length:03:12]`, and comments.
_METADATA = re.compile(r"\[(#|[A-Za-z]+)[:\]].*")
_OFFSET = re.compile(r"\[offset:\s*([+-]?[0-9]{1,7})\s*\]", re.ASCII | re.IGNORECASE)


def clean_form(form: LyricsForm) -> StoredLyrics:
    """Return the lyrics in the form in which they are stored. Raises Invalid."""
    if form.plain is None and form.synced is None:
        raise Invalid(details=[FieldError("plain", "Send `plain`, `synced`, or both.", "missing")])
    return StoredLyrics(
        plain=None if form.plain is None else clean_plain(form.plain),
        synced=None if form.synced is None else write_lrc(parse_lrc(form.synced)),
    )


def read_embedded(plain: str | None, synced: str | None) -> StoredLyrics | None:
    """Return the lyrics in the tags of a file, or None; what is invalid is left out.

    Some programs write LRC as plain lyrics.
    """
    timed = _parse_or_none(synced or plain or "")
    text = None
    if plain is not None and (synced is not None or timed is None):
        text = _clean_lines(plain)
    if timed is None and (not text or _is_too_long(text)):
        return None
    return StoredLyrics(text if text and not _is_too_long(text) else None, timed)


def clean_plain(text: str) -> str:
    """Return a text with plain line ends and without blank ones around. Raises Invalid."""
    cleaned = _clean_lines(text)
    if not cleaned:
        raise Invalid(details=[FieldError("plain", "Enter a text: it can't be blank.", "blank")])
    if _is_too_long(cleaned):
        raise Invalid(
            details=[FieldError("plain", "The lyrics are longer than 64 KiB.", "too_large_text")]
        )
    return cleaned


def parse_lrc(text: str) -> list[TimedLine]:
    """Return the lines of LRC by time. Raises Invalid, which names the first wrong line.

    A line may have several times. `[offset:…]` is applied; other metadata and the times of words
    are dropped.
    """
    offset_ms = 0
    size = 0
    lines: list[TimedLine] = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        plain = line.strip()
        times, rest = _cut_times(plain)
        if times:
            words = " ".join(_WORD_TIME.sub("", rest).split())
            size += len(times) * (len(words.encode(errors="replace")) + _TIME_LENGTH)
            if len(lines) + len(times) > MAX_LINES or size > MAX_LYRICS_LENGTH:
                raise _invalid("LRC may have 5,000 lines and 64 KiB.", "too_large_text")
            lines += [TimedLine(time_ms, words) for time_ms in times]
        elif found := _OFFSET.fullmatch(plain):
            offset_ms = int(found[1])
        elif plain and not _METADATA.fullmatch(plain):
            raise _invalid(f"Line {number} has no time such as `[01:23.45]`.")
    if not any(line.text for line in lines):
        raise _invalid("Enter at least one line with a time such as `[01:23.45]`, and a text.")
    # A positive offset shows the lines earlier.
    moved = [
        TimedLine(min(max(0, line.start_ms - offset_ms), _MAX_MS), line.text) for line in lines
    ]
    return sorted(moved, key=lambda line: line.start_ms)


def write_lrc(lines: list[TimedLine]) -> str:
    """Return lines as LRC, with hundredths of a second unless a time needs thousandths."""
    return "\n".join(f"[{_format_time(line.start_ms)}]{line.text}" for line in lines)


def show_lyrics(stored: StoredLyrics) -> Lyrics:
    """Return the response for lyrics."""
    timed = [] if stored.synced is None else parse_lrc(stored.synced)
    plain = "\n".join(line.text for line in timed) if stored.plain is None else stored.plain
    lines = [SyncedLine(line.start_ms / 1000, line.text) for line in timed]
    return Lyrics(plain, stored.synced, lines)


def _cut_times(line: str) -> tuple[list[int], str]:
    """Return the times at the beginning of a line in milliseconds, and the rest of it."""
    times: list[int] = []
    end = 0
    while found := _TIME.match(line, end):
        fraction = int((found[3] or "0").ljust(3, "0"))
        times.append((60 * int(found[1]) + int(found[2])) * 1000 + fraction)
        end = found.end()
    return times, line[end:]


def _format_time(time_ms: int) -> str:
    minutes, rest_ms = divmod(time_ms, 60_000)
    seconds, fraction = divmod(rest_ms, 1000)
    digits = f"{fraction:03d}" if fraction % 10 else f"{fraction // 10:02d}"
    return f"{minutes:02d}:{seconds:02d}.{digits}"


def _parse_or_none(text: str) -> str | None:
    try:
        return write_lrc(parse_lrc(text))
    except Invalid:
        return None


def _clean_lines(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.splitlines()).strip("\n")


def _is_too_long(text: str) -> bool:
    return len(text.encode(errors="replace")) > MAX_LYRICS_LENGTH


def _invalid(message: str, rule: FieldRule = "not_lrc") -> Invalid:
    return Invalid(details=[FieldError("synced", message, rule)])
