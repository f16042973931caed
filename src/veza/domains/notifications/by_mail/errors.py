"""Refuses links of mails that this server did not send, or whose member is gone."""

from veza.core.errors import NotFound


class MailLinkNotFound(NotFound):
    """The link is not whole, not of this server, or its member is gone."""

    code = "mail_link_not_found"
    message = "This link ends no mails: open it from the mail again, or sign in and use settings."
