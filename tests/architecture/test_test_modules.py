"""How tests are organised."""

import ast

from tests.architecture.source import ensure_none, read_test_sources


def test_no_test_module_imports_another():
    # Shared steps are in `*_steps.py` beside the tests, or in `tests/support` for several folders;
    # fixtures in `conftest.py`, objects in `tests/make`.
    ensure_none(
        f"{source.name} imports {node.module}"
        for source in read_test_sources()
        for node in source.nodes
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.rpartition(".")[2].startswith("test_")
    )


def test_no_module_imports_from_a_conftest():
    # Else pytest has two copies of a module, or a fixture that is shared is imported by its name.
    ensure_none(
        f"{source.name}:{node.lineno} imports from a conftest.py"
        for source in read_test_sources()
        for node in source.nodes
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if name.rpartition(".")[2] == "conftest"
    )
