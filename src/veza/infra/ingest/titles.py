"""Reads the titles that encoders send: in a request of their own, or inside of Ogg."""

import time

from veza.infra.ingest.hooks import Hooks, NotAdmitted, Publishing, Reason
from veza.infra.ingest.icecast_requests import MAX_TITLE_LENGTH

# How often it is stored at most; the last one counts.
_EACH_S = 1.0
# How Vorbis and Opus begin the comments that each logical stream has.
_MARKS = (b"\x03vorbis", b"OpusTags")
_LONGEST_MARK = max(map(len, _MARKS))
# Comments are near the beginning, and a picture in them is not waited for.
_MAX_BYTES = 16 * 1024
_MAX_COMMENTS = 50
_WORD = 4


class Titles:
    """The titles of one encoder: `say` names one, `store` tells the API at its own pace."""

    def __init__(self, hooks: Hooks, encoder: Publishing) -> None:
        self._hooks = hooks
        self._encoder = encoder
        self._said = ""
        self._stored = ""
        self._tried_at = 0.0

    def say(self, title: str) -> None:
        """Note what is played from now on."""
        self._said = title[:MAX_TITLE_LENGTH]

    async def store(self) -> None:
        """Store what is played, if that changed and the last time was a while ago.

        A title that could not be sent is sent again, unless it was refused.
        """
        said = self._said
        if said == self._stored or time.monotonic() - self._tried_at < _EACH_S:
            return
        self._tried_at = time.monotonic()
        try:
            await self._hooks.announce(self._encoder, said)
        except NotAdmitted as error:
            # Whether it may go on is asked elsewhere.
            if error.reason is Reason.UNAVAILABLE:
                return
        self._stored = said


class OggTitles:
    """Finds titles in the comments of Ogg, as its bytes pass."""

    def __init__(self) -> None:
        self._kept = b""

    def find(self, piece: bytes) -> str | None:
        """Return the title that a piece completes, if it does."""
        self._kept += piece
        found = [(at, mark) for mark in _MARKS if (at := self._kept.rfind(mark)) >= 0]
        if not found:
            self._kept = self._kept[-_LONGEST_MARK:]
            return None
        at, mark = max(found)
        comments = self._kept[at + len(mark) :]
        try:
            title = _read_title(comments)
        except _Incomplete:
            self._kept = b"" if len(comments) > _MAX_BYTES else self._kept[at:]
            return None
        self._kept = b""
        return title


class _Incomplete(Exception):
    """The comments go on after what has arrived."""


def _read_title(data: bytes) -> str | None:
    """Return artist and title of comments. Raises _Incomplete."""
    _, at = _read_text(data, 0)
    count, at = _read_number(data, at)
    fields: dict[str, str] = {}
    for _ in range(min(count, _MAX_COMMENTS)):
        text, at = _read_text(data, at)
        name, _, value = text.partition("=")
        fields.setdefault(name.lower(), value)
    parts = (fields.get("artist", ""), fields.get("title", ""))
    return " - ".join(part for part in parts if part) or None


def _read_text(data: bytes, at: int) -> tuple[str, int]:
    length, at = _read_number(data, at)
    if at + length > len(data):
        raise _Incomplete
    return data[at : at + length].decode(errors="replace"), at + length


def _read_number(data: bytes, at: int) -> tuple[int, int]:
    if at + _WORD > len(data):
        raise _Incomplete
    return int.from_bytes(data[at : at + _WORD], "little"), at + _WORD
