"""The registry of personal data: every domain exports and erases its own.

A test checks that every table with a person's id is listed. Erasing goes from top to bottom: the
account is erased last.
"""

from collections.abc import Collection, Mapping

from veza.core.money_mode import MoneyMode
from veza.domains.auth.accounts import personal_data as accounts
from veza.domains.auth.api_keys import personal_data as api_keys
from veza.domains.auth.app_passwords import personal_data as app_passwords
from veza.domains.auth.factors import personal_data as factors
from veza.domains.auth.identities import personal_data as identities
from veza.domains.auth.passkeys import personal_data as passkeys
from veza.domains.auth.recovery import personal_data as recovery
from veza.domains.auth.sessions import personal_data as sessions
from veza.domains.auth.sign_up import personal_data as sign_up
from veza.domains.chat.attachments import personal_data as attachments
from veza.domains.chat.conversations import personal_data as conversations
from veza.domains.chat.messages import personal_data as messages
from veza.domains.cloud.files import personal_data as files
from veza.domains.cloud.shares import personal_data as shares
from veza.domains.gear import personal_data as gear
from veza.domains.images import personal_data as images
from veza.domains.live import personal_data as live
from veza.domains.marketplace.archives import personal_data as archives
from veza.domains.marketplace.codes import personal_data as codes
from veza.domains.marketplace.invoices import personal_data as invoices
from veza.domains.marketplace.ledger import personal_data as ledger
from veza.domains.marketplace.orders import personal_data as orders
from veza.domains.marketplace.payouts import personal_data as payouts
from veza.domains.marketplace.products import personal_data as products
from veza.domains.marketplace.refunds import personal_data as refunds
from veza.domains.marketplace.reviews import personal_data as reviews
from veza.domains.marketplace.sandbox import personal_data as sandbox
from veza.domains.marketplace.sellers import personal_data as sellers
from veza.domains.moderation.appeals import personal_data as appeals
from veza.domains.moderation.reports import personal_data as reports
from veza.domains.music.audio import personal_data as audio
from veza.domains.music.discovery import personal_data as discovery
from veza.domains.music.library import personal_data as library
from veza.domains.music.lyrics import personal_data as lyrics
from veza.domains.music.playlists import personal_data as playlists
from veza.domains.music.releases import personal_data as releases
from veza.domains.music.statistics import personal_data as statistics
from veza.domains.music.track_comments import personal_data as track_comments
from veza.domains.music.tracks import personal_data as tracks
from veza.domains.notifications.inbox import personal_data as inbox
from veza.domains.notifications.preferences import personal_data as preferences
from veza.domains.notifications.push import personal_data as push
from veza.domains.platform.audit import personal_data as audit
from veza.domains.platform.idempotency import personal_data as idempotency
from veza.domains.platform.uploads import personal_data as uploads
from veza.domains.privacy import personal_data as privacy
from veza.domains.privacy.service import PersonalData
from veza.domains.relationships import personal_data as relationships
from veza.domains.site import personal_data as site
from veza.domains.social.post_comments import personal_data as post_comments
from veza.domains.social.posts import personal_data as posts

