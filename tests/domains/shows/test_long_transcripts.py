"""Long transcripts: read and written in pieces, with turns of others between, in a slot."""

import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.domains.shows.show_world import World
from tests.loop_turns import counted_turns
from veza.domains.platform.text_filters.service import TextFilters
from veza.domains.shows.rules import transcripts as rules
from veza.http.context import context_in
from veza.http.expensive import ExpensiveKind
from veza.infra.concurrency.pieces import PIECE_ROWS

COUNT = 5 * PIECE_ROWS + 1
LONG = "\n\n".join(["WEBVTT", *["00:01.000 --> 00:02.000\nHello."] * COUNT])


@pytest.fixture
def is_held(app: Litestar) -> Callable[[], bool]:
    slots = context_in(app.state).expensive_reads._admissions[ExpensiveKind.SEARCH]
    return lambda: bool(slots._running)


async def test_a_long_transcript_is_read_and_written_in_pieces_by_who_holds_a_slot(
    client: httpx.AsyncClient, world: World, is_held: Callable[[], bool]
) -> None:
    url, headers = f"shows/{world.show['id']}/episodes/{world.open}/transcript", world.owner.headers
    held: set[bool] = set()

    def note() -> None:
        held.add(is_held())

    with counted_turns(rules.read_block, rules.write_block, on_call=note) as turns:
        stored = await client.put(url, headers=headers, json={"transcript": LONG})
        shown = await client.get(url)
    assert (stored.status_code, shown.status_code) == (200, 200)
    assert shown.json()["data"] == stored.json()["data"]
    assert len(shown.json()["data"]["cues"]) == COUNT
    assert turns.calls == {"read_block": 2 * COUNT, "write_block": COUNT}
    assert max(turns.most.values()) <= PIECE_ROWS
    assert held == {True}
    assert not is_held()


async def test_a_long_transcript_is_screened_beside_the_loop(
    client: httpx.AsyncClient,
    world: World,
    is_held: Callable[[], bool],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[bool, bool]] = []
    screen = TextFilters.screen

    def note(*said: Any) -> Any:
        seen.append((threading.current_thread() is threading.main_thread(), is_held()))
        return screen(*said)

    monkeypatch.setattr(TextFilters, "screen", note)
    url = f"shows/{world.show['id']}/episodes/{world.open}/transcript"
    said = {"transcript": LONG}
    assert (await client.put(url, headers=world.owner.headers, json=said)).status_code == 200
    assert seen == [(False, True)]
