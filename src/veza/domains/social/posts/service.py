"""Posts of text alone take one statement; a second like of a post takes the first back."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from msgspec import structs

from veza.core.access import Member
from veza.core.clock import now
from veza.core.errors import FieldError, Invalid, Unauthenticated, required
from veza.core.ids import ImageId, PostId, TrackId, UserId, new_id
from veza.core.mentions import find_mentions
from veza.core.reviews import ReviewedFile, review_image
from veza.core.search_query import make_query
from veza.core.search_text import parse_search
from veza.core.signed_urls import UrlBuilder
from veza.core.structs import copy_fields
from veza.core.takedowns import SHOWN_BY
from veza.core.visibility import is_track_published
from veza.domains.audiences.service import lock_chosen
from veza.domains.auth.accounts.models import RecountBatch
from veza.domains.contributions import OwnedItem, TakedownKind
from veza.domains.images import rules as image_rules
from veza.domains.images.models import Image, SizedImage
from veza.domains.images.service import images
from veza.domains.marketplace.products import service as products
from veza.domains.marketplace.products.errors import ProductNotFound
from veza.domains.music.tracks import rules as track_rules
from veza.domains.music.tracks.errors import TrackNotFound
from veza.domains.music.tracks.models.tracks import LikeState
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.social.posts import rules
from veza.domains.social.posts import shared_queries as post_queries_module
from veza.domains.social.posts.errors import NotYourPost, PostNotFound, TrackNotPublic
from veza.domains.social.posts.events import PostLiked, PostPublished
from veza.domains.social.posts.models import (
    FeedPage,
    NewPost,
    Post,
    PostEvidence,
    PostForm,
    PostPage,
    PostQuery,
    StoredPost,
)
from veza.domains.social.posts.queries import likes, lists, search, single_statements
from veza.domains.social.posts.queries import posts as post_queries
from veza.infra.jobs.outbox import emit
from veza.infra.postgres.database import Conn, ConstraintViolation, Database, Tx
from veza.infra.postgres.search_index import delete_documents, list_spellings, store_documents


async def publish_at_once(
    database: Database, author: Member, form: PostForm, urls: UrlBuilder
) -> Post:
    """Publish a post of text only in a single statement, any other in a transaction."""
    content = rules.clean_content(form)
    if not (form.track_id or form.product_id or form.image_ids or form.tier_id):
        new = NewPost(PostId(new_id()), author.id, content, None, now())
        mentions = find_mentions(content)
        named = await single_statements.insert_post(database, new, mentions)
        if named is not None:
            return rules.show_new_post(new, named)
    return await database.transact(lambda tx: publish(tx, author, form, urls))


async def publish(tx: Tx, author: Member, form: PostForm, urls: UrlBuilder) -> Post:
    """Publish a post, optionally with a track or a product, and images."""
    content = rules.clean_content(form)
    await _ensure_attachable(tx, form, author)
    await lock_chosen(tx, author.id, form.tier_id)
    written = NewPost(
        *(PostId(new_id()), author.id, content, form.track_id, now()), form.product_id, form.tier_id
    )
    if form.image_ids:
        is_public = form.tier_id is None
        await images.show_images(tx, author.id, form.image_ids, is_public=is_public)
    await _insert(tx, written)
    if form.image_ids:
        await post_queries.insert_images(tx, written.id, form.image_ids)
    await emit(tx, PostPublished(written.id, author.id, find_mentions(content)))
    return await get_post(tx, written.id, author, urls)


async def get_post(conn: Conn, post_id: PostId, viewer: Member | None, urls: UrlBuilder) -> Post:
    """Return a post. Raises PostNotFound."""
    post = await get_visible(conn, post_id, viewer and viewer.id)
    return (await _show(conn, [post], urls))[0]


async def list_feed(
    conn: Conn, viewer: Member | None, query: PostQuery, urls: UrlBuilder
) -> FeedPage:
    """Return a page of the posts of the viewer and of the members they follow, newest first.

    Without a viewer, or if they don't follow anyone, return all posts.
    """
    found = [] if viewer is None else await lists.list_feed(conn, viewer.id, query)
    if found or (viewer and await lists.is_following_anybody(conn, viewer.id)):
        page = await _make_page(conn, found, query, urls)
    else:
        page = await list_posts(conn, query, viewer, urls)
    return FeedPage(page.posts, page.next_cursor, page.has_more, personalized=viewer is not None)


async def list_posts(
    conn: Conn, query: PostQuery, viewer: Member | None, urls: UrlBuilder
) -> PostPage:
    """Return a page of all posts, which reads at most `MAX_POSTS_SCANNED` of them."""
    viewer_id = viewer and viewer.id
    found = await lists.list_posts(conn, query, viewer_id)
    end = None if len(found) > query.limit else await lists.find_scan_end(conn, query)
    if end is None:
        return await _make_page(conn, found, query, urls)
    # Read again up to that position, because posts may have changed between the two queries.
    found = await lists.list_posts(conn, structs.replace(query, until=end), viewer_id)
    page = await _make_page(conn, found, query, urls)
    if page.has_more:
        return page
    return PostPage(page.posts, rules.encode_position(end), has_more=True)


async def list_posts_of(
    conn: Conn, author_id: UserId, query: PostQuery, *, viewer: Member | None, urls: UrlBuilder
) -> PostPage:
    """Return a page of the posts of a member whom the viewer may see, newest first."""
    found = await lists.list_posts_of(conn, author_id, query, viewer and viewer.id)
    return await _make_page(conn, found, query, urls)


async def search_posts(
    conn: Conn, text: str, limit: int, *, viewer: Member | None, urls: UrlBuilder
) -> list[Post]:
    """Find posts by their words and their authors, trending posts first."""
    wanted = parse_search(text)
    spellings = await list_spellings(conn, [search.POSTS], wanted)
    query = make_query(wanted, spellings[search.POSTS.kind])
    if query is None:
        return []
    found = await search.search_posts(conn, query, limit, viewer_id=viewer and viewer.id)
    return await _show(conn, found, urls)


async def index_posts(tx: Tx, post_ids: Sequence[PostId]) -> None:
    """Update what posts are found by; the caller has locked them."""
    found = await search.list_searchable(tx, post_ids)
    await store_documents(tx, search.POSTS, [rules.index_post(post) for post in found])
    hidden = set(post_ids).difference(post.id for post in found)
    if hidden:
        await delete_documents(tx, search.POSTS, list(hidden))


async def index_batch(tx: Tx, author_id: UserId | None, after: PostId | None) -> list[PostId]:
    """Index the next posts of a member, or of all, ordered by id; return them."""
    post_ids = await search.list_post_ids(tx, author_id, after)
    # A separate statement, because the next one must see all commits before the lock.
    await post_queries_module.lock_counts(tx, post_ids)
    await index_posts(tx, post_ids)
    return post_ids


async def toggle_like(tx: Tx, post_id: PostId, liker: Member) -> LikeState:
    """Like a post, or unlike it if the member likes it already."""
    post = await lock_visible(tx, post_id, liker.id)
    count = await likes.delete_like(tx, post_id, liker.id)
    if count is not None:
        return LikeState(liked=False, likes_count=count)
    # None if the account was deleted or suspended after the token was issued.
    count = required(await likes.insert_like(tx, post_id, liker.id), Unauthenticated)
    await emit(tx, PostLiked(post_id, liker.id, post.author_id))
    return LikeState(liked=True, likes_count=count)


async def delete_post(tx: Tx, post_id: PostId, member: Member) -> None:
    """Delete a post of the caller, or any post as staff, with its likes, comments and images."""
    # Staff whom the author blocks may moderate too.
    is_staff = rules.is_staff(member)
    viewer_id = None if is_staff else member.id
    post = await post_queries.find_post(tx, post_id, viewer_id)
    if post is None or not (is_staff or rules.is_visible_to(post, viewer_id)):
        raise PostNotFound
    if not rules.can_delete_post(post, member):
        raise NotYourPost
    await post_queries.lock_latest(tx, post.author_id)
    if not await post_queries_module.lock_posts(tx, [post_id]):
        raise PostNotFound
    await delete_posts(tx, post.author_id, [post_id])


async def _find_owned(conn: Conn, content_id: UUID) -> OwnedItem | None:
    post = await post_queries.find_post(conn, PostId(content_id), None)
    return post and OwnedItem(post.author_id, post.content)


async def _take_down(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    return {} if await _set_taken_down(tx, content_id, is_taken_down=True) else None


async def _restore(tx: Tx, content_id: UUID, _kept: Mapping[str, Any]) -> None:
    await _set_taken_down(tx, content_id, is_taken_down=False)


async def _set_taken_down(tx: Tx, content_id: UUID, *, is_taken_down: bool) -> bool:
    """Hide or show a post, in lists and searches; return False if it is deleted."""
    post_id = PostId(content_id)
    post = await post_queries.find_post(tx, post_id, None)
    if post is None:
        return False
    await post_queries.lock_latest(tx, post.author_id)
    if not await post_queries_module.lock_posts(tx, [post_id]):
        return False
    await post_queries.update_taken_down(tx, post_id, is_taken_down=is_taken_down)
    await post_queries.update_latest(tx, post.author_id)
    await index_posts(tx, [post_id])
    return True


async def _delete_taken_down(tx: Tx, content_id: UUID, author: Member) -> None:
    await delete_post(tx, PostId(content_id), author)


TAKEDOWN = TakedownKind(_find_owned, _take_down, _restore, _delete_taken_down)


async def _find_image(conn: Conn, content_id: UUID) -> OwnedItem | None:
    found = await post_queries.find_placed_image(conn, ImageId(content_id))
    return found and OwnedItem(found.author_id, found.content)


async def _hide_image(tx: Tx, content_id: UUID) -> Mapping[str, Any] | None:
    image_id = ImageId(content_id)
    found = await post_queries.find_placed_image(tx, image_id)
    if found is None or not await post_queries_module.lock_posts(tx, [found.post_id]):
        return None
    if not await post_queries.delete_placed_image(tx, image_id):
        return None
    await images.update_taken_down(tx, [image_id], is_taken_down=True)
    return {SHOWN_BY: str(found.post_id), "position": found.position}


async def _restore_image(tx: Tx, content_id: UUID, kept: Mapping[str, Any]) -> None:
    """Show an image in its post again; delete it if the post is gone."""
    image_id, post_id = ImageId(content_id), PostId(UUID(kept[SHOWN_BY]))
    if not await post_queries_module.lock_posts(tx, [post_id]):
        await images.delete_images(tx, [image_id])
        return
    await images.update_taken_down(tx, [image_id], is_taken_down=False)
    await post_queries.insert_placed_image(tx, post_id, image_id, position=kept["position"])


PICTURE = TakedownKind(_find_image, _hide_image, _restore_image, images.delete_taken_down)


async def list_reviewed(conn: Conn, content_id: UUID, urls: UrlBuilder) -> list[ReviewedFile]:
    """Return the pictures of a post, for staff."""
    found = await post_queries.list_images(conn, [PostId(content_id)])
    return [review_image(image.id, "", urls) for image in found]


async def is_visible(conn: Conn, post_id: PostId, viewer: Member) -> bool:
    """Return whether the post exists and the viewer may see it."""
    post = await post_queries.find_post(conn, post_id, viewer.id)
    return post is not None and rules.is_visible_to(post, viewer.id)


async def get_visible(conn: Conn, post_id: PostId, viewer_id: UserId | None) -> StoredPost:
    """Return a post that the viewer may see. Raises PostNotFound."""
    post = await post_queries.find_post(conn, post_id, viewer_id)
    # The error is the same as for missing posts, so that members can't find out who blocks them.
    if post is None or not rules.is_visible_to(post, viewer_id):
        raise PostNotFound
    return post


async def lock_visible(tx: Tx, post_id: PostId, viewer_id: UserId | None) -> StoredPost:
    """Lock and return a post that the viewer may see. Raises PostNotFound.

    To prevent deadlocks, every change of rows that belong to a post locks the post first.
    """
    await post_queries_module.lock_posts(tx, [post_id])
    return await get_visible(tx, post_id, viewer_id)


async def delete_posts(tx: Tx, author_id: UserId, post_ids: list[PostId]) -> None:
    """Delete posts of an author, all locked by the caller; a job deletes the image files."""
    shown = await post_queries.list_images(tx, post_ids)
    await post_queries.delete_posts(tx, author_id, post_ids)
    await images.delete_images(tx, [image.id for image in shown])


async def update_hidden_likes(tx: Tx, batch: RecountBatch[PostId]) -> list[PostId]:
    """Hide or show the next batch of a member's likes; return the posts."""
    post_ids = await likes.list_liked_posts(tx, batch.user_id, batch.after)
    await post_queries_module.lock_counts(tx, post_ids)
    await likes.update_hidden(tx, batch.user_id, post_ids, hide=batch.hide)
    return post_ids


