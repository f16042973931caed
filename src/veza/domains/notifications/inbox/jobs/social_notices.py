"""Members are notified of followers, posts, comments, mentions and messages."""

from msgspec import structs

from veza.domains.chat.messages.events import MessageSent
from veza.domains.notifications.inbox.models import NewNotification
from veza.domains.notifications.inbox.queries import creation
from veza.domains.notifications.inbox.service import notify
from veza.domains.notifications.preferences import shared_queries as preference_queries
from veza.domains.notifications.preferences.models import NotificationKind
from veza.domains.relationships.events import UserFollowed
from veza.domains.social.post_comments.events import PostCommented
from veza.domains.social.posts.events import PostLiked, PostPublished
from veza.infra.postgres.database import Tx


async def notify_of_follower(tx: Tx, event: UserFollowed) -> None:
    """Notify a member of a new follower."""
    notification = NewNotification(event.follower_id, NotificationKind.FOLLOW, event.followed_id)
    await notify(tx, notification, [event.followed_id])


async def notify_of_post(tx: Tx, event: PostPublished) -> None:
    """Notify the members whom a post mentions."""
    mentioned = await preference_queries.list_by_name(tx, event.mentions)
    mentioned = await creation.list_post_viewers(tx, event.post_id, mentioned)
    if mentioned and await creation.lock_subject(tx, "posts", event.post_id):
        notification = NewNotification(
            event.author_id, NotificationKind.MENTION, event.post_id, post_id=event.post_id
        )
        await notify(tx, notification, mentioned)


async def notify_of_post_like(tx: Tx, event: PostLiked) -> None:
    """Notify an author of a like of their post; it stays if the like is deleted."""
    if await creation.lock_subject(tx, "posts", event.post_id):
        notification = NewNotification(
            event.liker_id, NotificationKind.POST_LIKE, event.post_id, post_id=event.post_id
        )
        await notify(tx, notification, [event.author_id])


async def notify_of_post_comment(tx: Tx, event: PostCommented) -> None:
    """Notify the author replied to, then the post's author, then the mentioned members."""
    # The post first, in the same order as the deletion of a comment.
    if not (
        await creation.lock_subject(tx, "posts", event.post_id)
        and await creation.lock_subject(tx, "post_comments", event.comment_id)
    ):
        return
    post_author = [event.post_author_id]
    notification = NewNotification(
        event.author_id,
        NotificationKind.REPLY,
        event.comment_id,
        post_id=event.post_id,
        post_comment_id=event.comment_id,
    )
    if event.parent_author_id is not None:
        replied_to = await creation.list_post_viewers(tx, event.post_id, [event.parent_author_id])
        await notify(tx, notification, replied_to, not_blocked_with=post_author)
    await notify(
        tx,
        structs.replace(notification, kind=NotificationKind.POST_COMMENT),
        [event.post_author_id],
    )
    mentioned = await preference_queries.list_by_name(tx, event.mentions)
    await notify(
        tx,
        structs.replace(notification, kind=NotificationKind.MENTION),
        await creation.list_post_viewers(tx, event.post_id, mentioned),
        not_blocked_with=post_author,
    )


async def notify_of_message(tx: Tx, event: MessageSent) -> None:
    """Notify the members mentioned in a message, then other members who haven't read it."""
    recipients = await preference_queries.list_message_recipients(
        tx, event.message_id, event.mentions
    )
    if not recipients:
        return
    notification = NewNotification(
        event.sender_id,
        NotificationKind.MENTION,
        event.message_id,
        message_id=event.message_id,
        message_number=recipients[0].number,
    )
    await notify(tx, notification, [each.user_id for each in recipients if each.is_mentioned])
    others = [each.user_id for each in recipients if each.gets_every_message]
    joined = structs.replace(
        notification, kind=NotificationKind.MESSAGE, subject_id=event.conversation_id
    )
    await notify(tx, joined, others)
