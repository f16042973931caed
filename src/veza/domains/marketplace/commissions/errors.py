"""Errors of commissions: not found, a step that its state does not allow, a limit reached."""

from veza.core.errors import Conflict, Forbidden, NotFound


class CommissionNotFound(NotFound):
    """The commission does not exist, or isn't the caller's."""

    code = "commission_not_found"
    message = "There is no such commission."


class StepNotAllowed(Conflict):
    """The step is another party's, or not possible in this state, perhaps since a moment ago."""

    code = "commission_step_not_allowed"
    message = "This can't be done now: look at what became of the commission meanwhile."


class OwnCommission(Forbidden):
    """Staff does not decide about what they, or a page of theirs, ordered or earn by."""

    code = "own_commission"
    message = "You are a party of this: another member of staff has to decide."


class NoRevisionLeft(Conflict):
    """The buyer has asked for all revisions that were included."""

    code = "no_revision_left"
    message = "No revision is left: accept the delivery, or open a dispute."


class CommissionPaused(Conflict):
    """The payment is being refunded, or a bank decides about it."""

    code = "commission_paused"
    message = "The payment is being returned, or disputed at a bank: nothing changes meanwhile."


class TooManyEntries(Conflict):
    """The commission has the maximum number of messages."""

    code = "too_many_commission_entries"
    message = "You can send 250 messages in a commission: continue in the chat."


class TooManyCommissionFiles(Conflict):
    """The files of the commission are too many, or too large together."""

    code = "too_many_commission_files"
    message = "You can send 100 files and 10 GiB to a commission: put some into an archive."


class CommissionFileNotFound(NotFound):
    """The commission has no such file."""

    code = "commission_file_not_found"
    message = "The commission has no such file."
