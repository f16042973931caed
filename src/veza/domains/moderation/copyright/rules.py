"""Limits and times of notices, what their addresses name, and who decides on them."""

import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from urllib.parse import unquote
from uuid import UUID

from veza.core.csv_rows import write_rows
from veza.core.errors import FieldError, Invalid
from veza.core.ids import CopyrightNoticeId
from veza.core.normalize import require_line, require_text
from veza.core.structs import copy_fields
from veza.core.takedowns import ContentCategory
from veza.domains.moderation.copyright.errors import NoticeDecided, NoticeNotFound
from veza.domains.moderation.copyright.models.decisions import RegisteredNotice
from veza.domains.moderation.copyright.models.notices import (
    CounterForm,
    NamedContent,
    NoticeForm,
    NoticeStatus,
    StoredItem,
    StoredNotice,
)
from veza.domains.moderation.takedowns.errors import OwnItem
from veza.domains.moderation.takedowns.models import StoredTakedown, TakedownForm

# Notices of a network in the window; all of the server are counted under the key.
MAX_FROM_NETWORK = 20
WINDOW_S = 3600
FLOOD_KEY = "copyright-notices:all"
# Links that are mailed to one address in the window.
MAX_LINKS_TO_ADDRESS = 5
# The lifetime of the mailed link; then the notice is deleted.
LINK_LIFETIME = timedelta(days=2)
# Notices that wait to be confirmed, on the whole server: at most 60 MB.
MAX_UNCONFIRMED = 5000
FULL_RETRY_S = 3600
# Notices and counter-notices are emptied so long after the decision: until then either side may
# need them for a claim (limitation in § 195 and § 199 BGB, and 17 U.S.C. § 507: three years).
KEPT_FOR = timedelta(days=3 * 365)

# The types of items by the part of the address of their page or picture.
_TYPES = {
    "tracks": ["track"],
    "episodes": ["track"],
    "releases": ["release"],
    "playlists": ["playlist"],
    "shows": ["show"],
    "stations": ["station"],
    "clips": ["clip"],
    "products": ["product"],
    "bundles": ["bundle"],
    "live": ["stream"],
    "streams": ["stream"],
    "posts": ["post"],
    "comments": ["comment", "post_comment"],
    "images": ["image", "avatar", "banner"],
}
_SHARE = ["cloud_share"]
# What of a profile its page may mean: the first that there is.
_PROFILE = ["avatar", "banner", "profile"]
_ALL = list(dict.fromkeys(each for types in (*_TYPES.values(), _PROFILE) for each in types))
_ID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ADDRESS = re.compile(rf"(?:^|/)({'|'.join(_TYPES)})/({_ID})(?![\w-])", re.IGNORECASE)
_BY_PROFILE_ID = re.compile(
    rf"(?:^|/)profiles/({_ID})(?:/(avatar|banner))?(?![\w-])", re.IGNORECASE
)
_SHARED = re.compile(r"(?:^|/)shared/([\w-]{43})(?![\w-])")
# No name has a NUL, which the database refuses.
_BY_HANDLE = re.compile(
    r"(?:^|/)(?:artists|users|by-handle)/((?:(?!%00)[^/?#]){1,100})(?:[/?#]|$)", re.IGNORECASE
)
_BARE_ID = re.compile(_ID, re.IGNORECASE)

COLUMNS = (
    *("id", "status", "confirmed_at", "decided_at", "decided_by", "rights_holder", "signature"),
    *("email", "work", "urls", "reason", "hidden", "counter_notices", "claims", "restored"),
)


