"""Decides who takes what down, and when buyers lose it."""

from veza.core.access import Member, Role
from veza.core.takedowns import ContentCategory
from veza.domains.moderation.takedowns.errors import (
    OwnItem,
    PermanentNeedsAdmin,
    TakedownOver,
    TakenDownItemDeleted,
)
from veza.domains.moderation.takedowns.models import StoredTakedown, TakedownForm


def ensure_may_take_down(staff: Member, *, is_own: bool, permanent: bool) -> None:
    """Raise OwnItem or PermanentNeedsAdmin unless staff may take an item down, or restore it."""
    if is_own:
        raise OwnItem
    if permanent and staff.role is not Role.ADMIN:
        raise PermanentNeedsAdmin


def ensure_can_undo(takedown: StoredTakedown) -> None:
    """Raise TakedownOver or TakenDownItemDeleted."""
    if takedown.undone_at is not None:
        raise TakedownOver
    if takedown.deleted_at is not None or takedown.content_id is None:
        raise TakenDownItemDeleted


def revokes_purchases(form: TakedownForm) -> bool:
    """Return whether buyers can't download the item any more."""
    if form.revoke_purchases is None:
        return form.category is ContentCategory.ILLEGAL
    return form.revoke_purchases
