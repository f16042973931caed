"""Reads the links in mails about copyright notices."""

import re
from pathlib import Path

from tests.journeys.served import Server


def find_notice_token(server: Server, email: str) -> str | None:
    """Return the token in the mail that confirms a notice, once it was sent."""
    mails = [path.read_text() for path in Path(server.data_dir, "mail").glob("*.eml")]
    own = [mail.replace("=\n", "") for mail in mails if f"To: {email}" in mail]
    found = [re.search(r"/legal/copyright/confirm#token=([\w-]+)", mail) for mail in own]
    return next((match[1] for match in found if match), None)
