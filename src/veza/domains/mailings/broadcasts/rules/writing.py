"""Makes the blocks of a mail from the text of a broadcast."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from veza.domains.platform.mail.models import Block, Button, Heading, Paragraph
from veza.domains.platform.mail.rules.cleaning import is_web_address

# A line such as `Listen: https://music.example/releases/1`; the address may be alone.
_LINK = re.compile(r"(?:([^\n]{1,80}?)[:\s]\s*)?(https?://[^\s<>\"]{4,500})")


def list_blocks(subject: str, text: str) -> list[Block]:
    """Return the blocks of a broadcast: each line a paragraph, or a button if it ends in a link."""
    return [Heading(subject), *_list_lines(text)]


def _list_lines(text: str) -> Iterator[Block]:
    for line in text.splitlines():
        shown = line.strip()
        if not shown:
            continue
        link = _LINK.fullmatch(shown)
        if link is not None and _is_address(link[2]):
            yield Button(link[1] or urlsplit(link[2]).netloc, link[2])
        else:
            yield Paragraph(shown)


def _is_address(url: str) -> bool:
    try:
        return is_web_address(url) and bool(urlsplit(url).hostname)
    except ValueError:
        return False
