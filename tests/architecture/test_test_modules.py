"""How tests are organised."""

import ast

from tests.architecture.source import ROOT, ensure_none


def test_no_test_module_imports_another():
    # Shared steps are in `*_steps.py` beside the tests, or in `tests/support` for several folders;
    # fixtures in `conftest.py`, objects in `tests/make`.
    ensure_none(
        f"{path.relative_to(ROOT)} imports {node.module}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.rpartition(".")[2].startswith("test_")
    )


def test_no_module_imports_from_a_conftest():
    # Else pytest has two copies of a module, or a fixture that is shared is imported by its name.
    ensure_none(
        f"{path.relative_to(ROOT)}:{node.lineno} imports from a conftest.py"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in [getattr(node, "module", None) or "", *(alias.name for alias in node.names)]
        if name.rpartition(".")[2] == "conftest"
    )
