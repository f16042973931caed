"""Refusals: a second take-down, an appeal too late, an own item, a missing role."""

from veza.core.errors import Conflict, Forbidden, NotFound


class TakedownNotFound(NotFound):
    """There is no such take-down, or it is of somebody else's item."""

    code = "takedown_not_found"
    message = "There is no such take-down."


class CaseNotFound(NotFound):
    """There is no such report or take-down, or it is decided or undone."""

    code = "case_not_found"
    message = "There is no open case with this id: what is decided isn't shown any more."


class AlreadyTakenDown(Conflict):
    """An item is taken down once."""

    code = "already_taken_down"
    message = "This is taken down already: undo that first to change the category or the reason."


class TakedownOver(Conflict):
    """The take-down was undone."""

    code = "takedown_over"
    message = "This take-down was undone already."


class TakenDownItemDeleted(Conflict):
    """A permanent take-down has deleted the item."""

    code = "item_deleted"
    message = "The item is deleted by now: it can't come back."


class OwnItem(Forbidden):
    """Staff does not decide on their own items."""

    code = "own_item"
    message = "This is yours: another member of staff has to do it."


class PermanentNeedsAdmin(Forbidden):
    """Moderators hide; what deletes is for admins."""

    code = "permanent_needs_admin"
    message = "Only an admin can take something down for good, or undo that."
