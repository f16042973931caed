"""The content of a mail: blocks, the reason why it is sent, and the link to unsubscribe."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from veza.core.languages import Language
from veza.core.site_identity import SiteColors


class MailReason(StrEnum):
    """The reason why a mail is sent, as its footer says."""

    ACCOUNT = "account"
    ADDRESS_GIVEN = "address_given"
    ADMIN = "admin"
    ORDER = "order"
    NOTIFICATIONS = "notifications"
    DIGEST = "digest"


class Heading(Struct, frozen=True, tag=True):
    """A line in large letters. A mail has one at most."""

    text: str


class Paragraph(Struct, frozen=True, tag=True):
    """A paragraph. Its lines are joined."""

    text: str


class Quote(Struct, frozen=True, tag=True):
    """Text of a member, with its lines as written."""

    text: str


class Button(Struct, frozen=True, tag=True):
    """A link that stands out. The text of a mail names it, and writes the address below."""

    label: str
    url: str


class MailPicture(Struct, frozen=True, tag=True):
    """A square picture by itself: the same for all readers, as its address must not name one.

    `alt` stands in its place where pictures are not shown, and the text of a mail is without. A
    picture of a person or a page is round.
    """

    url: str
    alt: str
    side_px: int
    is_person: bool = False


class Item(Struct, frozen=True):
    """A line of a list: a title, what is said of it, where it leads to, and its picture.

    A picture is square, and at `https` or `http`; the mail reads the same without it. One of a
    person or a page is shown round.
    """

    title: str
    detail: str = ""
    url: str | None = None
    picture_url: str | None = None
    is_person: bool = False


class ItemList(Struct, frozen=True, tag=True):
    """Items below each other, with a line above them."""

    items: Sequence[Item]
    title: str = ""


class Fact(Struct, frozen=True):
    """A row of a table of two columns. The sum of amounts is strong."""

    label: str
    value: str
    is_strong: bool = False


class FactList(Struct, frozen=True, tag=True):
    """Facts below each other, such as what was bought and what it costs."""

    facts: Sequence[Fact]


class SmallPrint(Struct, frozen=True, tag=True):
    """A paragraph in small letters."""

    text: str


type Block = Heading | Paragraph | Quote | Button | MailPicture | ItemList | FactList | SmallPrint


class Letter(Struct, frozen=True):
    """The content of a mail, in one language.

    `reason` is a sentence that says why somebody gets it. `unsubscribe_page` ends mails of this
    kind; None for those that nobody can end.
    """

    language: Language
    subject: str
    blocks: Sequence[Block]
    reason: str
    unsubscribe_page: str | None = None


class MailDesign(Struct, frozen=True):
    """The common parts of all mails of a site: name, address, and colours of buttons."""

    name: str
    front_end: str
    colors: SiteColors | None = None


class WrittenMail(Struct, frozen=True):
    """The subject of a mail, and what it says as text and as HTML."""

    subject: str
    text: str
    html: str
