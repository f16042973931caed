"""Sentences of notifications in each language, the pages they lead to, and signed links."""

from collections.abc import Sequence
from uuid import UUID

from msgspec import structs

from veza.core.ids import UserId
from veza.core.languages import Language
from veza.core.money import write_amount
from veza.core.signed_urls import Resource, UrlSigner
from veza.domains.marketplace.orders.models.state import LineKind
from veza.domains.marketplace.orders.rules.titles import name_line
from veza.domains.notifications.by_mail.models import NotificationPicture, UnsubscribeToken
from veza.domains.notifications.inbox.models import NamedRefund, Notification, SoldSubject
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.platform.mail.models import (
    Block,
    Button,
    Fact,
    FactList,
    Item,
    MailPicture,
    Quote,
)
from veza.domains.platform.mail.rules.templates import say

# Mails of notifications to one address in an hour; what is beyond comes in the summary.
MAX_MAILS_TO_ADDRESS = 20
# How much a summary tells, of what is new.
MAX_RELEASES = 10
MAX_TOLD = 20
# Members whose summaries are due: at once, and in one run.
DIGESTS_AT_ONCE = 200
MAX_BATCHES = 50
FACE_PX, COVER_PX = 64, 240

# One event, told to many.
TO_FOLLOWERS = {
    NotificationKind.WENT_LIVE,
    NotificationKind.STREAM_SOON,
    NotificationKind.STREAM_CANCELLED,
    NotificationKind.RELEASE_PUBLISHED,
    NotificationKind.TRACK_PUBLISHED,
}

PACKAGE = "veza.domains.notifications.by_mail"
# Where they are answered, or something is to be done.
_PAGES_OF_KINDS = {
    NotificationKind.PROFILE_INVITATION: "/settings/profiles",
    NotificationKind.ROSTER_PROPOSAL: "/settings/profiles",
    NotificationKind.CREDIT_REQUEST: "/settings/profiles",
    NotificationKind.SPLIT_PROPOSAL: "/studio/splits",
    NotificationKind.RECORDING_EXPIRING: "/studio/live/recordings",
}
_ABOUT_ACTOR = {NotificationKind.FOLLOW, NotificationKind.PROFILE_CLAIMED}
# In this order: a comment on a track leads to the track.
_PAGES = {
    "conversation": "messages",
    "post": "posts",
    "track": "tracks",
    "release": "releases",
    "playlist": "playlists",
    "stream": "live",
    "commission": "commissions",
}
_TITLED = ("track", "playlist", "sale", "stream", "release", "refund", "split", "commission")
_SUMMARY = "digest"
_RESOURCE = Resource.UNSUBSCRIBE
_ID_LENGTH = 32
_HEX_DIGITS = frozenset("0123456789abcdef")


def write_sentence(language: Language, shown: Notification) -> str:
    """Return a notification as a sentence."""
    if shown.kind is NotificationKind.SALE and shown.sale is not None and shown.sale.tip:
        tip = shown.sale.tip
        giver = tip.giver or say(PACKAGE, language, "somebody")
        amount = write_amount(tip.amount_cents, shown.sale.currency)
        return say(PACKAGE, language, "tip", who=giver, amount=amount)
    name = shown.kind if shown.actors_count > 1 else f"{shown.kind}_one"
    if shown.split is not None and shown.split.profile_id is not None:
        name = "support_split"
    who, title = _name_actors(language, shown), _title(language, shown)
    return say(PACKAGE, language, name, who=who, title=title)


def page_of(shown: Notification) -> str:
    """Return the path of the page that a notification leads to."""
    if shown.kind in _PAGES_OF_KINDS:
        return _PAGES_OF_KINDS[shown.kind]
    for name, page in _PAGES.items():
        subject = getattr(shown, name)
        if subject is not None:
            return f"/{page}/{subject.id}"
    if shown.sale is not None and shown.sale.tip is not None:
        return "/studio/sales/tips"
    if shown.kind in _ABOUT_ACTOR and shown.actors:
        return f"/artists/{shown.actors[0].handle}"
    return "/notifications"


