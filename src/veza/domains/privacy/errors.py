"""What can be refused in this domain."""

from veza.core.errors import Conflict, NotFound, TooMany


class ExportNotFound(NotFound):
    """Nobody asked for one, or what came of it is gone."""

    code = "export_not_found"
    message = "There is no such export."


class ExportRunning(Conflict):
    """One at a time."""

    code = "export_running"
    message = "Your data is being put together already: you will be told when it is ready."


class NotLeaving(Conflict):
    """Nobody is to be erased."""

    code = "not_leaving"
    message = "You aren't leaving."


class MemberNotSuspended(Conflict):
    """Staff erases suspended members only."""

    code = "member_not_suspended"
    message = "Only a suspended member can be erased: suspend the account first."


class OwnErasure(Conflict):
    """Admins delete their own account as all members do, with their password."""

    code = "own_erasure"
    message = "You can't erase yourself here: delete your own account instead."


class ExportTooSoon(TooMany):
    """One a day."""

    code = "export_too_soon"
    message = "You can ask for your data once a day."
