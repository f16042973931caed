"""Refuses exports more than once a day, and erasure of members who are not suspended."""

from veza.core.errors import Conflict, NotFound, TooManyRequests


class ExportNotFound(NotFound):
    """The member requested no export, or it has expired."""

    code = "export_not_found"
    message = "There is no such export. You can request a new one."


class ExportRunning(Conflict):
    """A member has one unfinished export at a time."""

    code = "export_running"
    message = "Your export is already being prepared: you will be notified when it is ready."


class NoPendingDeletion(Conflict):
    """The member did not request a deletion."""

    code = "not_leaving"
    message = "Your account is not scheduled for deletion."


class MemberNotSuspended(Conflict):
    """Staff can erase suspended members only."""

    code = "member_not_suspended"
    message = "Only a suspended member can be erased: suspend the account first."


class OwnErasure(Conflict):
    """Admins delete their own account as all members do, with their password."""

    code = "own_erasure"
    message = "You can't erase yourself here: delete your own account instead."


class ExportTooSoon(TooManyRequests):
    """A member can request one export a day."""

    code = "export_too_soon"
    message = "You can request an export once a day: try again later."
