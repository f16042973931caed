"""Steps that read the metadata of files in archives."""

import zipfile
from pathlib import Path
from typing import Any

import mutagen


def read_back(archive: zipfile.ZipFile, name: str, folder: Path) -> Any:
    """Return a file of an archive as mutagen reads it."""
    path = folder / Path(name).name
    path.write_bytes(archive.read(name))
    return mutagen.File(path)  # pyright: ignore[reportPrivateImportUsage]
