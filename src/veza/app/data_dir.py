"""The data directory: created and locked, and why it can't be used, for operators."""

import errno
import os
import pwd
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from veza.app.private_files import close_folder
from veza.app.settings.settings import Settings
from veza.core.errors import CannotStart
from veza.infra.processes.lock import hold_lock

# A file in the data directory while `veza restore` fills it.
RESTORING = "restoring"

_DENIED = {errno.EACCES, errno.EPERM}
_NO_DIRECTORY = {errno.EEXIST, errno.ENOTDIR}


def create_data_dir(settings: Settings) -> Path:
    """Create the data directory, readable for its owner only. Raises CannotStart."""
    try:
        settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        _ensure_usable(settings.data_dir)
    except OSError as error:
        raise CannotStart(explain_folder(settings.data_dir, error)) from error
    if (settings.data_dir / RESTORING).exists():
        raise CannotStart(
            f"A restoration into {settings.data_dir} was interrupted: delete what is in it, and in "
            "the database and storage of the settings, and run `veza restore` again."
        )
    return settings.data_dir


@contextmanager
def own_data_dir(settings: Settings) -> Generator[Path]:
    """Create and lock the data directory, for the only server that uses it. Raises CannotStart.

    One that was there before is closed to other users.
    """
    folder = create_data_dir(settings)
    with hold_lock(folder) as other:
        if other is not None:
            raise CannotStart(
                f"Another Veza (process {other}) uses the data directory {folder.absolute()}. "
                "Stop it, or set VEZA_DATA_DIR to another directory."
            )
        close_folder(folder)
        yield folder


def explain_folder(folder: Path, error: OSError) -> str:
    """Return a sentence about a data directory that can't be created or used."""
    folder = folder.absolute()
    elsewhere = "or set VEZA_DATA_DIR to another directory."
    if error.errno in _DENIED:
        return _explain_denial(folder, folder)
    if error.errno == errno.EROFS:
        return f"{folder} is on a read-only file system: mount it for writing, {elsewhere}"
    if error.errno == errno.ELOOP or folder.is_symlink():
        return f"{folder} is a symbolic link that leads nowhere: remove it, {elsewhere}"
    if error.errno in _NO_DIRECTORY:
        return f"{folder} is not a directory, or lies below a file: move that, {elsewhere}"
    return (
        f"The data directory {folder} can't be created ({error.strerror}): create it, {elsewhere}"
    )


def explain_file(folder: Path, error: OSError) -> str | None:
    """Return a sentence about a file of the data directory that can't be read or written.

    None for any other error, which is a bug.
    """
    folder = folder.absolute()
    if not isinstance(error.filename, str | Path):
        return None
    path = Path(error.filename).absolute()
    if not path.is_relative_to(folder):
        return None
    if error.errno == errno.EROFS:
        return explain_folder(folder, error)
    return _explain_denial(folder, path) if error.errno in _DENIED else None


def _ensure_usable(folder: Path) -> None:
    """Raise an OSError if this user can't read and write a folder."""
    if os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return
    is_read_only = os.statvfs(folder).f_flag & os.ST_RDONLY
    number = errno.EROFS if is_read_only else errno.EACCES
    raise OSError(number, os.strerror(number), str(folder))


def _explain_denial(folder: Path, path: Path) -> str:
    """Return whose file or folder it is that this user may not use."""
    path = next(each for each in (path, *path.parents) if _is_seen(each))
    owner = path.stat().st_uid
    own = os.geteuid()
    if owner == own:
        return (
            f"{path} can't be read and written (permission denied): "
            f"run `chmod -R u+rwX {path}`, or set VEZA_DATA_DIR to another directory."
        )
    given = folder if path.is_relative_to(folder) else path
    return (
        f"{path} belongs to the user {_name_of(owner)}, and you are {_name_of(own)}: run this as "
        f"{_name_of(owner)}, give it to yourself with `chown -R {_name_of(own)} {given}`, or set "
        "VEZA_DATA_DIR to another directory."
    )


def _is_seen(path: Path) -> bool:
    """Return whether a path exists, and this user may know it."""
    try:
        path.stat()
    except OSError:
        return False
    return True


def _name_of(user_id: int) -> str:
    try:
        return pwd.getpwuid(user_id).pw_name
    except KeyError:
        return str(user_id)
