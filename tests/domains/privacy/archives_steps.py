"""A step that reads the archive of an export."""

import io
import zipfile


def unpack(content: bytes) -> dict[str, bytes]:
    """Read an archive: each file by its path."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names)
        return {name: archive.read(name) for name in names}
