"""Where personal data lies: each domain hands out and erases its own part.

A test holds the tables that are named here against the schema: none with a person's id is left out.
Erasing goes from top to bottom, so that the account itself is the last.
"""

from collections.abc import Mapping
from functools import partial

from msgspec import structs

from veza.core.money_mode import MoneyMode
from veza.domains.accounts import personal as accounts
from veza.domains.attachments import personal as attachments
from veza.domains.audio import personal as audio
from veza.domains.audit import personal as audit
from veza.domains.comments import personal as comments
from veza.domains.conversations import personal as conversations
from veza.domains.discussions import personal as discussions
from veza.domains.files import personal as files
from veza.domains.gear import personal as gear
from veza.domains.idempotency import personal as idempotency
from veza.domains.images import personal as images
from veza.domains.inboxes import personal as inboxes
from veza.domains.invoices import personal as invoices
from veza.domains.keys import personal as keys
from veza.domains.ledger import personal as ledger
from veza.domains.messages import personal as messages
from veza.domains.moderation import personal as moderation
from veza.domains.notifications import personal as notifications
from veza.domains.orders import personal as orders
from veza.domains.posts import personal as posts
from veza.domains.privacy import personal as privacy
from veza.domains.privacy.service import Part
from veza.domains.products import personal as products
from veza.domains.quotas import personal as quotas
from veza.domains.recovery import personal as recovery
from veza.domains.refunds import personal as refunds
from veza.domains.relations import personal as relations
from veza.domains.reviews import personal as reviews
from veza.domains.sandbox import personal as sandbox
from veza.domains.sellers import personal as sellers
from veza.domains.sessions import personal as sessions
from veza.domains.shares import personal as shares
from veza.domains.streams import personal as streams
from veza.domains.tracks import personal as tracks
from veza.domains.transfers import personal as transfers

PERSONAL_DATA: Mapping[str, Part] = {
    # First: it locks the member, so that nobody is reported who is just going.
    "moderation": Part(moderation.TABLES, moderation.export, moderation.erase),
    "notifications": Part(notifications.TABLES, notifications.export, notifications.erase),
    "inboxes": Part(inboxes.TABLES, inboxes.export, inboxes.erase),
    "comments": Part(comments.TABLES, comments.export, comments.erase),
    "discussions": Part(discussions.TABLES, discussions.export, discussions.erase),
    "posts": Part(posts.TABLES, posts.export, posts.erase),
    # Before the rooms in which they are talked about.
    "streams": Part(streams.TABLES, streams.export, streams.erase),
    # Before what it shows, and where it is said.
    "messages": Part(messages.TABLES, messages.export, messages.erase),
    # Where the conversations are locked, and before what hangs there goes itself.
    "attachments": Part(
        attachments.TABLES, attachments.export, attachments.erase, attachments.list_files
    ),
    "conversations": Part(conversations.TABLES, conversations.export, conversations.erase),
    # Before whose products they are about is forgotten.
    "reviews": Part(reviews.TABLES, reviews.export, reviews.erase),
    "products": Part(products.TABLES, products.export, products.erase, products.list_files),
    "sellers": Part(sellers.TABLES, sellers.export, sellers.erase),
    # Before the tracks are gone that it belongs to.
    "audio": Part(audio.TABLES, audio.export, audio.erase, audio.list_files),
    "tracks": Part(tracks.TABLES, tracks.export, tracks.erase),
    # Before the files to which they lead.
    "shares": Part(shares.TABLES, shares.export, shares.erase),
    "files": Part(files.TABLES, files.export, files.erase, files.list_files),
    "gear": Part(gear.TABLES, gear.export, gear.erase, gear.list_files),
    "images": Part(images.TABLES, images.export, images.erase, images.list_files),
    # After all that it counts.
    "quotas": Part(quotas.TABLES, quotas.export, quotas.erase),
    "relations": Part(relations.TABLES, relations.export, relations.erase),
    "idempotency": Part(idempotency.TABLES, idempotency.export, idempotency.erase),
    "keys": Part(keys.TABLES, keys.export, keys.erase),
    "invoices": Part(invoices.TABLES, invoices.export, invoices.erase, invoices.list_files),
    "refunds": Part(refunds.TABLES, refunds.export, refunds.erase),
    "transfers": Part(transfers.TABLES, transfers.export, transfers.erase),
    "orders": Part(orders.TABLES, orders.export, orders.erase),
    "ledger": Part(ledger.TABLES, ledger.export, ledger.erase),
    "sandbox": Part(sandbox.TABLES, sandbox.export, sandbox.erase),
    "privacy": Part(privacy.TABLES, privacy.export, privacy.erase),
    "audit": Part(audit.TABLES, audit.export, audit.erase),
    "recovery": Part(recovery.TABLES, recovery.export, recovery.erase),
    "sessions": Part(sessions.TABLES, sessions.export, sessions.erase),
    "accounts": Part(accounts.TABLES, accounts.export, accounts.erase),
}


def list_personal_data(current: MoneyMode) -> Mapping[str, Part]:
    """Return the parts with personal data; an open balance of some modes refuses erasure.

    With the sandbox, money of both modes refuses it. With real providers only live money does:
    nobody is paid in the sandbox any more, so money that waits there would refuse it for ever.
    """
    modes = tuple(MoneyMode) if current is MoneyMode.TEST else (MoneyMode.LIVE,)
    bound = {
        "transfers": partial(transfers.erase, modes=modes),
        "orders": partial(orders.erase, modes=modes),
        "ledger": partial(ledger.erase, modes=modes),
    }
    return {
        name: structs.replace(part, erase=bound[name]) if name in bound else part
        for name, part in PERSONAL_DATA.items()
    }
