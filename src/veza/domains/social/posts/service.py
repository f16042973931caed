"""What one can do with posts."""

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import Fault, Invalid, Unauthenticated
from veza.core.ids import PostId, TrackId, UserId, new_id
from veza.core.mentions import find_mentions
from veza.core.signed_urls import UrlBuilder
from veza.domains.auth.accounts.models import Part
from veza.domains.images import service as images
from veza.domains.images.models import ShownImage, SizedImage
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.music.tracks import service as tracks
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models import LikeState, Status, Visibility
from veza.domains.social.posts import queries, rules
from veza.domains.social.posts.errors import NotYourPost, PostNotFound, TrackNotPublic
from veza.domains.social.posts.events import PostLiked, PostPublished
from veza.domains.social.posts.models import (
    FeedPage,
    NewPost,
    Post,
    PostEvidence,
    PostFigures,
    PostForm,
    PostPage,
    StoredPost,
    Wish,
)
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Tx


async def publish(tx: Tx, author: Member, form: PostForm, urls: UrlBuilder) -> Post:
    """Say something to everybody, with a track or a product and images where they are given."""
    content = form.content.strip()
    if not content:
        raise Invalid(details=[Fault("content", "A post needs words.")])
    await _ensure_showable(tx, form, author)
    written = NewPost(PostId(new_id()), author.id, content, form.track_id, now(), form.product_id)
    await images.show(tx, author.id, form.image_ids, is_public=True)
    await _insert(tx, written)
    await queries.insert_images(tx, written.id, form.image_ids)
    await emit(tx, PostPublished(written.id, author.id, find_mentions(content)))
    return await get_post(tx, written.id, author, urls)


async def get_post(conn: Conn, post_id: PostId, viewer: Member | None, urls: UrlBuilder) -> Post:
    """Show one post."""
    post = await get_visible(conn, post_id, viewer and viewer.id)
    return (await _show(conn, [post], urls))[0]


async def list_feed(conn: Conn, viewer: Member | None, wish: Wish, urls: UrlBuilder) -> FeedPage:
    """List posts, newest first: of those whom one follows and one's own.

    Everybody's where nobody is signed in, or one follows nobody.
    """
    found = [] if viewer is None else await queries.list_feed(conn, viewer.id, wish)
    if found or (viewer and await queries.is_following_anybody(conn, viewer.id)):
        page = await _make_page(conn, found, wish, urls)
    else:
        page = await _list_everybody_s(conn, wish, viewer, urls)
    return FeedPage(page.posts, page.next_cursor, page.has_more, personalized=viewer is not None)


async def explore(conn: Conn, viewer: Member | None, wish: Wish, urls: UrlBuilder) -> PostPage:
    """List the posts of those whom one doesn't follow yet, newest first."""
    wish = structs.replace(wish, leaves_out_followed=True)
    return await _list_everybody_s(conn, wish, viewer, urls)


async def list_trending(
    conn: Conn, viewer: Member | None, wish: Wish, urls: UrlBuilder
) -> PostPage:
    """List everybody's posts, those first that are liked and talked of most for their age."""
    return await _list_everybody_s(conn, wish, viewer, urls)


async def list_posts_of(
    conn: Conn, author_id: UserId, wish: Wish, *, viewer: Member | None, urls: UrlBuilder
) -> PostPage:
    """List the posts of a member whom the viewer may see, newest first."""
    found = await queries.list_posts_of(conn, author_id, wish, viewer and viewer.id)
    return await _make_page(conn, found, wish, urls)


async def toggle_like(tx: Tx, post_id: PostId, liker: Member) -> LikeState:
    """Like a post, or no longer where one does already."""
    post = await lock_visible(tx, post_id, liker.id)
    count = await queries.delete_like(tx, post_id, liker.id)
    if count is not None:
        return LikeState(liked=False, likes_count=count)
    count = await queries.insert_like(tx, post_id, liker.id)
    if count is None:
        # The token outlived the account, or is about to end with it.
        raise Unauthenticated
    await emit(tx, PostLiked(post_id, liker.id, post.author_id))
    return LikeState(liked=True, likes_count=count)


async def delete_post(tx: Tx, post_id: PostId, member: Member) -> None:
    """Delete a post, with all that hangs on it: one's own, or any as staff."""
    # Whom its author blocks may moderate still.
    is_staff = rules.is_staff(member)
    viewer_id = None if is_staff else member.id
    post = await queries.find_post(tx, post_id, viewer_id)
    if post is None or not (is_staff or rules.is_visible_to(post, viewer_id)):
        raise PostNotFound
    if not rules.can_delete_post(post, member):
        raise NotYourPost
    await queries.lock_latest(tx, post.author_id)
    if not await queries.lock_posts(tx, [post_id]):
        raise PostNotFound
    await retire_posts(tx, post.author_id, [post_id])


async def is_visible(conn: Conn, post_id: PostId, viewer: Member) -> bool:
    """Tell whether there is such a post, and somebody may know of it."""
    post = await queries.find_post(conn, post_id, viewer.id)
    return post is not None and rules.is_visible_to(post, viewer.id)


async def get_visible(conn: Conn, post_id: PostId, viewer_id: UserId | None) -> StoredPost:
    """Give a post to those who may know of it."""
    post = await queries.find_post(conn, post_id, viewer_id)
    # A hidden post answers like a missing one, so that nobody learns who blocks them.
    if post is None or not rules.is_visible_to(post, viewer_id):
        raise PostNotFound
    return post


