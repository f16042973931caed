"""The domains, and what others ask all of them for.

A new domain is one line here: `wiring.py` in its folder says what the program is assembled from.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module

from veza.domains.contributions import PersonalData
from veza.domains.wiring import Wiring
from veza.infra.storage.stored_objects import ObjectSource

# In the order in which a member's data is erased.
_NAMES = (
    # First: it locks the member, so that no report of them is created meanwhile.
    "moderation.reports",
    # While it is known which tracks were taken down.
    "music.prints",
    "moderation.takedowns",
    "moderation.copyright",
    "moderation.pictures",
    "moderation.appeals",
    "moderation.bulk",
    "moderation.transparency",
    "notifications.inbox",
    "notifications.push",
    "notifications.by_mail",
    "notifications.preferences",
    "music.track_comments",
    "social.post_comments",
    "social.posts",
    "realtime",
    # Before the streams that they are of.
    "clips",
    "replays",
    "restreams",
    # Before the conversations that belong to the streams.
    "live",
    # Before their tracks.
    "stations",
    # Before their conversations.
    "listening",
    # Before their attachments and conversations.
    "chat.messages",
    # While the conversations are locked, and before the attached items are erased.
    "chat.attachments",
    "chat.conversations",
    "mailings.subscribers",
    "mailings.broadcasts",
    # Before the orders that it refunds, and the files that buyers keep.
    "marketplace.commissions",
    # Before the releases.
    "marketplace.archives",
    "marketplace.receipts",
    # Before products lose their seller.
    "marketplace.bundles",
    "marketplace.codes",
    "marketplace.discounts",
    "marketplace.reviews",
    "marketplace.splits",
    "marketplace.variants",
    "marketplace.products",
    # While it is known what the member sold, and who they were as a seller.
    "marketplace.tax_reports",
    "marketplace.sellers",
    "music.library",
    "music.playlists",
    "music.discovery",
    "music.statistics",
    # Before their tracks and covers.
    "shows",
    "music.releases",
    # Before its tracks.
    "music.lyrics",
    "music.audio",
    "music.tags",
    "music.tracks",
    # After the tracks and releases that name the member.
    "music.credits",
    # Before the shared files.
    "cloud.shares",
    "cloud.files",
    "cloud.blobs",
    "gear",
    # Before their pictures.
    "profiles",
    "profile_pages",
    # Before the image that is the logo.
    "site",
    "images",
    # After everything that it counts.
    "platform.uploads",
    "audiences",
    "relationships",
    "platform.idempotency",
    "auth.api_keys",
    "auth.app_passwords",
    "marketplace.gifts",
    "marketplace.exclusives",
    "marketplace.tips",
    "marketplace.memberships",
    # After the memberships in them.
    "marketplace.tiers",
    "marketplace.renewals",
    "marketplace.member_mails",
    "marketplace.guests",
    "marketplace.invoices",
    "marketplace.contracts",
    "marketplace.refunds",
    "marketplace.disputes",
    "marketplace.payouts",
    "marketplace.prices",
    "marketplace.quotes",
    "marketplace.taxes",
    "marketplace.orders",
    "marketplace.ledger",
    "marketplace.webhooks",
    "marketplace.sandbox",
    "marketplace.statements",
    "privacy",
    "platform.audit",
    "platform.backups",
    "platform.mail",
    "platform.monitoring",
    "platform.site_controls",
    "platform.suppressions",
    "platform.text_filters",
    "search",
    "public_pages.cards",
    "public_pages.embeds",
    "public_pages.feeds",
    "public_pages.heads",
    "public_pages.sitemaps",
    "music.appearances",
    "subsonic",
    "field_checks",
    "auth.mail_domains",
    "auth.setup",
    "auth.recovery",
    "auth.sign_up",
    "auth.passkeys",
    "auth.factors",
    # Before the sessions that they began in.
    "auth.identities",
    "auth.sessions",
    # Last: whatever is erased before still needs to know whose it is.
    "auth.accounts",
)


def _load(name: str) -> Wiring:
    wiring = import_module(f"veza.domains.{name}.wiring").WIRING
    assert isinstance(wiring, Wiring), name
    return wiring


def merge[T](mappings: Iterable[Mapping[str, T]]) -> dict[str, T]:
    """Return the entries of all mappings, which have no key in common."""
    merged: dict[str, T] = {}
    for mapping in mappings:
        assert merged.keys().isdisjoint(mapping), sorted(mapping)
        merged |= mapping
    return merged


DOMAINS: Mapping[str, Wiring] = {name: _load(name) for name in _NAMES}

# By the last part of the domain's name. A test checks that every table with a person's id is there.
PERSONAL_DATA: Mapping[str, PersonalData] = merge(
    {name.rpartition(".")[2]: wiring.personal_data}
    for name, wiring in DOMAINS.items()
    if wiring.personal_data is not None
)

# The objects in the storage: for their verification and for backups.
OBJECT_SOURCES: Sequence[ObjectSource] = [
    wiring.objects for wiring in DOMAINS.values() if wiring.objects is not None
]

# SQL that finds inconsistent books, by the name of the rule.
INVARIANTS: Mapping[str, str] = merge(wiring.invariants for wiring in DOMAINS.values())
