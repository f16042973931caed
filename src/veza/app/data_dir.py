"""Explains to operators why the data directory can't be used, and what to do."""

import errno
import os
import pwd
from pathlib import Path

_DENIED = {errno.EACCES, errno.EPERM}
_NO_DIRECTORY = {errno.EEXIST, errno.ENOTDIR}


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


def ensure_usable(folder: Path) -> None:
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
