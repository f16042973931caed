"""Refusals of reports and suspensions: own content, resolved ones, admins, and limits."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooManyRequests


class ContentNotFound(NotFound):
    """The content doesn't exist, or the reporter may not see it."""

    code = "content_not_found"
    message = "There is no content with this id that you can report."


class OwnContentReported(Conflict):
    """A member cannot report themselves or their own content."""

    code = "own_content"
    message = "You can't report yourself or your own content."


class TooManyReports(TooManyRequests):
    """The member has sent too many reports within an hour."""

    code = "too_many_reports"
    message = "You have sent many reports: try again later."


class ReportNotFound(NotFound):
    """There is no such report."""

    code = "report_not_found"
    message = "There is no such report."


class AlreadyResolved(Conflict):
    """A report is resolved once."""

    code = "already_resolved"
    message = "This report is already resolved."


class AuthorGone(Conflict):
    """The author's account was erased: they can't be warned or suspended."""

    code = "author_gone"
    message = "The author's account is deleted: resolve or dismiss the report."


class SuspensionNeedsAdmin(Forbidden):
    """Moderators resolve reports, but only admins suspend."""

    code = "ban_needs_admin"
    message = "Only an admin can suspend a member."


class OwnReport(Forbidden):
    """Moderators do not resolve reports about themselves."""

    code = "own_case"
    message = "This report is about you: another moderator has to resolve it."


class OwnHistory(Forbidden):
    """The history is about the caller, or a page of theirs: other staff read and change it."""

    code = "own_history"
    message = "This is about you: another member of staff has to do it."


class AdminProtected(Conflict):
    """Admins can't be suspended."""

    code = "admin_protected"
    message = "An admin can't be suspended: change their role first."


class OwnAccount(Conflict):
    """Admins can't suspend themselves."""

    code = "own_account"
    message = "You can't suspend yourself."


class ApprovalPending(Conflict):
    """Staff has not accepted the account, which is hidden and can't sign in."""

    code = "approval_pending"
    message = "This account waits for approval: approve or decline the sign-up instead."


class AlreadySuspended(Conflict):
    """The member is suspended already."""

    code = "already_suspended"
    message = "This member is already suspended."


class NotSuspended(Conflict):
    """There is no suspension to lift."""

    code = "not_suspended"
    message = "This member is not suspended."
