"""Keeps the files of a server from other users of the machine."""

import os
import stat
from pathlib import Path

import structlog

from veza.app.settings.settings import Settings

log = structlog.get_logger()

_OTHERS = 0o077
# nginx sends files of the storage. It is in the group of the server: docs/operation.md.
_OTHERS_THAN_NGINX = 0o027


def keep_files_private(settings: Settings) -> None:
    """Set the umask of this process and its children: files are for its own user only."""
    os.umask(_OTHERS if settings.x_accel_location is None else _OTHERS_THAN_NGINX)


def close_folder(folder: Path) -> None:
    """Restrict a folder, if it exists, to its owner, whatever the modes of the files below it.

    Another user's folder stays as it is, with a warning: volumes of containers may be root's.
    """
    if folder.exists() and stat.S_IMODE(folder.stat().st_mode) & _OTHERS:
        try:
            folder.chmod(0o700)
        except PermissionError:
            log.warning("data_dir_open", hint=f"Have its owner run `chmod 700 {folder}`.")
