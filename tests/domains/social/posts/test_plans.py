"""How the lists are read: by steps on indexes, however many posts there are."""

from collections.abc import AsyncIterator

import pytest

from tests.domains.social.posts.large_database import LargeDatabase, large_database
from tests.plans import Catcher, Plan
from veza.app.services import Services
from veza.domains.social.posts.models import PostOrder, PostPosition, PostQuery
from veza.domains.social.posts.queries import lists

pytestmark = pytest.mark.long

LIMIT = 20
# What the first page of a feed of 1,000 followees may touch among 1,000,000 posts.
MAX_BUFFERS = 5_000
KINDS = ["busy", "once", "never", "mixed"]


@pytest.fixture(scope="module")
async def small(services: Services) -> AsyncIterator[LargeDatabase]:
    async with large_database(services, members=600, posts=30_000, follows=300) as made:
        yield made


async def explain_feed(
    database: LargeDatabase, kind: str, after: PostPosition | None = None
) -> Plan:
    catcher = Catcher()
    await lists.list_feed(catcher, database.viewers[kind], PostQuery(LIMIT, after))
    return await database.explain(catcher.sql, *catcher.args)


async def explain_list(
    database: LargeDatabase, order: PostOrder, kind: str | None, after: PostPosition | None
) -> Plan:
    catcher = Catcher()
    viewer_id = database.viewers[kind] if kind else None
    wish = PostQuery(LIMIT, after, order=order, exclude_followed=True)
    await lists.list_posts(catcher, wish, viewer_id)
    return await database.explain(catcher.sql, *catcher.args)


async def find_middle(database: LargeDatabase, order: PostOrder = PostOrder.NEWEST) -> PostPosition:
    sql = f"select {order}, id from posts order by {order} desc, id desc offset 15000 limit 1"
    [(key, post_id)] = await database.ask(sql)
    return PostPosition(key, post_id)


def ensure_steps_only(plan: Plan, followees: int) -> None:
    """A look at each followee's newest, a page of each that it needs, and no more."""
    assert not plan.read_whole() & {"posts", "post_likes", "latest_posts"}, plan
    heads, pages = followees + 1, (LIMIT + 1) ** 2
    assert max(plan.sorted_rows()) <= max(heads, pages), plan


@pytest.mark.parametrize("kind", KINDS)
async def test_a_feed_reads_one_index_entry_for_each_followed_member_and_sorts_one_page(
    small, kind
):
    plan = await explain_feed(small, kind)

    ensure_steps_only(plan, 300)
    # Were each followee's page read, it would be twenty-one rows for each.
    assert plan.buffers <= 1_500, plan


@pytest.mark.parametrize("kind", KINDS)
async def test_a_page_in_the_middle_of_a_feed_is_read_like_the_first(small, kind):
    plan = await explain_feed(small, kind, await find_middle(small))

    ensure_steps_only(plan, 300)


@pytest.mark.parametrize("order", list(PostOrder))
@pytest.mark.parametrize("kind", [None, "nobody", *KINDS])
@pytest.mark.parametrize("is_first", [True, False])
async def test_other_lists_use_an_index(small, order, kind, is_first):
    after = None if is_first else await find_middle(small, order)
    plan = await explain_list(small, order, kind, after)

    assert "posts" not in plan.read_whole(), plan
    # The page, as it was found.
    assert max(plan.sorted_rows(), default=0) <= LIMIT + 1, plan
    walked = [n for n in plan.nodes if n.get("Index Name") in {"posts_created_at", "posts_score"}]
    assert [node["Actual Rows"] <= lists.MAX_POSTS_SCANNED for node in walked] == [True], plan


@pytest.mark.long
async def test_a_feed_of_a_thousand_among_a_million_posts_touches_few_buffers(services):
    async with large_database(services, members=10_000, posts=1_000_000, follows=1_000) as big:
        for is_vacuumed in (False, True):
            if is_vacuumed:
                await big.ask("vacuum analyze")
            for kind in KINDS:
                plan = await explain_feed(big, kind)
                print(f"{kind}: {plan.buffers} buffers, {is_vacuumed=}")
                ensure_steps_only(plan, 1_000)
                assert plan.buffers <= MAX_BUFFERS, plan
