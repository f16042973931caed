"""How tests are organised."""

import ast

from tests.architecture.source import ROOT, ensure_none


def test_no_test_module_imports_another():
    # Shared steps are in `*_steps.py`, fixtures in `conftest.py`, objects in `tests/make`.
    ensure_none(
        f"{path.relative_to(ROOT)} imports {node.module}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and node.module
        and node.module.rpartition(".")[2].startswith("test_")
    )
