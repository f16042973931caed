"""Draws the calls of each operation from the document: examples, what may be sent, every bound.

They are drawn when a test runs: each process collects all tests, and one draws.
"""

import re
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import hypothesis
import schemathesis
from schemathesis import Case, GenerationMode
from schemathesis.config import CacheConfig, SchemathesisConfig
from schemathesis.generation import derive_operation_seed
from schemathesis.generation.drivers import CoverageGenerator
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.hypothesis.builder import (
    HypothesisTestConfig,
    HypothesisTestMode,
    InvalidRegexMark,
    MissingPathParameters,
    NonSerializableMark,
    UnsatisfiableExampleMark,
    create_test,
)
from schemathesis.generation.overrides import Override
from schemathesis.schemas import APIOperation

from tests.contract.bodies import fitting_body
from tests.contract.world import Json
from tests.support.references import read_document

# Playlists are sent as bytes, like other files.
schemathesis.serializer.alias("application/vnd.apple.mpegurl", "application/octet-stream")
schemathesis.serializer.alias("application/xspf+xml", "application/octet-stream")
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
schemathesis.serializer.alias("application/sdp", "application/octet-stream")
schemathesis.serializer.alias("application/trickle-ice-sdpfrag", "application/octet-stream")

# The checks that are left out, each with its reason.
_LEFT_OUT = {
    "positive_data_acceptance": "It takes no 400, but some rules don't fit a schema: passwords "
    "that are too common, cursors, references to what is not there.",
}

# What the document says that can't be drawn.
_FAULTS = (InvalidRegexMark, MissingPathParameters, NonSerializableMark, UnsatisfiableExampleMark)

# Of the methods that a path doesn't have, which one loop refuses for all paths.
_UNEXPECTED_METHODS = {"patch", "trace"}

# So many examples are drawn of an operation without fields, more for each, and no more than that.
_LEAST, _BY_FIELD, _MOST = 3, 3, 17


@cache
def _document() -> Json:
    """Return the document; nobody acts as a profile, which would only refuse what is drawn."""
    document = read_document()
    for operations in document["paths"].values():
        for operation in operations.values():
            given = operation.get("parameters", [])
            operation["parameters"] = [each for each in given if "name" in each]
    return document


@cache
def _schema() -> schemathesis.BaseSchema:
    config = SchemathesisConfig(seed=1, cache=CacheConfig(enabled=False))
    project = config.projects.default
    project.generation.update(deterministic=True, with_security_parameters=False)
    project.phases.coverage.unexpected_methods = _UNEXPECTED_METHODS
    project.checks.update(excluded_check_names=list(_LEFT_OUT))
    return schemathesis.openapi.from_dict(_document(), config=config)


def draw(name: str, take: Callable[[Case], None], *, examples: int | None = None) -> None:
    """Call `take` with the document's examples, and with what it allows and what it doesn't."""
    operation = _find(name)
    project = _schema().config
    settings = project.get_hypothesis_settings(operation=operation, phase="fuzzing")
    count = examples or _count_examples(operation)
    config = HypothesisTestConfig(
        project=project,
        modes=[HypothesisTestMode.EXAMPLES, HypothesisTestMode.FUZZING],
        settings=hypothesis.settings(settings, max_examples=count, deadline=None),
        seed=derive_operation_seed(project.seed, operation.label),
    )

    def walk(case: Case) -> None:
        take(case)

    made = create_test(operation=operation, test_func=walk, config=config)
    assert not any(mark.is_set(made) for mark in _FAULTS), operation.label
    made()


def list_bounds(name: str) -> Iterator[Case]:
    """List what fits at each bound that an operation names, and one of what doesn't."""
    operation = _find(name)
    beyond: dict[tuple[object, ...], list[Case]] = {}
    for case in _list_coverage(operation):
        if case.meta is not None and case.meta.generation.mode is GenerationMode.NEGATIVE:
            beyond.setdefault(_bound_of(case), []).append(case)
        else:
            yield case
    # A field refuses all that is of another kind alike: other operations are given others of it.
    turn = zlib.crc32(name.encode())
    for cases in beyond.values():
        yield cases[turn % len(cases)]


def _find(name: str) -> APIOperation:
    return _schema().find_operation_by_id(name)


def _list_coverage(operation: APIOperation) -> CoverageGenerator:
    return CoverageGenerator(
        operation=operation,
        generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
        generation_config=_schema().config.generation_for(operation=operation, phase="coverage"),
        auth_storage=None,
        override=Override(),
        feedback=FeedbackSources(),
    )


def _bound_of(case: Case) -> tuple[object, ...]:
    """Return what a call goes beyond: a bound of a parameter or of a field of the body."""
    data: Any = case.meta.phase.data
    # The same, whichever of its schemas a value doesn't fit.
    field = re.sub(r"/(oneOf|anyOf)/\d+", "", data.location or data.description)
    name = field if data.parameter == case.media_type else data.parameter or data.description
    return data.scenario, data.parameter_location, name


def _count_examples(operation: APIOperation) -> int:
    """Draw fewer of an operation that has few fields to vary."""
    raw: Json = operation.definition.raw
    fields = len(raw.get("parameters", [])) + len(fitting_body(raw, _document(), {}))
    return min(_LEAST + _BY_FIELD * fields, _MOST)
