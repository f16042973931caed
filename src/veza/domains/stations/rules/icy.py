"""Titles inside of a stream of sound, as SHOUTcast has them: a block after so many bytes."""

METAINT = 16_000
_MAX_TITLE = 400


class TitledSound:
    """The sound for one listener, with a block of titles after each `METAINT` bytes."""

    def __init__(self) -> None:
        self._left = METAINT
        self._told: str | None = None

    def write(self, sound: bytes, title: str) -> bytes:
        """Return a piece of sound with the blocks that are due; one is empty if nothing changed."""
        parts: list[bytes] = []
        at = 0
        while len(sound) - at >= self._left:
            parts += [sound[at : at + self._left], self._write_block(title)]
            at += self._left
            self._left = METAINT
        self._left -= len(sound) - at
        return b"".join([*parts, sound[at:]])

    def _write_block(self, title: str) -> bytes:
        if title == self._told:
            return b"\0"
        self._told = title
        return write_block(title)


def write_block(title: str) -> bytes:
    """Return a block: how many times 16 bytes it has, the title, and zeros."""
    # Players look for the end of the text, and know no escapes.
    text = write_line(title)[:_MAX_TITLE].replace("';", "' ;")
    content = f"StreamTitle='{text}';".encode()
    return bytes((-(-len(content) // 16),)) + content + b"\0" * (-len(content) % 16)


def write_line(text: str) -> str:
    """Return a text in one line, which a header or a block can have."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
