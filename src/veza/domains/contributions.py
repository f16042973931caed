"""The kinds of functions that domains contribute to others: each domain lists its own in `wiring`.

They are here so that a domain can be asked by another that it must not import.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from msgspec import Struct

from veza.core.access import Member
from veza.core.ids import UserId
from veza.core.money_mode import MoneyMode
from veza.core.reviews import ReviewedFile, ReviewedObject
from veza.core.signed_urls import UrlBuilder
from veza.core.takedowns import ItemCopy
from veza.infra.postgres.database import Conn, Database, Tx


class PersonalFile(Struct, frozen=True):
    """A file of a member in the storage, for exports: its name there, and its key.

    The name is a path without `..`, unique among the files of a domain.
    """

    name: str
    key: str
    size_bytes: int


class PersonalData(Struct, frozen=True):
    """The personal data of a domain: its tables, and the functions that export and erase them.

    `list_files` returns a member's own files. `ensure_may_erase` raises if the data can't be
    erased. `move` gives what a page has to another profile before the page is erased: to move is
    what others refer to, and `ensure_may_move` raises if it can't be.
    """

    tables: tuple[str, ...]
    export: Callable[[Conn, UserId], Awaitable[Any]]
    erase: Callable[[Tx, UserId], Awaitable[None]]
    list_files: Callable[[Conn, UserId], Awaitable[list[PersonalFile]]] | None = None
    ensure_may_erase: Callable[[Tx, UserId, Collection[MoneyMode]], Awaitable[None]] | None = None
    move: Callable[[Tx, UserId, UserId], Awaitable[None]] | None = None
    ensure_may_move: Callable[[Tx, UserId], Awaitable[None]] | None = None


class Evidence(Protocol):
    """A reported item as it is now: a Struct of the domain that owns it."""

    @property
    def author_id(self) -> UserId:
        """The member who published the item."""
        ...


# Returns an item that a member reports, if they can see it.
type FindEvidence = Callable[[Conn, UUID, Member], Awaitable[Evidence | None]]


class OwnedItem(Struct, frozen=True):
    """An item that staff may take down: its owner, and what statements call it."""

    owner_id: UserId
    title: str
    # Where an item is found by another id than its own, as the picture of a profile is.
    content_id: UUID | None = None


class TakedownKind(Struct, frozen=True):
    """The functions that take down items of one kind.

    `hide` returns what `restore` gets back, or None if there is no such item any more; the
    caller has locked the owner. `restore` and `delete` do nothing if the item is gone. After
    `restore` the item is as its owner left it, with all that others did with it. Items whose pages
    have a name in their addresses are found by it with `find_named`, which returns their id too.
    """

    find: Callable[[Conn, UUID], Awaitable[OwnedItem | None]]
    hide: Callable[[Tx, UUID], Awaitable[Mapping[str, Any] | None]]
    restore: Callable[[Tx, UUID, Mapping[str, Any]], Awaitable[None]]
    delete: Callable[[Tx, UUID, Member], Awaitable[None]]
    find_named: Callable[[Conn, str], Awaitable[OwnedItem | None]] | None = None


# Returns up to ten items of others that are the same.
type FindCopies = Callable[[Conn, UUID], Awaitable[list[ItemCopy]]]

# Gives an account what was ordered without one, with the address that it has just verified.
type ClaimOrders = Callable[[Tx, UserId], Awaitable[None]]

# Lists the audio and pictures of an item for staff, as far as they are left.
type ListReviewed = Callable[[Conn, UUID, UrlBuilder], Awaitable[list[ReviewedFile]]]

# Lists the stored files of an item that have no address of their own, for staff.
type ListReviewedObjects = Callable[[Conn, UUID], Awaitable[list[ReviewedObject]]]

# Returns the SHA-256 hashes of the files of an item.
type ListHashes = Callable[[Conn, UUID], Awaitable[list[str]]]

# Returns up to ten items that others than a member publish, and that have one of these files.
type FindSameFiles = Callable[[Conn, Sequence[str], UserId], Awaitable[list[ItemCopy]]]

# Returns figures for admins, by name.
type StatisticsQuery = Callable[[Conn], Awaitable[Struct | Mapping[str, int]]]

# Hides or shows the next rows of a member, updates the counts, and returns the positions of the
# rows. Takes a `RecountBatch` of `auth.accounts`.
type UpdateHidden = Callable[[Tx, Any], Awaitable[Sequence[Any]]]


class SearchableType(Struct, frozen=True):
    """A type of items that searches find, and the functions that maintain its index.

    `index_batch` indexes the next items of a member, or of all, after a position; it returns the
    positions that it indexed. `refresh` updates the popularity, and `recount_words` the words.
    """

    index_batch: Callable[[Tx, UserId | None, Any], Awaitable[Sequence[Any]]]
    refresh: Callable[[Database], Awaitable[None]]
    recount_words: Callable[[Database], Awaitable[None]]
