"""Refuses reports without the secret, or that can't be read."""

from veza.core.errors import Forbidden, Invalid


class WrongMailSecret(Forbidden):
    """The secret of the webhook is wrong, or none is set."""

    code = "wrong_mail_secret"
    message = "Send the secret of VEZA_MAIL_WEBHOOK_SECRET in X-Mail-Secret."


class UnreadableReport(Invalid):
    """The body is neither a mail nor a list of events."""

    code = "unreadable_report"
    message = "Send the report as message/rfc822, or events as JSON."
