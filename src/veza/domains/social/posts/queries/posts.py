"""An author's latest post is kept in `latest_posts`, locked before posts are deleted."""

from veza.core.ids import ImageId, PostId, UserId
from veza.core.people import appearance
from veza.core.takedowns import takedown_column
from veza.core.track_covers import shown_cover
from veza.core.visibility import (
    active,
    blocked,
    published_track,
    seen_post,
    suspended,
    wanted_track,
)
from veza.domains.music.credits.shared_queries import track_credits
from veza.domains.social.posts.models import (
    NewPost,
    PersonalPost,
    PlacedImage,
    PostImage,
    StoredPost,
)
from veza.infra.postgres.database import Conn, Tx
from veza.infra.postgres.parameters import bind
from veza.infra.postgres.where import Where

# The columns of `StoredPost`, in the order of its fields.
COLUMNS = f"""
    p.id, p.author_id, u.username, {appearance("u")} as appearance, p.content, p.likes_count,
    p.comments_count, p.created_at,
    p.score, p.track_id, t.title, a.id as artist_id, a.username as artist_name,
    {appearance("a")} as artist_appearance, t.duration_ms, t.is_explicit, t.ai,
    {shown_cover("t")}, t.artist_name as artist_line, {track_credits("t")}, p.product_id,
    o.title as product_title, o.type as product_type,
    o.price_cents, o.currency, o.stock = 0 as is_sold_out,
    s.id as seller_id, s.username as seller_name,
    {appearance("s")} as seller_appearance, p.tier_id
"""


def joins(viewer: str | None) -> str:
    """Return the joins of `COLUMNS`: the product if it is public, the track if it is wanted too."""
    return f"""
        join users u on u.id = p.author_id
        left join (tracks t join users a on a.id = t.owner_id and {active("a")})
          on t.id = p.track_id and {published_track("t")} and {wanted_track("t", viewer)}
        left join (products o join users s on s.id = o.seller_id and {active("s")})
          on o.id = p.product_id and o.status = 'published'
    """


def liked_column(where: Where, viewer_id: UserId | None) -> str:
    """Return the column `liked`: whether the viewer likes a post, null without a viewer."""
    if viewer_id is None:
        return "null as liked"
    likes = f"l.post_id = p.id and l.user_id = {where.bind(viewer_id)}"
    return f"exists (select from post_likes l where {likes}) as liked"


async def insert_post(tx: Tx, post: NewPost) -> str | None:
    """Store a post and return its author's name; None if they are deleted or suspended."""
    sql = f"""
        with author as (
            select id, username from users where id = :author_id and {active()} for share
        ), written as (
            insert into posts (id, author_id, content, track_id, created_at, product_id, tier_id)
                 select :id, id, :content, :track_id, :created_at, :product_id, :tier_id
                   from author
        ), latest as (
            insert into latest_posts as known (author_id, post_id, created_at, is_for_members)
                 select id, :id, :created_at, :tier_id::uuid is not null from author
            on conflict (author_id) do update
                    set post_id = excluded.post_id, created_at = excluded.created_at,
                        is_for_members = excluded.is_for_members
                  where (known.created_at, known.post_id) < (excluded.created_at, excluded.post_id)
        )
        select username from author
    """
    return await tx.value(str, *bind(sql, post))


async def insert_images(tx: Tx, post_id: PostId, image_ids: list[ImageId]) -> None:
    sql = """
        insert into post_images (post_id, image_id, position)
             select $1, i.id, i.number - 1 from unnest($2::uuid[]) with ordinality as i (id, number)
    """
    await tx.run(sql, post_id, image_ids)


async def list_images(conn: Conn, post_ids: list[PostId]) -> list[PostImage]:
    """Return the images of posts, in the order of each post."""
    sql = """
        select s.post_id, i.id, i.width, i.height
          from post_images s
          join images i on i.id = s.image_id
         where s.post_id = any($1)
         order by s.post_id, s.position
    """
    return await conn.all(PostImage, sql, post_ids)


async def find_placed_image(conn: Conn, image_id: ImageId) -> PlacedImage | None:
    sql = """
        select p.id as post_id, p.author_id, p.content, s.position
          from post_images s
          join posts p on p.id = s.post_id
         where s.image_id = $1
    """
    return await conn.maybe(PlacedImage, sql, image_id)


async def delete_placed_image(tx: Tx, image_id: ImageId) -> bool:
    """Take an image from its post, and keep it; False if it is in none."""
    return await tx.run("delete from post_images where image_id = $1", image_id) == 1


