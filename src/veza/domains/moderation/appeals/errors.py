"""Refusals of notes and appeals: own ones, late ones, decided ones, and by whom."""

from veza.core.errors import Conflict, Forbidden, NotFound


class NoteNotFound(NotFound):
    """There is no such note, or it is about the caller."""

    code = "note_not_found"
    message = "There is no such note."


class NoteOfAnother(Forbidden):
    """Moderators delete only notes that they wrote themselves."""

    code = "note_of_another"
    message = "Only the author of a note or an admin can delete it."


class TooManyNotes(Conflict):
    """The number of notes about a member is bounded."""

    code = "too_many_notes"
    message = "There are 500 notes about this member: delete some that are out of date."


class SanctionNotFound(NotFound):
    """There is no such warning, suspension or take-down, or it is about somebody else."""

    code = "sanction_not_found"
    message = "There is no such warning or suspension: sign in again, or open the newest mail."


class SanctionOver(Conflict):
    """The suspension was lifted, the warning withdrawn, or the item restored or deleted."""

    code = "sanction_over"
    message = "This decision is no longer in force: nothing is left to appeal."


class AlreadyAppealed(Conflict):
    """There is one appeal for each decision."""

    code = "already_appealed"
    message = "You have appealed already: you get a mail when it is decided."


class AppealTooLate(Conflict):
    """The time for an appeal is over."""

    code = "appeal_too_late"
    message = "The time for an appeal is over."


class AppealNotFound(NotFound):
    """There is no such appeal."""

    code = "appeal_not_found"
    message = "There is no such appeal."


class AppealDecided(Conflict):
    """An appeal is decided once."""

    code = "appeal_decided"
    message = "This appeal is already decided."


class OwnAppeal(Forbidden):
    """Staff does not decide on their own appeals."""

    code = "own_appeal"
    message = "This appeal is yours: another member of staff has to decide on it."


class AppealNeedsAdmin(Forbidden):
    """Appeals against suspensions and permanent take-downs are decided by admins only."""

    code = "appeal_needs_admin"
    message = "Only an admin can decide on this appeal."


class OtherStaffNeeded(Forbidden):
    """The appeal is against the caller's decision, and somebody else can decide on it."""

    code = "other_staff_needed"
    message = "You decided this yourself: another member of staff has to decide on the appeal."
