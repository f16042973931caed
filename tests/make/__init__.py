"""Makes what tests need, by the use cases of the application; one module for each group."""

from tests.make.chat import conversation, conversation_in, message, place_of, swept_conversations
from tests.make.cloud import bare_file, cloud_file, share
from tests.make.delivery import delivered, keep_quiet, recounted, unheard
from tests.make.gear import gear_document, gear_in, repair_in
from tests.make.images import bare_image, image
from tests.make.live import stream, stream_key
from tests.make.marketplace import (
    archive,
    bought,
    code_batch,
    failed_transfer,
    order,
    paid_order,
    paid_out,
    product,
    product_file,
    redeemed,
    refunded_item,
    review,
)
from tests.make.moderation import moderation_case
from tests.make.music import (
    bare_track,
    library,
    playlist,
    release,
    similarities,
    statistics,
    track,
)
from tests.make.notifications import notification, push_subscription, told
from tests.make.people import (
    NO_LINKS,
    PASSWORD,
    Person,
    app_password,
    app_password_in,
    identity,
    key_headers,
    key_in,
    member_in,
    passkey_in,
    person,
    session_in,
    suspended,
    unsuspended,
)
from tests.make.privacy import export
from tests.make.relationships import blocks, follows, mutes
from tests.make.site import plain_site
from tests.make.social import post, post_comment

__all__ = [
    "NO_LINKS",
    "PASSWORD",
    "Person",
    "app_password",
    "app_password_in",
    "archive",
    "bare_file",
    "bare_image",
    "bare_track",
    "blocks",
    "bought",
    "cloud_file",
    "code_batch",
    "conversation",
    "conversation_in",
    "delivered",
    "export",
    "failed_transfer",
    "follows",
    "gear_document",
    "gear_in",
    "identity",
    "image",
    "keep_quiet",
    "key_headers",
    "key_in",
    "library",
    "member_in",
    "message",
    "moderation_case",
    "mutes",
    "notification",
    "order",
    "paid_order",
    "paid_out",
    "passkey_in",
    "person",
    "place_of",
    "plain_site",
    "playlist",
    "post",
    "post_comment",
    "product",
    "product_file",
    "push_subscription",
    "recounted",
    "redeemed",
    "refunded_item",
    "release",
    "repair_in",
    "review",
    "session_in",
    "share",
    "similarities",
    "statistics",
    "stream",
    "stream_key",
    "suspended",
    "swept_conversations",
    "told",
    "track",
    "unheard",
    "unsuspended",
]
