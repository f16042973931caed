"""A program that prints the tags of files as Picard reads them: for the Python that has Picard."""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import picard.formats  # pyright: ignore[reportMissingImports]
import picard.options  # pyright: ignore[reportMissingImports]
import picard.tagger  # pyright: ignore[reportMissingImports]
from picard.config import setup_config  # pyright: ignore[reportMissingImports]
from picard.file import File  # pyright: ignore[reportMissingImports]
from picard.formats.registry import FormatRegistry  # pyright: ignore[reportMissingImports]
from PyQt6.QtCore import QCoreApplication  # pyright: ignore[reportMissingImports]


def main() -> None:
    app = QCoreApplication([])
    registry = FormatRegistry()
    for kind in picard.formats.DEFAULT_FORMATS:
        registry.register(kind)
    # In place of its windows, which are told of each file.
    File.tagger = picard.tagger.Tagger._Tagger__instance = MagicMock(format_registry=registry)
    with tempfile.TemporaryDirectory() as folder:
        setup_config(app, str(Path(folder) / "picard.ini"))
        found = {name: _read(registry, name) for name in sys.argv[1:]}
    json.dump(found, sys.stdout)


def _read(registry: FormatRegistry, name: str) -> dict[str, list[str]]:
    opened: Any = registry.open(name)
    metadata = opened._load(name)
    return {tag: list(map(str, values)) for tag, values in metadata.rawitems()}


if __name__ == "__main__":
    main()