async def lock_visible(tx: Tx, post_id: PostId, viewer_id: UserId | None) -> StoredPost:
    """Give a post to those who may know of it, locked.

    Whoever changes what hangs on a post locks the post first, and so none waits in a circle.
    """
    await queries.lock_posts(tx, [post_id])
    return await get_visible(tx, post_id, viewer_id)


async def lock_posts(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Lock many posts, in an order that is everybody's, before what hangs on them changes."""
    await queries.lock_posts(tx, post_ids)


async def lock_counts(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Lock the counts of many posts, in the same order: whoever counts there too waits.

    Whoever only keeps a post from being deleted doesn't.
    """
    await queries.lock_counts(tx, post_ids)


async def count_comments(tx: Tx, more: Mapping[PostId, int]) -> None:
    """Count so many more comments on each post, which is locked already; less than 0 is fewer."""
    await queries.add_to_comments_counts(tx, list(more), list(more.values()))


async def retire_posts(tx: Tx, author_id: UserId, post_ids: list[PostId]) -> None:
    """Delete posts of one author, all locked, and what hangs on them; images' files go soon."""
    shown = await queries.list_images(tx, post_ids)
    await queries.delete_posts(tx, author_id, post_ids)
    await images.retire(tx, [image.id for image in shown])


async def hide_likes(tx: Tx, part: Part[PostId]) -> list[PostId]:
    """Count some hundreds of a member's likes no more, or again; tell of which posts."""
    post_ids = await queries.list_liked_posts(tx, part.user_id, part.after)
    await queries.lock_counts(tx, post_ids)
    await queries.update_hidden(tx, part.user_id, post_ids, hide=part.hide)
    return post_ids


async def find_evidence(conn: Conn, post_id: UUID, viewer: Member) -> PostEvidence | None:
    """Give what a report of a post has to keep; None where the viewer may not know of it."""
    post = await queries.find_post(conn, PostId(post_id), viewer.id)
    if post is None or not rules.is_visible_to(post, viewer.id):
        return None
    return PostEvidence(
        author_id=post.author_id,
        username=post.username,
        content=post.content,
        track_id=post.track_id,
        product_id=post.product_id,
        image_ids=[image.id for image in await queries.list_images(conn, [post.id])],
        created_at=post.created_at,
    )


async def count_posts(conn: Conn) -> PostFigures:
    """Count the posts, and what members do with them."""
    return await queries.count_posts(conn)


async def _ensure_showable(conn: Conn, form: PostForm, author: Member) -> None:
    if form.track_id is not None and form.product_id is not None:
        raise Invalid(details=[Fault("product_id", "A post shows a track or a product, not both.")])
    if form.track_id is not None:
        await _ensure_public(conn, form.track_id, author)
    if form.product_id is not None:
        await products.ensure_public(conn, form.product_id, author)


async def _ensure_public(conn: Conn, track_id: TrackId, author: Member) -> None:
    track = await tracks.get_visible(conn, track_id, author.id)
    if track.visibility is Visibility.PUBLIC and track.status is Status.READY:
        return
    if track.owner_id == author.id:
        raise TrackNotPublic
    # Unlisted: whoever has its id may hear it, and may not show it around.
    raise TrackNotFound


async def _insert(tx: Tx, post: NewPost) -> None:
    try:
        username = await queries.insert_post(tx, post)
    except ConstraintViolation as error:
        if error.constraint == "posts_track_id_fkey":
            # It was deleted just now.
            raise TrackNotFound from error
        if error.constraint == "posts_product_id_fkey":
            raise ProductNotFound from error
        raise
    if username is None:
        # The token outlived the account, or is about to end with it.
        raise Unauthenticated


async def _list_everybody_s(
    conn: Conn, wish: Wish, viewer: Member | None, urls: UrlBuilder
) -> PostPage:
    """List posts of a list that looks at so many a page and no more: behind these it goes on."""
    found = await queries.list_posts(conn, wish, viewer and viewer.id)
    end = None if len(found) > wish.limit else await queries.find_end(conn, wish)
    if end is None:
        return await _make_page(conn, found, wish, urls)
    # Once more, up to that place: what came or went since moves none across it.
    found = await queries.list_posts(conn, structs.replace(wish, until=end), viewer and viewer.id)
    page = await _make_page(conn, found, wish, urls)
    return page if page.has_more else PostPage(page.posts, rules.encode_place(end), has_more=True)


async def _make_page(conn: Conn, found: list[StoredPost], wish: Wish, urls: UrlBuilder) -> PostPage:
    shown, has_more = found[: wish.limit], len(found) > wish.limit
    cursor = rules.encode_place(rules.place_of(shown[-1], wish.order)) if has_more else None
    return PostPage(await _show(conn, shown, urls), cursor, has_more)


async def _show(conn: Conn, posts: list[StoredPost], urls: UrlBuilder) -> list[Post]:
    linked: dict[PostId, list[ShownImage]] = {post.id: [] for post in posts}
    for image in await queries.list_images(conn, list(linked)):
        sized = SizedImage(image.id, image.width, image.height)
        linked[image.post_id].append(images.link_image(sized, urls, is_public=True))
    show_track = partial(tracks.show_summary, urls=urls)
    return [rules.show_post(post, linked[post.id], show_track) for post in posts]
