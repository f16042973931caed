"""What can be refused in this domain."""

from veza.core.errors import Conflict, Forbidden, NotFound, TooMany


class ContentNotFound(NotFound):
    """There is no such thing to report, or none that the reporter may know of."""

    code = "content_not_found"
    message = "There is nothing like that to report."


class OwnContent(Conflict):
    """Nobody reports themselves."""

    code = "own_content"
    message = "You can't report yourself or what you made."


class TooManyReports(TooMany):
    """One member reports more than anybody could look at."""

    code = "too_many_reports"
    message = "You have reported a lot: wait a while."


class ReportNotFound(NotFound):
    """There is no such report."""

    code = "report_not_found"
    message = "There is no such report."


class AlreadyResolved(Conflict):
    """Each report has one verdict."""

    code = "already_resolved"
    message = "This report has its verdict already."


class AuthorGone(Conflict):
    """There is nobody left to warn or to ban."""

    code = "author_gone"
    message = "Its author is gone: resolve or dismiss the report."


class BanNeedsAdmin(Forbidden):
    """Moderators judge reports, short of bans."""

    code = "ban_needs_admin"
    message = "Only an admin may ban."


class OwnCase(Forbidden):
    """Nobody judges their own case."""

    code = "own_case"
    message = "This report is about you: somebody else has to judge it."


class AdminProtected(Conflict):
    """A verdict doesn't reach admins."""

    code = "admin_protected"
    message = "An admin can't be banned by a verdict: take the role away first."


class OwnAccount(Conflict):
    """Nobody locks themselves out."""

    code = "own_account"
    message = "You can't suspend yourself."


class AlreadySuspended(Conflict):
    """The member is out already."""

    code = "already_suspended"
    message = "This member is suspended already."


class NotSuspended(Conflict):
    """There is nothing to undo."""

    code = "not_suspended"
    message = "This member isn't suspended."
