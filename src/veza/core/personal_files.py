"""Files of members in the storage, for exports."""

from msgspec import Struct


class PersonalFile(Struct, frozen=True):
    """A file of a member: its name in the export, and its key in the storage.

    The name is a path without `..`, unique among the files of a domain.
    """

    name: str
    key: str
    size_bytes: int
