"""The tags of the OpenAPI document, in the order of the API page."""

from litestar.openapi.spec import Tag

AREAS = (
    Tag("accounts", "Register, sign in, edit your profile."),
    Tag("sessions", "List your sessions, refresh them, sign out."),
    Tag("recovery", "Reset a password, verify an e-mail address."),
    Tag("keys", "API keys for your own programs, and app passwords for your players."),
    Tag("tracks", "Upload, find, play and like music."),
    Tag("search", "Search everything at once, as it is typed."),
    Tag("playlists", "Playlists: edit alone or together, import and export."),
    Tag("library", "Your ratings, history, bookmarks, play queue, and what is playing."),
    Tag("live", "Live streams: broadcast and watch."),
    Tag("users", "Other members: follow, block, mute."),
    Tag("social", "Posts, images, likes and threads; the feed."),
    Tag("conversations", "Direct messages, groups and rooms."),
    Tag("chat", "The token for the WebSocket, which delivers messages and events."),
    Tag("notifications", "Your notifications, and which of them you want."),
    Tag("marketplace", "Products, orders, downloads, invoices, refunds."),
    Tag("reviews", "Reviews by buyers, and replies by sellers."),
    Tag("seller", "Your sales, balance and payout account."),
    Tag("sandbox", "Simulated payments and payouts, to try everything without money."),
    Tag("cloud", "Your private files: folders, versions, trash, share links."),
    Tag("gear", "Your equipment: documents, warranties, repairs."),
    Tag("privacy", "Export your data, or erase your account."),
    Tag("webhooks", "Events that payment and payout providers send."),
    Tag("moderation", "Report content, and act on reports."),
    Tag("control", "Announcements and feature flags."),
    Tag("admin", "Administration of the server."),
    Tag("system", "Limits, and checks of input before you send it."),
    Tag("health", "Health checks and metrics."),
    Tag("legacy", "Deprecated paths of older versions."),
)