async def insert_placed_image(tx: Tx, post_id: PostId, image_id: ImageId, *, position: int) -> None:
    sql = "insert into post_images (post_id, image_id, position) values ($1, $2, $3)"
    await tx.run(sql, post_id, image_id, position)


async def find_post(conn: Conn, post_id: PostId, viewer_id: UserId | None) -> StoredPost | None:
    where = Where()
    where.add("p.id = {}", post_id)
    viewer = where.bind_optional(viewer_id)
    sql = f"""
        select {COLUMNS}, {liked_column(where, viewer_id)},
               {suspended("u")} or p.is_taken_down
               or {blocked(viewer, "p.author_id")}
               or not {seen_post("p", viewer)} as is_hidden,
               {takedown_column("post", "p", "is_taken_down")}
          from posts p
          {joins(viewer)}
        {where.sql}
    """
    return await conn.maybe(StoredPost, sql, *where.values)


async def lock_latest(tx: Tx, author_id: UserId) -> None:
    """Lock an author's row in `latest_posts`, so that they publish and delete nothing meanwhile."""
    await tx.run("select from latest_posts where author_id = $1 for update", author_id)


async def delete_posts(tx: Tx, author_id: UserId, post_ids: list[PostId]) -> None:
    """Delete posts of an author whose `latest_posts` row is locked, and update that row."""
    sql = """
        with deleted as (
            delete from posts where author_id = $1 and id = any($2)
        ), remaining as (
              select id, created_at, tier_id is not null as is_for_members
                from posts
               where author_id = $1 and id <> all($2) and not is_taken_down
               order by created_at desc, id desc
               limit 1
        ), removed as (
            delete from latest_posts where author_id = $1 and not exists (select from remaining)
        )
        update latest_posts
           set post_id = remaining.id, created_at = remaining.created_at,
               is_for_members = remaining.is_for_members
          from remaining
         where author_id = $1
    """
    await tx.run(sql, author_id, post_ids)


async def update_taken_down(tx: Tx, post_id: PostId, *, is_taken_down: bool) -> None:
    await tx.run("update posts set is_taken_down = $2 where id = $1", post_id, is_taken_down)


async def update_latest(tx: Tx, author_id: UserId) -> None:
    """Store again which is the latest post of an author, whose posts the caller has locked."""
    sql = """
        with latest as (
              select id, created_at, tier_id is not null as is_for_members
                from posts
               where author_id = $1 and not is_taken_down
               order by created_at desc, id desc
               limit 1
        ), removed as (
            delete from latest_posts where author_id = $1 and not exists (select from latest)
        )
        insert into latest_posts (author_id, post_id, created_at, is_for_members)
             select $1, id, created_at, is_for_members from latest
        on conflict (author_id) do update
                set post_id = excluded.post_id, created_at = excluded.created_at,
                    is_for_members = excluded.is_for_members
    """
    await tx.run(sql, author_id)


async def list_personal_posts(conn: Conn, author_id: UserId) -> list[PersonalPost]:
    sql = """
        select id, content, track_id, product_id, tier_id, likes_count, comments_count, created_at,
               array(select image_id from post_images where post_id = p.id order by position)
               as image_ids
          from posts p
         where author_id = $1
         order by created_at desc, id desc
    """
    return await conn.every(PersonalPost, sql, author_id)


async def count_posts(conn: Conn) -> dict[str, int]:
    sql = """
        select count(*) as total,
               coalesce(sum(likes_count), 0)::bigint as likes,
               coalesce(sum(comments_count), 0)::bigint as comments
          from posts
    """
    return await conn.counts(sql)


async def lock_latest_of(tx: Tx, author_ids: list[UserId]) -> None:
    """Lock the rows of several authors in `latest_posts`, in the order of their ids."""
    sql = """
        select author_id from latest_posts
         where author_id = any($1)
         order by author_id
           for update
    """
    await tx.column(UserId, sql, author_ids)


async def update_author(tx: Tx, author_id: UserId, into_id: UserId) -> None:
    """Make another profile the author of all posts of a page; the latest posts are locked."""
    await tx.run("delete from latest_posts where author_id = $1", author_id)
    await tx.run("update posts set author_id = $2 where author_id = $1", author_id, into_id)
    sql = """
        insert into latest_posts (author_id, post_id, created_at, is_for_members)
             select author_id, id, created_at, tier_id is not null
               from posts
              where author_id = $1
              order by created_at desc, id desc
              limit 1
        on conflict (author_id) do update
                set post_id = excluded.post_id, created_at = excluded.created_at,
                    is_for_members = excluded.is_for_members
    """
    await tx.run(sql, into_id)
