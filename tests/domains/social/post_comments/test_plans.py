"""Query plans of pages of comments."""

import pytest

from tests.domains.social.posts.large_database import LargeDatabase
from tests.infra.databases import migrated
from tests.plans import Catcher
from veza.domains.social.post_comments import queries
from veza.domains.social.post_comments.models import PostCommentQuery

pytestmark = pytest.mark.long

# Ten thousand comments on a post, one of which has as many replies.
MANY = """
    with author as (
        insert into users (id, username, email, password_hash)
             values (gen_random_uuid(), 'author', 'author@example.com', '!')
          returning id
    ), post as (
        insert into posts (id, author_id, content)
        select gen_random_uuid(), id, 'Out now' from author
        returning id, author_id
    ), begun as (
        insert into post_comments (id, post_id, author_id, content, created_at, replies_count)
        select gen_random_uuid(), post.id, author_id, n::text, now() - n * interval '1 second',
               case when n = 1 then 10000 else 0 end
          from post, generate_series(1, 10000) n
        returning id, post_id, author_id, replies_count
    ), answered as (
        insert into post_comments (id, post_id, parent_id, author_id, content, created_at)
        select gen_random_uuid(), post_id, id, author_id, n::text, now() + n * interval '1 second'
          from begun, generate_series(1, 10000) n
         where replies_count > 0
    )
    select post_id, id, author_id from begun where replies_count > 0
"""


@pytest.fixture(scope="module")
async def talk(services):
    async with migrated(services) as urls:
        database = LargeDatabase(urls, {})
        [ids] = await database.ask(MANY)
        await database.ask("analyze")
        yield database, *ids


@pytest.mark.parametrize("is_reply", [False, True])
@pytest.mark.parametrize("is_signed_in", [False, True])
async def test_a_page_uses_an_index(talk, is_reply, is_signed_in):
    database, post_id, parent_id, author_id = talk
    catcher = Catcher()
    query = PostCommentQuery(post_id, parent_id if is_reply else None)
    await queries.list_comments(catcher, query, author_id if is_signed_in else None)

    plan = await database.explain(catcher.sql, *catcher.args)

    index = "post_comments_parent_id" if is_reply else "post_comments_post_id"
    assert index in plan.indexes, plan
    assert "post_comments" not in plan.read_whole(), plan
    assert plan.sorted_rows() == [], plan
    assert plan.buffers <= 200, plan