async def find_evidence(conn: Conn, post_id: UUID, viewer: Member) -> PostEvidence | None:
    """Return the content to keep with a report; None if the viewer may not see the post."""
    post = await post_queries.find_post(conn, PostId(post_id), viewer.id)
    if post is None or not rules.is_visible_to(post, viewer.id):
        return None
    shown = await post_queries.list_images(conn, [post.id])
    return copy_fields(PostEvidence, post, image_ids=[image.id for image in shown])


async def _ensure_attachable(conn: Conn, form: PostForm, author: Member) -> None:
    if form.track_id is not None and form.product_id is not None:
        raise Invalid(
            details=[FieldError("product_id", "Add either a track or a product, not both.")]
        )
    if form.track_id is not None:
        await _ensure_public(conn, form.track_id, author)
    if form.product_id is not None:
        await products.ensure_public(conn, form.product_id, author)


async def _ensure_public(conn: Conn, track_id: TrackId, author: Member) -> None:
    track = await visible_tracks.get_visible(conn, track_id, author.id)
    if is_track_published(track):
        return
    if track.owner_id == author.id:
        raise TrackNotPublic
    # Unlisted tracks may be played with the link, but not published.
    raise TrackNotFound


async def _insert(tx: Tx, post: NewPost) -> None:
    try:
        username = await post_queries.insert_post(tx, post)
    except ConstraintViolation as error:
        if error.constraint == "posts_track_id_fkey":
            # The track was deleted a moment ago.
            raise TrackNotFound from error
        if error.constraint == "posts_product_id_fkey":
            raise ProductNotFound from error
        raise
    if username is None:
        # The account was deleted or suspended after the token was issued.
        raise Unauthenticated


async def _make_page(
    conn: Conn, found: list[StoredPost], query: PostQuery, urls: UrlBuilder
) -> PostPage:
    page = found[: query.limit]
    has_more = len(found) > query.limit
    cursor = rules.encode_position(rules.position_of(page[-1], query.order)) if has_more else None
    return PostPage(await _show(conn, page, urls), cursor, has_more)


async def _show(conn: Conn, found: list[StoredPost], urls: UrlBuilder) -> list[Post]:
    images_of: dict[PostId, list[Image]] = {post.id: [] for post in found}
    for_all = {post.id for post in found if post.tier_id is None}
    for image in await post_queries.list_images(conn, list(images_of)):
        sized = SizedImage(image.id, image.width, image.height)
        is_public = image.post_id in for_all
        images_of[image.post_id].append(image_rules.show_image(sized, urls, is_public=is_public))
    shown: list[Post] = []
    for post in found:
        track = rules.track_of(post)
        summary = track and track_rules.show_summary(track, urls)
        shown.append(rules.show_post(post, images_of[post.id], summary, urls))
    return shown
