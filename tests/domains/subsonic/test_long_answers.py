"""Long answers: made in pieces, with turns of others in between, by who holds a slot."""

from collections.abc import Callable
from datetime import UTC, datetime
from xml.etree import ElementTree

import httpx
import pytest
from litestar import Litestar
from msgspec import Struct

from tests import make
from tests.domains.subsonic.players import Player, sounding_track
from tests.loop_turns import counted_turns
from veza.app.services import Services
from veza.core.ids import PlaylistId, TrackId, UserId, new_id
from veza.domains.music.playlists import formats as playlist_formats
from veza.domains.subsonic import formats
from veza.domains.subsonic.formats import PlayerResponse, ResponseFormat
from veza.domains.subsonic.models.rows import ArtistRow
from veza.domains.subsonic.models.shown import ArtistIndex, ArtistIndexes, FoundItems
from veza.domains.subsonic.rules.items import show_artist
from veza.domains.subsonic.service.catalogue import ArtistsOfLetter, EncodedArtists, Relations
from veza.http.context import context_in
from veza.http.expensive import ExpensiveKind
from veza.infra.concurrency.pieces import PIECE_ROWS

COUNT = 5 * PIECE_ROWS + 1
ROWS = [ArtistRow(UserId(new_id()), f"artist{n}", 1, has_cover=True) for n in range(COUNT)]
NOW = datetime.now(UTC)

type ShowArtists = Callable[[int], Struct]


def show_catalogue(artists: int) -> ArtistIndexes:
    encoded = EncodedArtists()
    relations = Relations({ROWS[1].id: NOW}, {ROWS[2].id: 4}, set())
    index = [
        ArtistIndex(name=letter, artist=ArtistsOfLetter(encoded, ROWS[:artists], relations))
        for letter in ("A", "B")
    ]
    return ArtistIndexes(ignored_articles="", index=index)


def show_found(artists: int) -> FoundItems:
    return FoundItems(artist=[show_artist(row) for row in ROWS[:artists]], album=[], song=[])


@pytest.mark.parametrize("show", [show_catalogue, show_found])
async def test_xml_is_written_in_pieces_and_is_whole(show: ShowArtists) -> None:
    answer = PlayerResponse(True, "1", "answer", show(COUNT))
    with counted_turns(formats._open_element) as turns:
        body = await formats.encode(answer, ResponseFormat.XML)
    # Each artist is an element.
    assert turns.calls["_open_element"] >= COUNT
    assert turns.most["_open_element"] <= PIECE_ROWS
    assert body == formats.encode_short(answer, ResponseFormat.XML)
    assert len(ElementTree.fromstring(body).findall(".//{*}artist")) >= COUNT


@pytest.mark.parametrize(("show", "turns_at_least"), [(show_catalogue, 1), (show_found, 5)])
@pytest.mark.parametrize("artists", [0, 3, PIECE_ROWS, COUNT])
async def test_json_is_written_in_pieces_and_is_the_same(
    show: ShowArtists, turns_at_least: int, artists: int
) -> None:
    answer = PlayerResponse(True, "1", "answer", show(artists))
    with counted_turns() as turns:
        body = await formats.encode(answer, ResponseFormat.JSON)
    assert body == formats.encode_short(answer, ResponseFormat.JSON)
    if artists == COUNT:
        assert turns.count >= turns_at_least


class Odd(Struct, frozen=True):
    """What is in attributes: text of any kind, and values of other types."""

    text: str
    kind: ResponseFormat
    is_odd: bool
    number: float
    at: datetime


@pytest.mark.parametrize(
    "text",
    ["plain", "", 'a "quote" & <tag>', "it's", "äöü 中文 🎵", "line\nbreak\ttab", "a\x00\x07b"],
)
async def test_every_text_comes_back_from_an_attribute(text: str) -> None:
    odd = Odd(text, ResponseFormat.XML, True, 1.5, NOW)
    body = await formats.encode(PlayerResponse(True, "1", "odd", odd), ResponseFormat.XML)
    found = ElementTree.fromstring(body).find("{*}odd")
    assert found is not None
    written = text.replace("\x00", "").replace("\x07", "")
    assert found.attrib == {
        "text": written,
        "kind": "xml",
        "is_odd": "true",
        "number": "1.5",
        "at": NOW.isoformat().replace("+00:00", "Z"),
    }


@pytest.fixture
async def long_playlist(player: Player, services: Services) -> PlaylistId:
    """A public playlist that has one track many times."""
    track_id = await sounding_track(services, player.owner, "Night & Ferry", visibility="public")
    async with services.database.transaction() as tx:
        playlist_id, _ = await make.playlist(
            tx, player.owner.member, "Long", TrackId(track_id), "public"
        )
        sql = """
            insert into playlist_entries (id, playlist_id, track_id, position)
            select uuidv7(), $1, $2, 1000000 + n from generate_series(2, $3::int) n
        """
        await tx.run(sql, playlist_id, track_id, COUNT)
        await make.keep_quiet(tx)
    return playlist_id


async def test_a_long_playlist_is_encoded_in_pieces_by_who_holds_a_slot(
    player: Player, long_playlist: PlaylistId, app: Litestar
) -> None:
    slots = context_in(app.state).expensive_reads._admissions[ExpensiveKind.SEARCH]
    held: set[bool] = set()
    with counted_turns(formats._open_element, on_call=lambda: held.add(bool(slots._running))) as t:
        body = await player.xml("getPlaylist", id=f"pl-{long_playlist}")
    assert body.count("<entry ") == COUNT
    assert held == {True}
    assert not slots._running
    # A song has an element for each of its artists, too.
    assert t.most["_open_element"] <= 4 * PIECE_ROWS


@pytest.mark.parametrize(
    ("form", "written", "entry"),
    [
        ("m3u8", "_one_line", "#EXTINF"),
        ("xspf", "_element", "<track>"),
        ("jspf", "_without_nulls", '"title"'),
    ],
)
async def test_a_long_playlist_is_exported_in_pieces_by_who_holds_a_slot(
    client: httpx.AsyncClient,
    long_playlist: PlaylistId,
    app: Litestar,
    form: str,
    written: str,
    entry: str,
) -> None:
    slots = context_in(app.state).expensive_reads._admissions[ExpensiveKind.SEARCH]
    held: set[bool] = set()
    function = getattr(playlist_formats, written)
    with counted_turns(function, on_call=lambda: held.add(bool(slots._running))) as turns:
        answer = await client.get(f"playlists/{long_playlist}/export", params={"format": form})
    assert answer.text.count(entry) in {COUNT, COUNT + 1}
    assert held == {True}
    # XSPF has four elements for each track.
    assert turns.most[written] <= 4 * PIECE_ROWS + 1
