"""Reports of benchmarks: Markdown, JSON and charts."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from bench.chart import draw_chart
from bench.machine import Machine
from bench.ratios import Comparison, Ratio, Skipped
from bench.report import (
    RESULTS,
    Report,
    format_comparison,
    format_line,
    format_markdown,
    format_number,
    read_json,
    write_json,
)
from tests.bench.make_results import case_of, ratio_of

_SVG = "{http://www.w3.org/2000/svg}"


def _report(*ratios: Ratio, skipped: list[Skipped] | None = None) -> Report:
    return Report(
        date="2026-11-27",
        commit="abc1234",
        took_s=754,
        rounds=5,
        seconds=1.0,
        generator="wrk",
        rows={"users": 5000},
        machine=Machine("A CPU", 2, 24, "6.18", "3.13.5", {"nginx": "1.26.3"}, 0.4),
        ratios=list(ratios),
        skipped=skipped or [],
    )


def test_a_report_survives_json(tmp_path: Path):
    report = _report(ratio_of(0.5), skipped=[Skipped(case_of("feed"), "there is no Go")])
    write_json(report, tmp_path / "results.json")
    assert read_json(tmp_path / "results.json") == report


def test_the_page_shows_ratios_goals_and_what_was_skipped():
    case = case_of("tracks, hot", goal=3.0)
    page = format_markdown(
        _report(ratio_of(0.5, case), skipped=[Skipped(case_of("feed"), "there is no Go")])
    )
    assert "A CPU, 2 cores, 24 GiB" in page
    assert "12 min 34 s" in page
    assert "**0.50** | 0.45 to 0.55 | at least 3: missed | 0.50 | 300 / 100" in page
    assert "Not measured: feed beside Gin, because there is no Go." in page


def test_all_rows_of_a_table_have_as_many_cells():
    feed = ratio_of(2.0, case_of("feed", cpu_goal=0.3))
    page = format_markdown(_report(ratio_of(0.5), feed))
    assert "| CPU at most 0.3: missed | 0.50 |" in page
    rows = [line for line in page.splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert len({row.count("|") for row in rows}) == 1


@pytest.mark.parametrize(
    ("value", "text"), [(12345.6, "12,346"), (100.4, "100"), (12.345, "12.3"), (0.126, "0.13")]
)
def test_numbers_have_three_digits_or_all_before_the_point(value: float, text: str):
    assert format_number(value) == text


def test_worse_ratios_come_first_in_a_comparison():
    lines = format_comparison(
        [Comparison(case_of("good"), 1, 1, False), Comparison(case_of("bad"), 1, 0.5, True)]
    ).splitlines()
    assert lines[0].startswith("WORSE")
    assert "0.50 times the committed 1.00" in lines[0]
    assert "good" in lines[1]


def test_a_skipped_case_says_why():
    assert "skipped, there is no Go" in format_line(Skipped(case_of(), "there is no Go"))


@pytest.mark.parametrize("value", [0.001, 0.05, 1.0, 3.0, 5000.0])
def test_charts_are_valid_and_stay_within_their_size(value: float):
    ratios = [ratio_of(value, case_of("a < b & c", goal=1.0)), ratio_of(1.0)]
    chart = ElementTree.fromstring(draw_chart("Reads", ratios))
    width, height = (float(chart.attrib[name]) for name in ("width", "height"))
    bars = chart.findall(f"{_SVG}rect")
    assert len(bars) == 2
    for bar in bars:
        assert float(bar.attrib["x"]) >= 0
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width
        assert float(bar.attrib["y"]) + float(bar.attrib["height"]) <= height
    for line in chart.findall(f"{_SVG}line"):
        assert 0 <= float(line.attrib["x1"]) <= width


def test_bars_grow_from_one_to_the_side_of_the_better():
    ratios = [ratio_of(0.5), ratio_of(2.0)]
    slow, fast = ElementTree.fromstring(draw_chart("Reads", ratios)).findall(f"{_SVG}rect")
    end_of_slow = float(slow.attrib["x"]) + float(slow.attrib["width"])
    assert end_of_slow == pytest.approx(float(fast.attrib["x"]), abs=0.2)


def test_the_committed_results_can_be_read_and_name_no_path():
    for path in RESULTS.glob("*.json"):
        assert read_json(path).ratios
    for path in RESULTS.iterdir() if RESULTS.exists() else []:
        assert not any(name in path.read_text() for name in ("/home/", "/root/", "/tmp/", "/work"))
