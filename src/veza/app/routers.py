"""The routers of all domains, and the dependencies that their handlers share."""

from litestar.di import Provide

from veza.domains.auth.accounts import admin_routes as accounts_staff
from veza.domains.auth.accounts import routes as accounts
from veza.domains.auth.api_keys import routes as keys
from veza.domains.auth.app_passwords import routes as app_passwords
from veza.domains.auth.factors import routes as factors
from veza.domains.auth.identities import routes as identities
from veza.domains.auth.mail_domains import admin_routes as mail_domains
from veza.domains.auth.recovery import admin_routes as recovery_staff
from veza.domains.auth.recovery import routes as recovery
from veza.domains.auth.sessions import routes as sessions
from veza.domains.auth.setup import routes as setup
from veza.domains.auth.sign_up import admin_routes as sign_up_staff
from veza.domains.auth.sign_up import routes as sign_up
from veza.domains.chat.attachments import routes as attachments
from veza.domains.chat.conversations import routes as conversations
from veza.domains.chat.messages import routes as messages
from veza.domains.cloud.files import routes as files
from veza.domains.cloud.shares import routes as shares
from veza.domains.field_checks import routes as field_checks
from veza.domains.gear import routes as gear
from veza.domains.images import routes as images
from veza.domains.live.routes import hooks, streams
from veza.domains.marketplace.archives import routes as archives
from veza.domains.marketplace.codes import routes as codes
from veza.domains.marketplace.invoices import routes as invoices
from veza.domains.marketplace.ledger import admin_routes as ledger
from veza.domains.marketplace.orders import admin_routes as orders_staff
from veza.domains.marketplace.orders import routes as orders
from veza.domains.marketplace.payouts import admin_routes as transfers_staff
from veza.domains.marketplace.payouts import routes as transfers
from veza.domains.marketplace.products import routes as products
from veza.domains.marketplace.refunds import admin_routes as refunds_staff
from veza.domains.marketplace.refunds import routes as refunds
from veza.domains.marketplace.reviews import routes as reviews
from veza.domains.marketplace.sandbox import routes as sandbox
from veza.domains.marketplace.sellers import routes as sellers
from veza.domains.marketplace.webhooks import admin_routes as webhooks_staff
from veza.domains.marketplace.webhooks import routes as webhooks
from veza.domains.moderation.appeals import admin_routes as appeals_staff
from veza.domains.moderation.appeals import routes as appeals
from veza.domains.moderation.bulk import admin_routes as bulk_moderation
from veza.domains.moderation.reports import admin_routes as reports_staff
from veza.domains.moderation.reports import routes as reports
from veza.domains.music.audio import admin_routes as audio_staff
from veza.domains.music.audio import routes as audio
from veza.domains.music.discovery import routes as discovery
from veza.domains.music.library import routes as library
from veza.domains.music.lyrics import routes as lyrics
from veza.domains.music.playlists.routes import editors, entries, playlists
from veza.domains.music.playlists.routes import files as playlist_files
from veza.domains.music.releases import routes as releases
from veza.domains.music.statistics import routes as statistics
from veza.domains.music.tags import routes as tags
from veza.domains.music.track_comments import routes as comments
from veza.domains.music.tracks import routes as tracks
from veza.domains.notifications.inbox import routes as notifications
from veza.domains.notifications.preferences import routes as preferences
from veza.domains.notifications.push import routes as push
from veza.domains.platform.audit import admin_routes as audit
from veza.domains.platform.backups import admin_routes as backups_staff
from veza.domains.platform.monitoring import admin_routes as operation_staff
from veza.domains.platform.monitoring import routes as operation
from veza.domains.platform.site_controls import admin_routes as control_staff
from veza.domains.platform.site_controls import routes as control
from veza.domains.platform.text_filters import admin_routes as text_filters
from veza.domains.platform.uploads import routes as uploads
from veza.domains.privacy import admin_routes as privacy_staff
from veza.domains.privacy import routes as privacy
from veza.domains.public_pages.embeds import routes as embeds
from veza.domains.public_pages.feeds import routes as feeds
from veza.domains.public_pages.heads import routes as heads
from veza.domains.public_pages.sitemaps import routes as sitemaps
from veza.domains.realtime import routes as chat
from veza.domains.relationships import routes as relations
from veza.domains.search import routes as search
from veza.domains.site import admin_routes as site_staff
from veza.domains.site import routes as site
from veza.domains.social.post_comments import routes as discussions
from veza.domains.social.posts import routes as posts
from veza.domains.subsonic.routes.rest import answer_player
from veza.http import swagger, web_app
from veza.http.dependencies import PROVIDERS
from veza.http.gpc import show_gpc_support
from veza.http.signed_urls import provide_signature

# Below the prefix of the API.
ROUTERS = (
    sessions.router,
    sign_up.router,
    setup.router,
    accounts.router,
    keys.router,
    app_passwords.router,
    factors.router,
    identities.router,
    recovery.router,
    relations.router,
    tracks.router,
    lyrics.router,
    tags.router,
    discovery.router,
    statistics.router,
    releases.router,
    playlists.router,
    entries.router,
    editors.router,
    playlist_files.router,
    library.router,
    comments.router,
    conversations.router,
    messages.router,
    attachments.router,
    audio.router,
    audio_staff.router,
    chat.router,
    images.router,
    streams.router,
    hooks.router,
    posts.router,
    discussions.router,
    search.router,
    products.router,
    archives.router,
    codes.router,
    sellers.router,
    reviews.router,
    gear.router,
    privacy.router,
    privacy_staff.router,
    orders.router,
    orders_staff.router,
    notifications.router,
    preferences.router,
    push.router,
    accounts_staff.router,
    recovery_staff.router,
    sign_up_staff.router,
    mail_domains.router,
    reports.router,
    reports_staff.router,
    appeals.router,
    appeals_staff.router,
    text_filters.router,
    bulk_moderation.router,
    audit.router,
    ledger.router,
    refunds.router,
    refunds_staff.router,
    invoices.router,
    webhooks.router,
    webhooks_staff.router,
    sandbox.router,
    transfers.router,
    transfers_staff.router,
    audio.upload_router,
    files.router,
    uploads.router,
    uploads.resumable_router,
    shares.router,
    control.router,
    control_staff.router,
    site.router,
    site_staff.router,
    operation.router,
    operation.status_router,
    operation_staff.router,
    backups_staff.router,
    field_checks.router,
)

OUTSIDE_OF_API = (
    show_gpc_support,
    swagger.router,
    answer_player,
    feeds.router,
    embeds.router,
    sitemaps.router,
    heads.router,
    web_app.router,
)

DEPENDENCIES = PROVIDERS | {
    "radio_query": Provide(discovery.provide_radio_query, sync_to_thread=False),
    "release_query": Provide(releases.provide_release_query, sync_to_thread=False),
    "statistics_days": Provide(statistics.provide_statistics_days, sync_to_thread=False),
    "statistics_query": Provide(statistics.provide_statistics_query, sync_to_thread=False),
    "track_query": Provide(tracks.provide_track_query, sync_to_thread=False),
    "url_signature": Provide(provide_signature, sync_to_thread=False),
}
