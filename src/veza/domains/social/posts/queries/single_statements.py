"""Posts as single statements: see `infra.postgres.single_statement`."""

from veza.core.people import person_columns
from veza.core.visibility import active
from veza.domains.auth.accounts.models import NamedMember
from veza.domains.social.posts.events import PostPublished
from veza.domains.social.posts.models import NewPost
from veza.infra.jobs import outbox
from veza.infra.postgres.database import Database
from veza.infra.postgres.single_statement import CHANGED, RECORDER, Part, SingleStatement

# As `insert_post`.
_PUBLISH = [
    Part(
        "author",
        f"""
        select u.id, u.username, u.display_name, u.avatar_id
          from {RECORDER}, users u
         where u.id = :author_id and {active("u")}
           for share of u
        """,
    ),
    Part(
        "written",
        """
        insert into posts (id, author_id, content, created_at)
             select :id, a.id, :content, :created_at from author a
          returning id, author_id, created_at
        """,
    ),
    Part(
        "latest",
        """
        insert into latest_posts as known (author_id, post_id, created_at, is_for_members)
             select w.author_id, w.id, w.created_at, false from written w
        on conflict (author_id) do update
                set post_id = excluded.post_id, created_at = excluded.created_at,
                    is_for_members = false
              where (known.created_at, known.post_id) < (excluded.created_at, excluded.post_id)
        """,
    ),
    Part(
        CHANGED,
        f"""
        select {person_columns("a")}, w.id as post_id, w.author_id, :mentions::text[] as mentions
          from written w
          join author a on a.id = w.author_id
        """,
    ),
    outbox.event_part("announced", PostPublished, CHANGED),
]


async def insert_post(database: Database, post: NewPost, mentions: list[str]) -> NamedMember | None:
    """Publish and announce a post of text only; return its author, None if nothing was changed."""
    values = {
        "id": post.id,
        "author_id": post.author_id,
        "content": post.content,
        "created_at": post.created_at,
        "mentions": mentions,
    }
    publish = SingleStatement(_PUBLISH, values, frozenset({outbox.TOPIC}))
    return await database.run_single(NamedMember, publish)
