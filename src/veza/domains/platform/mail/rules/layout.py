"""Writes a mail as text and as HTML, which say the same."""

from veza.domains.platform.mail.models import Letter, MailDesign, WrittenMail
from veza.domains.platform.mail.rules.cleaning import clean_subject
from veza.domains.platform.mail.rules.html_page import write_html
from veza.domains.platform.mail.rules.plain_text import write_text


def write_mail(letter: Letter, design: MailDesign) -> WrittenMail:
    """Return a mail as it is sent. Raises ValueError if a link leads to no page."""
    return WrittenMail(
        subject=clean_subject(letter.subject),
        text=write_text(letter, design),
        html=write_html(letter, design),
    )