def find_named(url: str) -> NamedContent | None:
    """Return what an address names by its form: the last item in it. An id may be of any type."""
    if _BARE_ID.fullmatch(url):
        return NamedContent(_ALL, UUID(url))
    if found := _ADDRESS.findall(url):
        part, item_id = found[-1]
        return NamedContent(_TYPES[part.lower()], UUID(item_id))
    if profile := _BY_PROFILE_ID.search(url):
        picture = profile[2]
        return NamedContent([picture.lower()] if picture else _PROFILE, UUID(profile[1]))
    if shared := _SHARED.search(url):
        return NamedContent(_SHARE, shared[1])
    by_handle = _BY_HANDLE.search(url)
    return NamedContent(_PROFILE, unquote(by_handle[1])) if by_handle else None


def clean_notice(form: NoticeForm) -> NoticeForm:
    """Return a notice without needless blanks. Raises Invalid unless it names something here."""
    urls = list(dict.fromkeys(url for each in form.urls if (url := "".join(each.split()))))
    if not any(find_named(url) for url in urls):
        message = "Enter the address of a track, a release or the like here, as its page has it."
        raise Invalid(details=[FieldError("urls", message, "pattern")])
    return copy_fields(
        NoticeForm,
        form,
        urls=urls,
        work=require_text(form.work, "work", "Describe the work."),
        rights_holder=require_line(form.rights_holder, "rights_holder", "Enter who owns it."),
        statement=require_text(form.statement, "statement", "Make the statements."),
        signature=require_line(form.signature, "signature", "Enter your full name."),
    )


def clean_counter(form: CounterForm) -> CounterForm:
    """Return a counter-notice without needless blanks. Raises Invalid."""
    return copy_fields(
        CounterForm,
        form,
        statement=require_text(form.statement, "statement", "Write why it is wrong."),
        name=require_line(form.name, "name", "Enter your full name."),
        address=require_text(form.address, "address", "Enter your address."),
    )


def describe_takedown(
    item: StoredItem, reason: str, notice_id: CopyrightNoticeId, note: str = ""
) -> TakedownForm:
    """Return the take-down of an item that was found."""
    assert item.content_type is not None
    assert item.content_id is not None
    told = f"{note}\n\n" if note else ""
    return TakedownForm(
        item.content_type,
        item.content_id,
        ContentCategory.COPYRIGHT,
        reason,
        f"{told[:1900]}Copyright notice {notice_id}",
    )


def state_reason(notice: StoredNotice) -> str:
    """Return the reason of a take-down on which nobody has decided: what the notice says."""
    return f"{notice.rights_holder}: {notice.work}"[:1000].strip()


def is_by_copyright(takedown: StoredTakedown | None) -> bool:
    """Return whether an item is hidden for copyright, so that a counter-notice restores it.

    What staff has only not looked at yet is not: a notice takes it down.
    """
    if takedown is None or takedown.held:
        return False
    return takedown.category is ContentCategory.COPYRIGHT


def ensure_confirmed(notice: StoredNotice) -> None:
    """Raise NoticeNotFound for staff before the mail of a notice is confirmed."""
    if notice.status is NoticeStatus.UNCONFIRMED:
        raise NoticeNotFound


def ensure_undecided(notice: StoredNotice) -> None:
    """Raise NoticeDecided."""
    if notice.status is not NoticeStatus.PENDING:
        raise NoticeDecided


def ensure_not_own(items: Iterable[StoredItem]) -> None:
    """Raise OwnItem if staff, or a page of theirs, owns an item that a notice names."""
    if any(item.is_own for item in items):
        raise OwnItem


def hash_token(token: str) -> bytes:
    """Return the stored form of a token. With 256 random bits a plain hash is enough."""
    return hashlib.sha256(token.encode()).digest()


def write_register(notices: Iterable[RegisteredNotice]) -> bytes:
    """Return rows of the register as CSV."""
    return write_rows(
        [
            str(each.id),
            each.status,
            each.confirmed_at.isoformat(),
            each.decided_at and each.decided_at.isoformat(),
            *(each.decided_by, each.rights_holder, each.signature, each.email, each.work),
            *(each.urls, each.reason, each.hidden_count, each.counters_count),
            *(each.claims_count, each.restored_count),
        ]
        for each in notices
    )
