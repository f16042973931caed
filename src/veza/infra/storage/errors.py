"""Errors of disks and object stores become a few of our own: busy, missing, unreadable."""

import errno
from collections.abc import Generator
from contextlib import contextmanager

from obstore.exceptions import AlreadyExistsError, BaseError

from veza.core.errors import CannotStart, OutOfSpace, Unavailable

# Of one object, not of the whole disk.
_BAD = {errno.EIO, errno.EISDIR, errno.EUCLEAN, errno.EBADMSG}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StorageUnavailable(Unavailable):
    """The object store doesn't answer or refuses access."""

    code = "storage_unavailable"
    message = "The file storage is not available at the moment: try again soon."


class StorageBusy(Unavailable):
    """This process has as many uploads as its memory limit allows."""

    code = "storage_busy"
    message = "Too many uploads are under way: try again in a few seconds."


class StorageUnusable(CannotStart):
    """A storage that only the command line uses, such as the target of backups, fails."""


class ObjectUnreadable(StorageUnusable):
    """The disk of such a storage can't read an object that exists."""


class ObjectMissing(Exception):
    """No object has this key."""


class ObjectExists(Exception):
    """An object with this key exists."""


@contextmanager
def storage_errors(name: str | None = None) -> Generator[None]:
    """Raise the errors of this module in place of those of the library and the system.

    With the `name` of a storage that only the command line uses, StorageUnusable tells the operator
    what is wrong; else the details are hidden.
    """
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing from error
    except AlreadyExistsError as error:
        raise ObjectExists from error
    except (BaseError, OSError) as error:
        if name is not None:
            kind = ObjectUnreadable if _is_of_bad_disk(error) else StorageUnusable
            raise kind(f"{name} can't be used: {describe(error)}") from error
        raise (OutOfSpace if is_full(error) else StorageUnavailable) from error


def is_full(error: Exception) -> bool:
    """Return whether an error means a full disk or quota; obstore reports that only as text.

    The text of any other error may come from a stranger.
    """
    if isinstance(error, OSError) and error.errno in _FULL:
        return True
    return isinstance(error, OSError | BaseError) and any(
        f"(os error {number})" in str(error) for number in _FULL
    )


def describe(error: Exception) -> str:
    """Return the first line of an error: obstore adds details for its developers."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _is_of_bad_disk(error: Exception) -> bool:
    return isinstance(error, OSError) and error.errno in _BAD
