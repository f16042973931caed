"""Reads the HTML of mails as mailboxes show it."""

import re
from html.parser import HTMLParser


class Reader(HTMLParser):
    """Reads what a page shows, its elements, and where it leads to."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.pictures: list[dict[str, str | None]] = []
        self.attributes: set[str] = set()
        self._hidden: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.attributes |= set(found)
        self._hidden = {tag} & {"style", "title"}
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag == "img":
            self.pictures.append(found)

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= {tag}

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown.append(data)


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))
