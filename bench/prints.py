"""Look up prints among a million, and store them, beside reads of one row by its key.

PostgreSQL makes the prints by itself, of noise, in batches; it takes 16 GB of disk for a while, and
minutes: `--prints` makes fewer, among which terms are drawn from as many fewer, so that each occurs
as often, and a look-up reads as many rows. The time is that of the clock; the CPU of this process
and of PostgreSQL is printed, because it depends less on other load.
"""

import time
from statistics import median

import asyncpg
import numpy as np
from numpy.typing import NDArray

from bench.plan import Plan, Topic
from bench.processes import cpu_of_server
from bench.ratios import Case, Result, Sample, compute_ratio, median_of
from bench.server import Server, running_server
from veza.core.recording_prints import SPEEDS, RecordingPrint
from veza.domains.music.prints import service

PRINTS = 1_000_000
_BATCH = 20_000
_NOISE_BYTES = 1 << 24
# Four minutes have 1,938 words, and every sixteenth is a term.
_WORDS = 1938
_TERMS = 120
_LOOKUPS = 40
# A thousand of them were taken down, and a look-up has so many words of a minute at each speed.
_TAKEN_DOWN = 1000
_WORDS_AT_SPEED = 340
_SOUNDED = 1 << 20
# Half of the terms are rare, as of most music; the others are those of few chords and of hum.
_RARE = 1 << 24
_FREQUENT = 20_000
_FILES_BYTES = 30_000_000

# Prints $1 to $2 of $3 words, which begin at one of $4 words of the noise.
_FILL_PRINTS = """
    insert into track_prints (track_id, length, words)
         select lpad(to_hex(n), 32, '0')::uuid, $3::integer,
                substring(noise.bytes from 1 + 4 * floor($4::integer * random())::integer
                                      for 4 * $3::integer)
           from noise
          cross join generate_series($1::integer, $2::integer) as n
"""
_FILL_TERMS = """
    insert into print_terms (term, print_id)
         select distinct
                case when random() < 0.5 then floor($4::integer * random())
                     else $4::integer + floor($5::integer * random() ^ 3) end::integer, n
           from generate_series($1::integer, $2::integer) as n
          cross join generate_series(1, $3::integer)
"""

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
    times: list[float] = []
    async with running_server() as server:
        draw = np.random.default_rng(1)
        connection = await asyncpg.connect(server.addresses.migration)
        try:
            began = time.perf_counter()
            await _fill(connection, draw, plan.prints)
            print(f"filled {plan.prints:,} prints in {time.perf_counter() - began:.0f} s")
            size = await connection.fetchval(
                "select pg_total_relation_size('track_prints')"
                " + pg_total_relation_size('print_terms')"
            )
        finally:
            await connection.close()
        for number in range(plan.rounds + 1):
            found, took = await _look_up(server, draw, plan.prints)
            by_key = await _read_by_key(server, draw, plan.prints)
            if number > 0:
                lookups.append(found)
                keyed.append(Sample(by_key))
                times += took
    p50, p95 = np.percentile(times, (50, 95))
    print(f"a look-up among {plan.prints:,}: p50 {p50:.1f} ms, p95 {p95:.1f} ms")
    cpu = median_of(lookups)
    print(f"CPU of a look-up: {cpu.cpu_us:.0f} us, and {cpu.database_us:.0f} us of PostgreSQL")
    once = len(lookups)
    return [
        compute_ratio(_LOOKUP, lookups, keyed),
        compute_ratio(_GOAL, lookups, [Sample(50.0)] * once),
        compute_ratio(_BYTES, [Sample(size / plan.prints)], [Sample(_FILES_BYTES)]),
    ]


async def _fill(connection: "asyncpg.Connection", draw: np.random.Generator, prints: int) -> None:
    """Store prints of noise, with terms as music has them; the index of the terms comes last."""
    await connection.execute("set maintenance_work_mem = '1GB'")
    await connection.execute("create temporary table noise (bytes bytea)")
    await connection.execute("alter table noise alter bytes set storage external")
    await connection.execute("insert into noise values ($1)", draw.bytes(_NOISE_BYTES))
    await connection.execute("alter table print_terms drop constraint print_terms_pkey")
    for first in range(1, prints + 1, _BATCH):
        last = min(first + _BATCH - 1, prints)
        await connection.execute(_FILL_PRINTS, first, last, _WORDS, _NOISE_BYTES // 4 - _WORDS)
        rare, frequent = _numbers_of_terms(prints)
        await connection.execute(_FILL_TERMS, first, last, _TERMS, rare, frequent)
    await connection.execute("alter table print_terms add primary key (term, print_id)")
    words = np.repeat(np.arange(1, _TAKEN_DOWN + 1), _WORDS)
    places = np.tile(np.arange(_WORDS), _TAKEN_DOWN)
    # Most music has some words much more often than others.
    sounded = (_SOUNDED * draw.random(len(words)) ** 2).astype(np.int64)
    rows = zip(sounded.tolist(), words.tolist(), places.tolist(), strict=True)
    await connection.copy_records_to_table("taken_down_terms", records=rows)
    await connection.execute("vacuum analyze print_terms, track_prints, taken_down_terms")


def _numbers_of_terms(prints: int) -> tuple[int, int]:
    """Return how many rare and frequent terms there are, as many fewer as there are prints."""
    return _RARE * prints // PRINTS, max(1, _FREQUENT * prints // PRINTS)


def _draw_terms(draw: np.random.Generator, prints: int) -> NDArray[np.int64]:
    """Return the terms of a print, as `_FILL_TERMS` draws them."""
    rare, frequent = _numbers_of_terms(prints)
    often = (frequent * draw.random(_TERMS) ** 3).astype(np.int64)
    return np.where(draw.random(_TERMS) < 0.5, draw.integers(0, rare, _TERMS), rare + often)


async def _look_up(
    server: Server, draw: np.random.Generator, prints: int
) -> tuple[Sample, list[float]]:
    """Return the median time of a look-up with its comparisons, its CPU, and all times, in ms."""
    took: list[float] = []
    cpu_s = 0.0
    database = cpu_of_server(server.pid)
    for _ in range(_LOOKUPS):
        terms = [int(each) for each in np.unique(_draw_terms(draw, prints))]
        lengths = (_WORDS, *(_WORDS_AT_SPEED for _ in SPEEDS))
        played = [RecordingPrint(length, draw.bytes(4 * length)) for length in lengths]
        began, cpu_began = time.perf_counter(), time.process_time()
        await service.find_matches(server.services.database, terms, played)
        took.append(1000 * (time.perf_counter() - began))
        cpu_s += time.process_time() - cpu_began
    _, database_s = cpu_of_server(server.pid).since(database)
    each_us = 1e6 / _LOOKUPS
    sample = Sample(median(took), cpu_us=cpu_s * each_us, database_us=database_s * each_us)
    return sample, took


async def _read_by_key(server: Server, draw: np.random.Generator, prints: int) -> float:
    took: list[float] = []
    for number in draw.integers(1, prints, _LOOKUPS):
        began = time.perf_counter()
        async with server.services.database.read() as conn:
            sql = "select length, words from track_prints where id = $1"
            await conn.maybe(RecordingPrint, sql, int(number))
        took.append(1000 * (time.perf_counter() - began))
    return median(took)


TOPIC = Topic("prints", run, is_compared=False)
