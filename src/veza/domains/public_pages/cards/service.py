"""Draws the pictures, each in a process of its own, and keeps them."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from veza.core.ids import TrackId
from veza.core.signed_urls import UrlBuilder
from veza.domains.music.audio.rules import show_waveform
from veza.domains.music.audio.service import files as track_files
from veza.domains.music.credits.rules.shown import write_line
from veza.domains.music.tracks.service import visible_tracks
from veza.domains.public_pages.cards import rules
from veza.domains.public_pages.cards.models import TrackCard
from veza.infra.concurrency.encoded_rows import EncodedRows
from veza.infra.postgres.database import Conn
from veza.infra.typesetting.typesetter import Typesetter, typeset_pictures

_TEMPLATE = Path(__file__).with_name("card.typ")
_MAX_BYTES = 8 * 1024 * 1024
# Links are fetched by programs that ask again.
_PATIENCE_S = 10
# A picture holds no time, so that the same track has the same bytes.
_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)


class CardDrawing(Struct, frozen=True):
    """The typesetter, which draws one picture at a time in each process, and drawn pictures."""

    typesetter: Typesetter
    kept: EncodedRows[TrackId, TrackCard]


def create_drawing(folder: Path) -> CardDrawing:
    """Return what draws pictures; `folder` is for temporary files."""
    typesetter = Typesetter(folder, asyncio.Semaphore(1), _PATIENCE_S)
    return CardDrawing(typesetter, EncodedRows(_MAX_BYTES))


async def read_card(conn: Conn, track_id: TrackId, urls: UrlBuilder, *, site: str) -> TrackCard:
    """Return what is drawn of a track that anybody may see. Raises TrackNotFound, TrackNotReady."""
    media = await track_files.open_waveform(conn, track_id, None, granted=False)
    track = await visible_tracks.get_track(conn, track_id, None, urls)
    peaks = show_waveform(media.peaks or b"", media.duration_ms or 0).peaks
    return TrackCard(track.title, write_line(track.artists), site, rules.draw_bars(peaks))


async def draw(drawing: CardDrawing, track_id: TrackId, card: TrackCard) -> bytes:
    """Return the picture, a PNG of 1200 by 630 pixels. Raises TypesetterUnavailable."""
    found = drawing.kept.get(track_id, card)
    if found is None:
        data = msgspec.json.encode(card)
        [found] = await typeset_pictures(drawing.typesetter, _TEMPLATE, data, moment=_MOMENT)
        drawing.kept.put(track_id, card, found)
    return found
