"""Refuses mails that somebody asks for too often."""

from veza.core.errors import TooManyRequests


class TooManyMails(TooManyRequests):
    """Too many mails were requested."""

    code = "too_many_mails"
    message = "You requested too many mails: check your inbox, or try again later."
