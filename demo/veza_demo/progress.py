"""The progress of the demonstration on stderr: a bar in a terminal, plain lines elsewhere."""

import shutil
import sys
from typing import TextIO

_BAR_WIDTH = 24
_CLEAR_LINE = "\r\x1b[2K"


class Progress:
    """Counts finished steps and shows the step that runs."""

    def __init__(self, total: int, stream: TextIO | None = None) -> None:
        self._stream = sys.stderr if stream is None else stream
        self._is_terminal = self._stream.isatty()
        self._total = total
        self._done = 0
        self._text = ""

    def show(self, text: str) -> None:
        """Show what is being made."""
        self._text = text
        if self._is_terminal:
            self._draw()
        else:
            self._write(f"[{self._done}/{self._total}] {text}\n")

    def advance(self, steps: int = 1) -> None:
        """Count finished steps."""
        self._done += steps
        if self._is_terminal:
            self._draw()

    def close(self) -> None:
        """End the line of the bar, so that other output starts below it."""
        if self._is_terminal:
            self._write("\n")

    def _draw(self) -> None:
        filled = _BAR_WIDTH * self._done // self._total
        bar = "#" * filled + "." * (_BAR_WIDTH - filled)
        line = f"[{bar}] {self._done}/{self._total} {self._text}"
        # A longer line would wrap, and only its last row would be cleared.
        width = shutil.get_terminal_size().columns - 1
        self._write(_CLEAR_LINE + line[:width])

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
