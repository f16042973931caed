"""The plan of a search among many playlists: no table is read as a whole."""

import pytest

from tests.plans import Catcher, explain
from veza.core.ids import new_id
from veza.core.search_query import Spelling, make_query
from veza.core.search_text import parse_search
from veza.domains.music.playlists.queries.search import search_playlists

PLAYLISTS = 20_000
USES = {"mood7": PLAYLISTS // 40, "drive": PLAYLISTS}
FILL = f"""
    with owners as (
        insert into users (id, username, email, password_hash)
             select gen_random_uuid(), 'planner' || n, 'planner' || n || '@example.com', '!'
               from generate_series(1, 200) n
          returning id, username
    ), made as (
        insert into playlists (id, owner_id, title, visibility)
             select gen_random_uuid(), o.id, 'Mood' || n % 40 || ' drive ' || n, 'public'
               from generate_series(1, {PLAYLISTS:d}) n
               join owners o on o.username = 'planner' || 1 + n % 200
          returning id, title
    )
    insert into playlist_search (id, popularity, is_hot, title_key, words)
         select id, 0, true, lower(title), to_tsvector('simple', title) from made
"""


@pytest.mark.long
@pytest.mark.parametrize("text", ["mood7", "mood7 drive", "dri"])
async def test_a_search_reads_a_bounded_part_of_the_tables(owner_tx, text):
    await owner_tx.run(FILL)
    await owner_tx.value(str, "analyze users, playlists, playlist_search, blocks")
    search = parse_search(text)
    known = {word: Spelling(word, USES.get(word), PLAYLISTS) for word in search.words}
    query = make_query(search, known)
    assert query is not None
    catcher = Catcher()
    await search_playlists(catcher, query, 20, viewer_id=new_id())

    plan = await explain(owner_tx, catcher.sql, *catcher.args)

    assert not plan.read_whole() & {"users", "playlists", "playlist_search"}, plan
    assert plan.buffers < 5_000, plan
