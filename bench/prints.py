"""Look up prints among a million, and store them, beside reads of one row by its key.

Among 100,000 prints the terms are drawn from a tenth of as many, so that each occurs as often as
among 1,000,000: a look-up reads as many rows. What is deeper by one level are two indexes. The time
is that of the clock; the CPU of this process and of PostgreSQL is printed, because it depends less
on other load.
"""

import time
from statistics import median
from uuid import UUID

import asyncpg
import numpy as np
from numpy.typing import NDArray

from bench.plan import Plan, Topic
from bench.processes import cpu_of_server
from bench.ratios import Case, Result, Sample, compute_ratio, median_of
from bench.server import Server, running_server
from veza.core.recording_prints import SPEEDS, RecordingPrint
from veza.domains.music.prints import queries, rules, service

PRINTS = 100_000
_SCALE = 10
# Four minutes have 1,938 words, and every sixteenth is a term.
_WORDS = 1938
_TERMS = 120
_LOOKUPS = 40
# A thousand of them were taken down, and a look-up has so many words of a minute at each speed.
_TAKEN_DOWN = 1000
_WORDS_AT_SPEED = 340
_SOUNDED = 1 << 20
# Half of the terms are rare, as of most music; the others are those of few chords and of hum.
_RARE = (1 << 24) // _SCALE
_FREQUENT = 20_000 // _SCALE
_FILES_BYTES = 30_000_000

_LOOKUP = Case(
    topic="prints",
    name="looking up a print among 1,000,000",
    reference="reading a print by its key",
    unit="ms",
    is_lower_better=True,
)
_GOAL = Case(
    topic="prints",
    name="looking up a print among 1,000,000",
    reference="50 ms",
    unit="ms",
    is_lower_better=True,
    goal=1.0,
)
_BYTES = Case(
    topic="prints",
    name="bytes of a print of four minutes, with its index",
    reference="30 MB of files",
    unit="bytes",
    is_lower_better=True,
    goal=0.001,
)


async def run(plan: Plan) -> list[Result]:
    """Fill prints once, and look some up in several rounds."""
    lookups: list[Sample] = []
    keyed: list[Sample] = []
    async with running_server() as server:
        draw = np.random.default_rng(1)
        connection = await asyncpg.connect(server.addresses.migration)
        try:
            await _fill(connection, draw)
            size = await connection.fetchval(
                "select pg_total_relation_size('track_prints')"
                " + pg_total_relation_size('print_terms')"
            )
        finally:
            await connection.close()
        for number in range(plan.rounds + 1):
            found = await _look_up(server, draw)
            by_key = await _read_by_key(server, draw)
            if number > 0:
                lookups.append(found)
                keyed.append(Sample(by_key))
    cpu = median_of(lookups)
    print(f"CPU of a look-up: {cpu.cpu_us:.0f} us, and {cpu.database_us:.0f} us of PostgreSQL")
    once = len(lookups)
    return [
        compute_ratio(_LOOKUP, lookups, keyed),
        compute_ratio(_GOAL, lookups, [Sample(50.0)] * once),
        compute_ratio(_BYTES, [Sample(size / PRINTS)], [Sample(_FILES_BYTES)]),
    ]


async def _fill(connection: "asyncpg.Connection", draw: np.random.Generator) -> None:
    """Store prints of noise, with terms as music has them."""
    rows = [(n.to_bytes(16), _WORDS, draw.bytes(4 * _WORDS)) for n in range(1000)]
    for batch in range(PRINTS // len(rows)):
        prints = [(_uuid(batch, key), length, words) for key, length, words in rows]
        await connection.copy_records_to_table(
            "track_prints", records=prints, columns=("track_id", "length", "words")
        )
    numbers = np.repeat(np.arange(1, PRINTS + 1), _TERMS)
    terms = _draw_terms(draw, len(numbers))
    order = np.lexsort((numbers, terms))
    pairs = np.unique(np.stack((terms[order], numbers[order]), axis=1), axis=0)
    for start in range(0, len(pairs), 1_000_000):
        await connection.copy_records_to_table(
            "print_terms", records=map(tuple, pairs[start : start + 1_000_000].tolist())
        )
    words = np.repeat(np.arange(1, _TAKEN_DOWN + 1), _WORDS)
    places = np.tile(np.arange(_WORDS), _TAKEN_DOWN)
    # Most music has some words much more often than others.
    sounded = (_SOUNDED * draw.random(len(words)) ** 2).astype(np.int64)
    rows = zip(sounded.tolist(), words.tolist(), places.tolist(), strict=True)
    await connection.copy_records_to_table("taken_down_terms", records=rows)
    await connection.execute("vacuum analyze print_terms, track_prints, taken_down_terms")


def _uuid(batch: int, key: bytes) -> UUID:
    return UUID(bytes=batch.to_bytes(8) + key[8:])


def _draw_terms(draw: np.random.Generator, count: int) -> NDArray[np.int64]:
    rare = draw.integers(0, _RARE, count)
    frequent = (_FREQUENT * draw.random(count) ** 3).astype(np.int64)
    return np.where(draw.random(count) < 0.5, rare, _RARE + frequent)


async def _look_up(server: Server, draw: np.random.Generator) -> Sample:
    """Return the median time of a look-up with its comparisons, in milliseconds, and its CPU."""
    took: list[float] = []
    cpu_s = 0.0
    database = cpu_of_server(server.pid)
    for _ in range(_LOOKUPS):
        terms = [int(each) for each in np.unique(_draw_terms(draw, _TERMS))]
        lengths = (_WORDS, *(_WORDS_AT_SPEED for _ in SPEEDS))
        played = [RecordingPrint(length, draw.bytes(4 * length)) for length in lengths]
        began, cpu_began = time.perf_counter(), time.process_time()
        sounded = rules.list_sounded(played)
        async with server.services.database.read() as conn:
            known = await queries.list_known(conn, sounded)
            candidates = await queries.list_candidates(conn, terms)
        service.compare_all(played, known, candidates)
        took.append(1000 * (time.perf_counter() - began))
        cpu_s += time.process_time() - cpu_began
    _, database_s = cpu_of_server(server.pid).since(database)
    each_us = 1e6 / _LOOKUPS
    return Sample(median(took), cpu_us=cpu_s * each_us, database_us=database_s * each_us)


async def _read_by_key(server: Server, draw: np.random.Generator) -> float:
    took: list[float] = []
    for number in draw.integers(1, PRINTS, _LOOKUPS):
        began = time.perf_counter()
        async with server.services.database.read() as conn:
            sql = "select length, words from track_prints where id = $1"
            await conn.maybe(RecordingPrint, sql, int(number))
        took.append(1000 * (time.perf_counter() - began))
    return median(took)


TOPIC = Topic("prints", run, is_compared=False)