def write_blocks(language: Language, shown: Notification, link: str) -> Sequence[Block]:
    """Return what a mail says of a notification, below its sentence. Messages are not quoted."""
    blocks: list[Block] = []
    quoted = shown.comment or shown.post
    if quoted is not None:
        blocks.append(Quote(quoted.excerpt))
    if shown.kind is NotificationKind.SALE and shown.sale is not None:
        if shown.sale.tip and shown.sale.tip.message:
            blocks.append(Quote(shown.sale.tip.message))
        share = write_amount(shown.sale.share_cents, shown.sale.currency)
        blocks.append(FactList([Fact(say(PACKAGE, language, "share"), share, is_strong=True)]))
    return [*blocks, Button(say(PACKAGE, language, "open"), link)]


def write_picture(found: NotificationPicture) -> MailPicture:
    """Return the picture at the top of a mail: a cover is large, a face small."""
    side_px = FACE_PX if found.is_person else COVER_PX
    return MailPicture(found.sized(side_px), found.title, side_px, is_person=found.is_person)


def write_item(language: Language, shown: Notification, front_end: str) -> Item:
    """Return a notification as a line of a summary."""
    return Item(write_sentence(language, shown), url=front_end + page_of(shown))


def write_release(shown: Notification, front_end: str) -> Item:
    """Return a new release or track as a line of a summary: its title and its artist."""
    artist = shown.actors[0].display_name if shown.actors else ""
    music = shown.release or shown.track
    title = "" if music is None else music.title
    return Item(title, artist, front_end + page_of(shown))


def with_picture(item: Item, found: NotificationPicture | None) -> Item:
    """Return a line of a summary with its picture, if there is one."""
    if found is None:
        return item
    return structs.replace(item, picture_url=found.sized(FACE_PX), is_person=found.is_person)


def sign_token(signer: UrlSigner, token: UnsubscribeToken) -> str:
    """Return what a link says of the mails that it ends. It works for as long as the member is."""
    kind = token.kind or _SUMMARY
    return f"{token.user_id.hex}.{kind}.{signer.sign_forever(_RESOURCE, token.user_id, kind)}"


def read_token(signer: UrlSigner, text: str) -> UnsubscribeToken | None:
    """Return what a link ends, or None if this server did not sign it."""
    user_id, _, rest = text.partition(".")
    kind, _, signature = rest.partition(".")
    if len(user_id) != _ID_LENGTH or not set(user_id) <= _HEX_DIGITS:
        return None
    member = UserId(UUID(user_id))
    if not signer.is_signed_forever(signature, _RESOURCE, member, kind):
        return None
    return UnsubscribeToken(member, None if kind == _SUMMARY else NotificationKind(kind))


def _name_actors(language: Language, shown: Notification) -> str:
    """Return who did it: one, two, or one and how many others."""
    names = [actor.display_name for actor in shown.actors]
    if not names:
        return say(PACKAGE, language, "somebody")
    if shown.actors_count <= 1:
        return names[0]
    if shown.actors_count == 2 and len(names) > 1:
        return say(PACKAGE, language, "two", name=names[0], other=names[1])
    others = shown.actors_count - 1
    sentence = "others_one" if others == 1 else "others"
    return say(PACKAGE, language, sentence, name=names[0], count=str(others))


def _title(language: Language, shown: Notification) -> str:
    subjects = (getattr(shown, name) for name in _TITLED)
    subject = next((each for each in subjects if each is not None), None)
    if isinstance(subject, SoldSubject | NamedRefund) and subject.kind is not LineKind.PRODUCT:
        return name_line(language, subject.kind, subject.title)
    if subject is not None:
        return say(PACKAGE, language, "quoted", title=subject.title)
    return shown.gear.name if shown.gear is not None else ""
