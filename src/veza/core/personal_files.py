"""What is a person's own in the storage: their part of it is handed out to them."""

from msgspec import Struct


class PersonalFile(Struct, frozen=True):
    """A file that somebody brought: its name in what they are handed out, its key in the storage.

    The name is a path without `..`, and no other file of the same area has it.
    """

    name: str
    key: str
    size_bytes: int
