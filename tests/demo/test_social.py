"""Posts and replies of the demonstration: their data is consistent, and feeds show them."""

from tests import make
from veza.core.access import Role
from veza.core.signed_urls import UrlBuilder, UrlSigner
from veza.domains.social.posts import service as posts
from veza.domains.social.posts.models import PostQuery
from veza_demo import community
from veza_demo.social import FOLLOWS, POSTS, fill_social


def test_posts_are_in_order_of_time_and_show_published_pieces():
    ages = [post.posted_days_ago for post in POSTS]
    assert ages == sorted(ages, reverse=True)
    released = {release.piece: release.posted_days_ago for release in community.RELEASES}
    assert all(post.posted_days_ago <= released[post.piece] for post in POSTS if post.piece)
    for post in POSTS:
        assert all(0 <= reply.hours_later <= post.posted_days_ago * 24 for reply in post.replies)


async def test_the_feed_of_a_member_shows_the_posts_of_those_they_follow(tx):
    members, uploaded = {}, {}
    for person in community.MEMBERS:
        members[person.username], _ = await make.member_in(tx, Role(person.role))
    artist = members["mira_solene"]
    for release in community.RELEASES:
        uploaded[release.piece] = await make.bare_track(tx, artist, release.piece)

    await fill_social(tx, members, uploaded)

    reader = "lucie_marchand"
    feed = await posts.list_feed(
        tx, members[reader], PostQuery(), UrlBuilder("", UrlSigner(b"", ""), 0)
    )
    wanted = [post for post in POSTS if post.username in FOLLOWS[reader]]
    assert [shown.content for shown in feed.posts] == [post.body for post in reversed(wanted)]
    for shown, post in zip(feed.posts, reversed(wanted), strict=True):
        assert (shown.likes_count, shown.comments_count) == (len(post.liked_by), len(post.replies))
        assert (shown.track is not None) == (post.piece is not None)