PERSONAL_DATA: Mapping[str, PersonalData] = {
    # First: it locks the member, so that no report of them is created meanwhile.
    "reports": PersonalData(reports.TABLES, reports.export, reports.erase),
    "appeals": PersonalData(appeals.TABLES, appeals.export, appeals.erase),
    "inbox": PersonalData(inbox.TABLES, inbox.export, inbox.erase),
    "push": PersonalData(push.TABLES, push.export, push.erase),
    "preferences": PersonalData(preferences.TABLES, preferences.export, preferences.erase),
    "track_comments": PersonalData(
        track_comments.TABLES, track_comments.export, track_comments.erase
    ),
    "post_comments": PersonalData(post_comments.TABLES, post_comments.export, post_comments.erase),
    "posts": PersonalData(posts.TABLES, posts.export, posts.erase),
    # Before the conversations that belong to the streams.
    "live": PersonalData(live.TABLES, live.export, live.erase),
    # Before their attachments and conversations.
    "messages": PersonalData(messages.TABLES, messages.export, messages.erase),
    # While the conversations are locked, and before the attached items are erased.
    "attachments": PersonalData(
        attachments.TABLES, attachments.export, attachments.erase, attachments.list_files
    ),
    "conversations": PersonalData(conversations.TABLES, conversations.export, conversations.erase),
    # Before the releases.
    "archives": PersonalData(archives.TABLES, archives.export, archives.erase),
    # Before products lose their seller.
    "codes": PersonalData(codes.TABLES, codes.export, codes.erase),
    "reviews": PersonalData(reviews.TABLES, reviews.export, reviews.erase),
    "products": PersonalData(products.TABLES, products.export, products.erase, products.list_files),
    "sellers": PersonalData(sellers.TABLES, sellers.export, sellers.erase),
    "library": PersonalData(library.TABLES, library.export, library.erase),
    "playlists": PersonalData(playlists.TABLES, playlists.export, playlists.erase),
    "discovery": PersonalData(discovery.TABLES, discovery.export, discovery.erase),
    "statistics": PersonalData(statistics.TABLES, statistics.export, statistics.erase),
    # Before their tracks and covers.
    "releases": PersonalData(releases.TABLES, releases.export, releases.erase),
    # Before its tracks.
    "lyrics": PersonalData(lyrics.TABLES, lyrics.export, lyrics.erase),
    "audio": PersonalData(audio.TABLES, audio.export, audio.erase, audio.list_files),
    "tracks": PersonalData(tracks.TABLES, tracks.export, tracks.erase),
    # Before the shared files.
    "shares": PersonalData(shares.TABLES, shares.export, shares.erase),
    "files": PersonalData(files.TABLES, files.export, files.erase, files.list_files),
    "gear": PersonalData(gear.TABLES, gear.export, gear.erase, gear.list_files),
    # Before the image that is the logo.
    "site": PersonalData(site.TABLES, site.export, site.erase),
    "images": PersonalData(images.TABLES, images.export, images.erase, images.list_files),
    # After everything that it counts.
    "uploads": PersonalData(uploads.TABLES, uploads.export, uploads.erase),
    "relationships": PersonalData(relationships.TABLES, relationships.export, relationships.erase),
    "idempotency": PersonalData(idempotency.TABLES, idempotency.export, idempotency.erase),
    "api_keys": PersonalData(api_keys.TABLES, api_keys.export, api_keys.erase),
    "app_passwords": PersonalData(app_passwords.TABLES, app_passwords.export, app_passwords.erase),
    "invoices": PersonalData(invoices.TABLES, invoices.export, invoices.erase, invoices.list_files),
    "refunds": PersonalData(refunds.TABLES, refunds.export, refunds.erase),
    "payouts": PersonalData(
        payouts.TABLES,
        payouts.export,
        payouts.erase,
        ensure_may_erase=payouts.ensure_no_open_transfers,
    ),
    "orders": PersonalData(
        orders.TABLES, orders.export, orders.erase, ensure_may_erase=orders.ensure_no_open_sales
    ),
    "ledger": PersonalData(
        ledger.TABLES, ledger.export, ledger.erase, ensure_may_erase=ledger.ensure_no_open_balance
    ),
    "sandbox": PersonalData(sandbox.TABLES, sandbox.export, sandbox.erase),
    "privacy": PersonalData(privacy.TABLES, privacy.export, privacy.erase),
    "audit": PersonalData(audit.TABLES, audit.export, audit.erase),
    "recovery": PersonalData(recovery.TABLES, recovery.export, recovery.erase),
    "sign_up": PersonalData(sign_up.TABLES, sign_up.export, sign_up.erase),
    "passkeys": PersonalData(passkeys.TABLES, passkeys.export, passkeys.erase),
    "factors": PersonalData(factors.TABLES, factors.export, factors.erase),
    # Before the sessions that they began in.
    "identities": PersonalData(identities.TABLES, identities.export, identities.erase),
    "sessions": PersonalData(sessions.TABLES, sessions.export, sessions.erase),
    "accounts": PersonalData(accounts.TABLES, accounts.export, accounts.erase),
}


def list_balance_modes(current: MoneyMode) -> Collection[MoneyMode]:
    """Return the money modes in which an open balance prevents erasing an account.

    With the sandbox, both modes do. With real providers only live money does: a balance of the
    sandbox is never paid out any more, and would prevent erasing for ever.
    """
    return tuple(MoneyMode) if current is MoneyMode.TEST else (MoneyMode.LIVE,)
