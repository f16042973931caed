"""What the style guide asks for and no linter checks. Each test names every place that fails."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.architecture.source import Source, ensure_none, read_sources, read_test_sources

MAX_FUNCTION_LINES = 40
MAX_FILE_LINES = 400

# Words that say nothing of what a thing is for.
_EMPTY_WORDS = re.compile(r"(Manager|Helper|Util|Utils|Handler|Base|Common|Misc)(?=[A-Z]|s?$)")
_EMPTY_MODULES = {"base", "common", "helper", "helpers", "manager", "misc", "util", "utils"}
# The queue's own word for what does a job.
_HANDLERS_ALLOWED_IN = "veza/infra/jobs/worker.py"

# Clients of providers, which most servers don't use; libraries that only the worker uses.
_IMPORTED_WHERE_USED = {
    # Where streams are received by WHIP.
    "veza/infra/ingest/ingest_process.py",
    "veza/domains/music/audio/wiring.py",
    *("veza/app/openid.py", "veza/app/payment_providers.py"),
    *("veza/infra/web_push/sender.py", "veza/infra/foreign_http/pages.py"),
    *("veza/infra/foreign_http/hubs.py", "veza/infra/foreign_http/foreign_files.py"),
    *("veza/infra/vat_ids/directory.py", "veza/infra/rtmp/tls.py"),
}

# Each process would have values of its own.
_CHANCE = re.compile(r"\b(uuid[147]|new_id|now|token_\w+|random\w*|urandom)$")


def test_functions_fit_on_a_screen():
    ensure_none(
        f"{source.name}:{node.lineno} {node.name} has {_length(node)} lines"
        for source in read_sources()
        for node in _functions(source)
        if _length(node) > MAX_FUNCTION_LINES
    )


def test_files_are_short():
    lengths = {source.name: source.text.count("\n") for source in read_sources()}
    ensure_none(f"{name} has {n} lines" for name, n in lengths.items() if n > MAX_FILE_LINES)


def test_every_module_says_what_it_is_for():
    ensure_none(source.name for source in read_sources() if not ast.get_docstring(source.tree))


def test_packages_hold_a_docstring_and_nothing_else():
    ensure_none(
        source.name
        for source in read_sources()
        if source.name.endswith("__init__.py") and len(source.tree.body) > 1
    )


def test_imports_stand_at_the_top():
    ensure_none(
        f"{source.name}:{inner.lineno}"
        for source in read_sources()
        if source.name not in _IMPORTED_WHERE_USED
        for node in _functions(source)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    )


def test_no_import_is_for_type_checkers_alone():
    # A cycle is an error of design; the framework reads annotations while it runs.
    ensure_none(
        source.name
        for source in read_sources()
        if "TYPE_CHECKING" in source.text or "from __future__" in source.text
    )


def test_names_say_what_a_thing_is_for():
    ensure_none(
        f"{source.name}:{node.lineno} {node.name}"
        for source in read_sources()
        if source.name != _HANDLERS_ALLOWED_IN
        for node in source.nodes
        if isinstance(node, ast.ClassDef) and _EMPTY_WORDS.search(node.name)
    )
    ensure_none(
        source.name
        for source in read_sources()
        if _EMPTY_MODULES & set(source.name.removesuffix(".py").split("/"))
    )


def test_class_names_are_unique():
    places: dict[str, list[str]] = {}
    for source in read_sources():
        for node in source.nodes:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places.setdefault(node.name, []).append(f"{source.name}:{node.lineno}")
    ensure_none(
        f"{name} is defined at {', '.join(lines)}"
        for name, lines in places.items()
        if len(lines) > 1
    )


def test_queries_pass_parameters_by_name():
    # `astuple` passes fields by position: two columns that are swapped go unnoticed.
    ensure_none(
        f"{source.name}:{number} {line.strip()}"
        for source in read_sources()
        if {"queries", "shared_queries"} & set(source.name.removesuffix(".py").split("/"))
        for number, line in enumerate(source.text.splitlines(), 1)
        if re.search(r"\bastuple\b", line)
    )


def test_what_is_left_to_do_stands_in_issues():
    ensure_none(
        f"{source.name}:{number} {line.strip()}"
        for source in read_sources()
        for number, line in enumerate(source.text.splitlines(), 1)
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line)
    )


@pytest.mark.long
def test_parameters_of_tests_are_the_same_in_every_process():
    # Processes that run tests side by side must collect the same ones, or none is run.
    ensure_none(
        f"{source.name}:{call.lineno}"
        for source in read_test_sources()
        for node in source.nodes
        if isinstance(node, ast.Call) and _names_parametrize(node.func)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and _CHANCE.search(ast.unparse(call.func))
    )


def _names_parametrize(function: ast.expr) -> bool:
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return name.endswith("parametrize")


def _functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1
