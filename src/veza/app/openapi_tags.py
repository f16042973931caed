"""The areas of the API, in the order in which its page shows them."""

from litestar.openapi.spec import Tag

AREAS = (
    Tag("accounts", "Become a member, sign in, say who you are."),
    Tag("sessions", "Where you are signed in, and how you sign out."),
    Tag("recovery", "A password that was forgotten, an address that is to be verified."),
    Tag("keys", "Keys for programs of your own."),
    Tag("tracks", "Upload, find, hear and like music."),
    Tag("live", "Go on air, and watch who is."),
    Tag("users", "Other members: follow, block, mute."),
    Tag("social", "Posts, images, likes and threads; the feed."),
    Tag("conversations", "Talk by two, in groups and in rooms."),
    Tag("chat", "The token for the WebSocket, by which all is heard at once."),
    Tag("notifications", "What concerns you, and of what of it you want to hear."),
    Tag("marketplace", "Products, orders, downloads, invoices, refunds."),
    Tag("reviews", "What buyers say, and what sellers answer."),
    Tag("seller", "What you sold, what you have of it, where you are paid."),
    Tag("sandbox", "The companies that move money, played: for trying it all."),
    Tag("cloud", "Files of your own: folders, versions, a trash, links for others."),
    Tag("gear", "What you own, its papers, and what its repairs cost."),
    Tag("privacy", "Take all that is yours with you; leave."),
    Tag("webhooks", "Where companies tell what became of payments and accounts."),
    Tag("moderation", "Reports, and what comes of them."),
    Tag("control", "Announcements and feature flags, as everybody sees them."),
    Tag("admin", "For those who run it."),
    Tag("system", "Limits and checks, before anything is sent."),
    Tag("health", "For machines that look after it."),
    Tag("legacy", "Addresses of older versions: deprecated."),
)
