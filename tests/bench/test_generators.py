"""Parsing the output of load generators, and the statements that PostgreSQL logs."""

from datetime import UTC, datetime

import pytest

from bench.load import parse_wrk
from bench.recording import Replacements, Statement, parse_log, render_statement
from veza.core.ids import new_id

_WRK = """Running 2s test @ http://127.0.0.1:9/
  Latency Distribution
     50%  850.00us
     75%    1.00ms
     90%    2.00ms
     99%    1.25s
  8000 requests in 2.00s, 12.50MB read
Requests/sec:   4000.00
Transfer/sec:      6.25MB
"""
_LOG = """2026-11-27 15:00:00.000 UTC [12] veza_app@veza LOG:  duration: 0.1 ms  bind __s__: select
\t$1
2026-11-27 15:00:00.000 UTC [12] veza_app@veza DETAIL:  Parameters: $1 = 'bound'
2026-11-27 15:00:00.001 UTC [12] veza_app@veza LOG:  duration: 0.2 ms  execute __s__: select
\t$1, $2
2026-11-27 15:00:00.001 UTC [12] veza_app@veza DETAIL:  Parameters: $1 = 'it''s', $2 = NULL
2026-11-27 15:00:00.002 UTC [13] veza_app@veza LOG:  duration: 0.1 ms  statement: BEGIN;
2026-11-27 15:00:00.003 UTC [14] ERROR:  something else
"""


def test_the_output_of_wrk_is_read():
    result = parse_wrk(_WRK)
    assert (result.responses, result.per_s, result.failures) == (8000, 4000, "")
    assert (result.p50_ms, result.p99_ms, result.mib_per_s) == (0.85, 1250, 6.25)


def test_refused_requests_are_failures():
    result = parse_wrk(_WRK + "  Non-2xx or 3xx responses: 7\n")
    assert result.failures == "Non-2xx or 3xx responses: 7"


def test_output_without_result_is_an_error():
    with pytest.raises(RuntimeError, match="unable to connect"):
        parse_wrk("unable to connect to 127.0.0.1:9 Connection refused")


def test_executed_statements_are_read_with_their_parameters():
    assert parse_log(_LOG) == [
        Statement(12, "select\n$1, $2", {1: "it's", 2: None}),
        Statement(13, "BEGIN;"),
    ]


def test_known_ids_become_expressions_and_new_ones_variables():
    known, new = "01890a5d-ac96-774b-bcce-b302099a8057", str(new_id())
    statement = Statement(1, "select $1, $2, $3", {1: known, 2: new, 3: f"{new},{known}"})
    fresh: dict[str, str] = {}
    replace = Replacements({known: "select id from ids where n = :n"})
    sql = render_statement(statement, ["uuid", "uuid", "text"], replace, fresh)
    assert sql == (
        "select ((select id from ids where n = :n)::text)::uuid, "
        f"(E'' || ('{new[:24]}' || :fresh0) || E'')::uuid, "
        f"(E'' || ('{new[:24]}' || :fresh0) || E',' || "
        "(select id from ids where n = :n)::text || E'')::text;"
    )
    assert fresh == {new: "fresh0"}


def test_an_old_id_that_is_not_replaced_stays():
    old = "01890a5d-ac96-774b-bcce-b302099a8057"
    sql = render_statement(Statement(1, "select $1", {1: old}), ["uuid"], Replacements({}), {})
    assert sql == f"select (E'{old}')::uuid;"


def test_texts_are_quoted_and_contain_no_variables_of_pgbench():
    statement = Statement(1, "select $1, $2", {1: r"it's :a \n", 2: None})
    sql = render_statement(statement, ["text", "text"], Replacements({}), {})
    assert sql == r"select (E'it''s \x3aa \\n')::text, null::text;"


def test_a_time_just_now_becomes_now():
    at = datetime.now(UTC).isoformat(" ")
    statement = Statement(1, "select $1, $2", {1: at, 2: "2020-01-01 00:00:00+00"})
    sql = render_statement(statement, ["timestamptz", "timestamptz"], Replacements({}), {})
    assert sql.startswith("select now(), (E'2020-01-01 00")


def test_a_number_of_two_digits_is_not_the_one_of_one_digit():
    parameters: dict[int, str | None] = {n: str(n) for n in range(1, 12)}
    sql = render_statement(
        Statement(1, "select $11, $1", parameters), ["int4"] * 11, Replacements({}), {}
    )
    assert sql == "select (E'11')::int4, (E'1')::int4;"
