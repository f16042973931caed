"""A hundred searches, and what has to come first."""

from pathlib import Path

import pytest

from tests import make
from tests.domains.search.catalogue import POSTS, PRODUCTS, TRACKS
from tests.make import NO_LINKS
from veza.core.access import Role
from veza.core.ids import new_id
from veza.domains.marketplace.products import service as products
from veza.domains.music.tags import service as tags
from veza.domains.music.tracks.models.lists import TrackQuery
from veza.domains.music.tracks.service import track_search
from veza.domains.search import service
from veza.domains.search.models import ResultType, SearchRequest
from veza.domains.social.posts import service as posts

_LINES = (Path(__file__).parent / "expected.tsv").read_text(encoding="utf-8").splitlines()
EXPECTED = [line.split("\t") for line in _LINES if not line.startswith("#")]

_ARTISTS = {artist for _, artist, *_ in TRACKS}
# How each type of results is named in the table. Tracks of other tests are left out.
_NAMES = {
    ResultType.TRACKS: lambda found: [
        track.title for track in found.tracks if track.artist.username in _ARTISTS
    ],
    ResultType.ARTISTS: lambda found: [artist.username for artist in found.artists],
    ResultType.PRODUCTS: lambda found: [product.title for product in found.products],
    ResultType.POSTS: lambda found: [post.content for post in found.posts],
    ResultType.TAGS: lambda found: found.tags,
}


async def add_tracks(tx, people):
    track_ids = [
        await make.bare_track(
            tx, people[artist].member, title, genre=genre, tags=tagged, plays_count=plays
        )
        for title, artist, genre, tagged, plays in TRACKS
    ]
    await track_search.index_tracks(tx, track_ids)
    await tags.recount_tags_of_tracks(tx, track_ids)


async def add_products_and_posts(tx, people):
    for title, seller, type_ in PRODUCTS:
        await make.product(tx, people[seller].member, title, type=type_)
    sql = "insert into posts (id, author_id, content, likes_count) values ($1, $2, $3, $4)"
    for content, author, likes in POSTS:
        post_id = new_id()
        await tx.run(sql, post_id, people[author].id, content, likes)
        await posts.index_posts(tx, [post_id])


@pytest.fixture(scope="module")
async def catalogue(services):
    names = {artist for _, artist, *_ in TRACKS}
    people = {name: await make.person(services, Role.CREATOR, name) for name in sorted(names)}
    async with services.database.transaction() as tx:
        await add_tracks(tx, people)
        await add_products_and_posts(tx, people)
    return people


@pytest.mark.parametrize(("typed", "kind", "first"), EXPECTED)
async def test_the_expected_result_comes_first(services, catalogue, typed, kind, first):
    wanted = SearchRequest(typed, {ResultType(kind)}, 20)
    async with services.database.read() as conn:
        found = await service.search(conn, wanted, None, NO_LINKS)
    assert _NAMES[ResultType(kind)](found)[:1] == [first]


@pytest.mark.parametrize("typed", ["midwinter zitherwrong", "qqxyqq", "!?", "%", "🎵", "qqxyqq\0"])
async def test_what_nothing_has_is_not_found(services, catalogue, typed):
    async with services.database.read() as conn:
        page = await track_search.search_tracks(
            conn, typed, TrackQuery(5), viewer=None, urls=NO_LINKS
        )
        sold = await products.search_products(conn, typed, 5, viewer=None, urls=NO_LINKS)
    assert (page.tracks, sold) == ([], [])
