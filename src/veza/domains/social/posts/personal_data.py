"""What this domain keeps of a person: to hand out, and to erase."""

from veza.core.ids import ImageId, PostId, UserId
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.social.posts import queries, rules, service
from veza.domains.social.posts.models import Order, PersonalPost, PersonalPosts, Wish
from veza.infra.postgres.database import Conn, Tx

# Tables that hold a person's id, or hang on one that does.
TABLES = ("posts", "latest_posts", "post_images", "post_likes")

_BATCH = 500


async def export(conn: Conn, user_id: UserId) -> PersonalPosts:
    """Hand out what a member published, and which posts they like."""
    posts: list[PersonalPost] = []
    place = None
    while found := await queries.list_posts_of(conn, user_id, Wish(_BATCH, place), user_id):
        images: dict[PostId, list[ImageId]] = {post.id: [] for post in found}
        for image in await queries.list_images(conn, list(images)):
            images[image.post_id].append(image.id)
        posts += [rules.hand_out(post, images[post.id]) for post in found]
        place = rules.place_of(found[-1], Order.NEWEST)
    liked: list[PostId] = []
    while ids := await queries.list_liked_posts(conn, user_id, liked[-1] if liked else None):
        liked += ids
    return PersonalPosts(posts, liked)


async def erase(tx: Tx, user_id: UserId) -> None:
    """Erase a member's posts and likes; counts of others' posts stay exact."""
    after: PostId | None = None
    while liked := await service.hide_likes(tx, RecountBatch(user_id, after, hide=True)):
        after = liked[-1]
    await queries.delete_likes_of(tx, user_id)
    await queries.lock_latest(tx, user_id)
    while found := await queries.list_posts_of(tx, user_id, Wish(_BATCH), user_id):
        post_ids = [post.id for post in found]
        await queries.lock_posts(tx, post_ids)
        await service.retire_posts(tx, user_id, post_ids)
