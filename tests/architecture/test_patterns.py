"""What strangers send is read in linear time, and however it is nested."""

import ast
import re
from typing import Any

import pytest

from tests.architecture.patterns import find_patterns, find_slow
from tests.architecture.source import ensure_none, read_sources

# Patterns that were part of the program, each with its use: blanks or digits that two neighbouring
# repetitions take, or that a search begins anew at each of.
SLOW = {
    "range": (r"bytes\s*=\s*(?P<first>[0-9]{0,60})\s*-\s*(?P<last>[0-9]{0,60})\s*", "fullmatch"),
    "accept-encoding": (
        rb"(?P<coding>gzip|zstd)(?:\s*;\s*q\s*=\s*(?:1(?:\.0*)?|0\.\d*[1-9]\d*))?",
        "fullmatch",
    ),
    "extinf": (r"#EXTINF:\s*(-?\d+(?:\.\d+)?)[^,]*,(.*)", "match"),
    "tags": (r"\s*,\s*", "split"),
}

# What the program wrote itself, or the host: settings, jobs, files of this package, its backups.
# All other JSON is decoded by `decode_json`.
_OF_OUR_OWN = {
    "veza/operations/backups/repository.py",
    "veza/cli/top.py",
    "veza/app/settings/openid_settings.py",
    "veza/core/foreign_json.py",
    "veza/domains/auth/recovery/held_mails.py",
    "veza/domains/music/library/service/now_playing.py",
    "veza/domains/platform/monitoring/rules.py",
    "veza/http/web_app/hints.py",
    "veza/http/web_app/install.py",
    "veza/http/web_app/paths.py",
    "veza/infra/jobs/worker.py",
    "veza/infra/media/audio.py",
    "veza/infra/media/tag_writer.py",
    "veza/infra/security/secrets.py",
    "veza/infra/valkey/rate_limiter.py",
}


@pytest.mark.long
def test_every_pattern_takes_linear_time() -> None:
    patterns = {(each.pattern, each.uses): each for each in find_patterns()}
    slow = {
        found.place: text
        for (pattern, uses), found in patterns.items()
        if (text := find_slow(pattern, sorted(uses)))
    }

    assert len(patterns) > 80
    ensure_none(f"{place}: {text}" for place, text in slow.items())


@pytest.mark.parametrize(
    ("pattern", "use"),
    [
        pytest.param(*each, id=name, marks=[pytest.mark.long] if name != "tags" else [])
        for name, each in SLOW.items()
    ],
)
def test_a_pattern_that_takes_longer_is_found(pattern: Any, use: str) -> None:
    assert find_slow(re.compile(pattern, re.IGNORECASE), [use]) is not None


def test_patterns_are_written_where_they_are_found() -> None:
    ensure_none(
        f"{source.name}:{node.lineno}: write `import re`, and `re.{node.names[0].name}`"
        for source in read_sources()
        for node in source.nodes
        if isinstance(node, ast.ImportFrom) and node.module == "re"
    )


def test_json_of_others_is_decoded_in_one_place() -> None:
    """There, nesting that is too deep is an error like any other, not one of the interpreter."""
    decoding = {
        source.name
        for source in read_sources()
        if re.search(r"msgspec\.json\.decode\(|json\.loads\(", source.text)
    }

    assert decoding == _OF_OUR_OWN
