"""Errors of the storage."""

import errno
from collections.abc import Generator
from contextlib import contextmanager

from obstore.exceptions import AlreadyExistsError, BaseError

from veza.core.errors import OutOfSpace, Unavailable

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class StorageUnavailable(Unavailable):
    """The object store doesn't answer or refuses access."""

    code = "storage_unavailable"
    message = "The file storage is not available at the moment: try again soon."


class StorageBusy(Unavailable):
    """This process has as many uploads as its memory limit allows."""

    code = "storage_busy"
    message = "Too many uploads are under way: try again in a few seconds."


class ObjectMissing(Exception):
    """No object has this key."""


class ObjectExists(Exception):
    """An object with this key exists."""


@contextmanager
def storage_errors() -> Generator[None]:
    """Raise the errors of this module in place of those of the library and the system."""
    try:
        yield
    except FileNotFoundError as error:
        raise ObjectMissing from error
    except AlreadyExistsError as error:
        raise ObjectExists from error
    except (BaseError, OSError) as error:
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
