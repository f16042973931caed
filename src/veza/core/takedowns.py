"""Items that staff has taken down: the column that statements select, and what their owners see.

Such an item is private (a product: withdrawn) and keeps what its owner chose in a column of its
own, `owner_visibility` or `owner_status`. Only its owner sees it, whatever links were given out.
"""

from enum import StrEnum
from typing import Annotated, Protocol
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from veza.core.ids import TakedownId
from veza.core.structs import copy_fields
from veza.core.visibility import Visibility

# The key, in what restores a picture, of the item that showed it.
SHOWN_BY = "item_id"


class ContentCategory(StrEnum):
    """The reason for which content is reported or taken down."""

    COPYRIGHT = "copyright"
    ILLEGAL = "illegal"
    ABUSE = "abuse"
    SPAM = "spam"
    IMPERSONATION = "impersonation"
    UNDISCLOSED_AI = "undisclosed_ai"
    OTHER = "other"


class Automation(StrEnum):
    """The reason why a program hid an item by itself, before a person looked at it.

    `match`: the item is like one that was taken down. `notice`: a copyright notice names it.
    """

    MATCH = "match"
    NOTICE = "notice"


# Items that are taken down by law are remembered, to notice when they come again.
BY_LAW = (ContentCategory.COPYRIGHT, ContentCategory.ILLEGAL)


class ItemTakedown(Struct, frozen=True, array_like=True):
    """The column `taken_down`."""

    id: TakedownId
    category: ContentCategory
    reason: str
    held: bool
    automated: bool
    automation: Automation | None


class TakenDown(Struct, frozen=True):
    """A take-down as the owner of the item sees it. Nobody else sees the item.

    `appeal_url` takes an appeal, once. What is `held` waits until staff has looked at it: nothing
    is decided yet, and there is no appeal. It is `automated` until a person has decided;
    `automation` is why a program had hidden it before, if one had.
    """

    category: ContentCategory
    reason: str
    held: bool
    automated: bool
    automation: Automation | None
    appeal_url: Annotated[
        str | None,
        Meta(examples=["https://music.example/api/v1/takedowns/0190a1b2-0000/appeal"]),
    ]


class ItemCopy(Struct, frozen=True):
    """An item of another member that is the same as one: a hint, no verdict.

    `share` is the part that is the same. `category` is why it was taken down; of one that is gone
    nothing else is left.
    """

    content_type: str
    content_id: UUID | None
    title: str | None
    owner_name: str | None
    same_file: bool
    share: float
    category: ContentCategory | None


class _Holdable(Protocol):
    """An item with a visibility that staff can take down."""

    @property
    def visibility(self) -> Visibility: ...
    @property
    def owner_visibility(self) -> Visibility | None: ...


# The `ItemTakedown` of a row `d` of `takedowns`.
ITEM_TAKEDOWN = "jsonb_build_array(d.id, d.category, d.reason, d.held, d.automated, d.automation)"
# Assignments of an `update` of items with a visibility, which take one down and restore it.
HIDE = "owner_visibility = visibility, visibility = 'private'"
RESTORE = "visibility = owner_visibility, owner_visibility = null"
# The visibility that the owner chose.
CHOSEN_VISIBILITY = "coalesce(owner_visibility, visibility)"


def choose_visibility(chosen: str) -> str:
    """Return the assignments of an `update` by which an owner changes the visibility of an item.

    `chosen` is SQL. While the item is taken down it stays private, and gets this when restored.
    """
    return f"""
        visibility = case when owner_visibility is null then {chosen} else visibility end,
        owner_visibility = case when owner_visibility is null then null else {chosen} end
    """


def takedown_column(
    content_type: str, item: str, condition: str = "owner_visibility is not null"
) -> str:
    """Return the column of an item, of its alias: a `ItemTakedown`, or null.

    Items that are not taken down cost no look-up.
    """
    return f"""
        case when {item}.{condition} then (
            select {ITEM_TAKEDOWN}
              from takedowns d
             where d.content_type = '{content_type}' and d.content_id = {item}.id
               and d.undone_at is null)
        end as taken_down
    """  # noqa: S608 - of the code


def decided_by_law(takedown: str) -> str:
    """Return the condition that a take-down is open and by law, and more than held."""
    categories = ", ".join(f"'{each}'" for each in BY_LAW)
    return f"""(
        {takedown}.undone_at is null and not {takedown}.held
        and {takedown}.category in ({categories}))
    """


def revoked_item(content_type: str, content_id: str) -> str:
    """Return the condition that an item is taken from its buyers; `content_id` is SQL."""
    return f"""exists (
        select from takedowns d
         where d.content_type = '{content_type}' and d.content_id = {content_id}
           and d.undone_at is null and d.revokes_purchases)
    """


def revoked(product: str) -> str:
    """Return the condition that a product is taken from its buyers, itself or what it sells."""
    parts = (
        revoked_item("product", f"{product}.id"),
        revoked_item("release", f"{product}.release_id"),
        revoked_item("track", f"{product}.track_id"),
    )
    return f"({' or '.join(parts)})"


def show_taken_down(takedown: ItemTakedown | None, base: str) -> TakenDown | UnsetType:
    """Return why an item is taken down, for its owner; unset if it isn't.

    `base` is the address of the API, as in a `UrlBuilder`.
    """
    if takedown is None:
        return UNSET
    appeal_url = None if takedown.held else f"{base}/takedowns/{takedown.id}/appeal"
    return copy_fields(TakenDown, takedown, appeal_url=appeal_url)


def chosen_visibility(item: _Holdable) -> Visibility:
    """Return the visibility that the owner chose, whether or not the item is taken down."""
    return item.visibility if item.owner_visibility is None else item.owner_visibility


def as_chosen[T: Struct](item: T) -> T:
    """Return an item that is taken down with the visibility that its owner chose, to change it."""
    chosen: Visibility | None = getattr(item, "owner_visibility")  # noqa: B009 - of a protocol
    return item if chosen is None else structs.replace(item, visibility=chosen)
