"""Small changes of the program's code, each of which a test should notice.

Changed are bodies of functions, and SQL in constants of modules of queries. What is computed when a
module is imported (other constants, defaults, decorators, fields of Structs) is not.
"""

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from msgspec import Struct, structs

from tests.mutation import sql

SOURCES = Path(__file__).parents[2] / "src"

# Rules, services, queries, and what stands between a request and them.
_CHANGED = re.compile(
    r"veza/(domains/.*\b(rules|service|queries|personal_data)\b|http/|server/|core/visibility"
    r"|infra/security/)"
)
_LEFT_OUT = re.compile(r"veza/http/(web_app/(bundle|install_files)|api_docs/swagger_ui)/")

_SWAPPED = {
    ast.Lt: "<=",
    ast.LtE: "<",
    ast.Gt: ">=",
    ast.GtE: ">",
    ast.Eq: "!=",
    ast.NotEq: "==",
    ast.Is: "is not",
    ast.IsNot: "is",
    ast.In: "not in",
    ast.NotIn: "in",
}
_BOUNDARIES = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)

# Docstrings, and entries in the log.
_DOES_NOTHING = re.compile(r"\w?['\"]|_?log(ger)?\.")

_PATTERNS = {
    # A lock in SQL, or a statement that takes one.
    "locks": re.compile(
        r"\s+for |.*(\block(?!_out)\w*\(|\bfor [a-z ]*(update|share)\")", re.DOTALL
    ),
    "erasure": re.compile(r"/personal_data|/privacy/|:\S*(erase|anonymi[sz]e|_gone)"),
    "money": re.compile(r"/marketplace/"),
    "access": re.compile(
        r"/auth/|/moderation/|/relationships/|visibility|/security/|/authoriz|:\S*(visible|own\b)"
    ),
}

# What a fault would damage.
KINDS = ("money", "access", "locks", "erasure", "other")

type Change = tuple[str, ast.expr | ast.stmt, str]


class Mutant(Struct, frozen=True):
    """A change in a function, or in a constant with SQL: `before` at byte `start` becomes `after`.

    `nth` tells apart equal changes in one function.
    """

    path: str
    function: str
    operator: str
    line: int
    start: int
    before: str
    after: str
    nth: int = 0

    @property
    def key(self) -> str:
        """A name by content: it stays the same when other code of the file changes."""
        named = (self.path, self.function, self.operator, self.before, self.after, str(self.nth))
        return hashlib.sha256("\0".join(named).encode()).hexdigest()[:16]

    @property
    def kind(self) -> str:
        """Return what a fault here would damage."""
        if self.operator == "limit":
            # What it would cost is memory.
            return "other"
        changed = self.before if self.operator in {"lock", "dropped statement"} else ""
        place = f"/{self.path}:{self.function}"
        for kind, pattern in _PATTERNS.items():
            if kind == "locks" and pattern.match(changed):
                return kind
            if kind != "locks" and pattern.search(place):
                return kind
        return "other"

    def change(self, text: bytes) -> bytes:
        """Return the text of the file with the change."""
        end = self.start + len(self.before.encode())
        assert text[self.start : end] == self.before.encode()
        return text[: self.start] + self.after.encode() + text[end:]


def draw(number: int, seed: int, only: str, kinds: Sequence[str] = KINDS) -> list[Mutant]:
    """Draw mutants of some kinds, of the files whose path matches a regular expression.

    The order depends on the seed and on each mutant alone, so that two states of the program have
    the same ones where the code is the same.
    """
    found = [mutant for path in list_files(only) for mutant in find_mutants(path)]
    found = [mutant for mutant in found if mutant.kind in kinds]

    def find_place(mutant: Mutant) -> str:
        return hashlib.sha256(f"{seed}:{mutant.key}".encode()).hexdigest()

    drawn = (mutant for mutant in sorted(found, key=find_place) if _compiles(mutant))
    return [mutant for mutant, _ in zip(drawn, range(number), strict=False)]


def list_files(only: str) -> list[str]:
    """Return the paths below `src` of the files to change."""
    paths = [str(path.relative_to(SOURCES)) for path in sorted(SOURCES.rglob("*.py"))]
    chosen = [path for path in paths if _CHANGED.match(path) and re.search(only, path)]
    return [path for path in chosen if not _LEFT_OUT.match(path)]


def find_mutants(path: str) -> list[Mutant]:
    """Return all mutants of a file."""
    text = (SOURCES / path).read_bytes()
    found = list(_Walk(path, text).find(ast.parse(text), ""))
    seen: Counter[str] = Counter()
    numbered = []
    for mutant in found:
        numbered.append(structs.replace(mutant, nth=seen[mutant.key]))
        seen[mutant.key] += 1
    return numbered


class _Walk:
    """Finds the mutants of one file."""

    def __init__(self, path: str, text: bytes) -> None:
        self._path = path
        self._text = text
        self._line_starts = [0]
        for line in text.splitlines(keepends=True):
            self._line_starts.append(self._line_starts[-1] + len(line))
        self._has_sql = "queries" in path

    def find(self, tree: ast.AST, outer: str) -> Iterator[Mutant]:
        """Return the mutants of all functions in a module, class or function."""
        for node in ast.iter_child_nodes(tree):
            if isinstance(node, ast.ClassDef):
                yield from self.find(node, f"{outer}{node.name}.")
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._find_in_function(node, outer + node.name)
            elif isinstance(node, ast.Assign) and not outer and self._has_sql:
                name = ast.unparse(node.targets[0])
                if isinstance(node.value, ast.Constant | ast.JoinedStr):
                    yield from self._change_sql(node.value, name)

    def _find_in_function(
        self, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str
    ) -> Iterator[Mutant]:
        inner: list[ast.AST] = []
        for statement in function.body:
            for node in _walk_without_functions(statement, inner):
                for operator, target, after in self._change(node):
                    yield self._make(name, operator, target, after)
                if self._has_sql and isinstance(node, ast.Constant | ast.JoinedStr):
                    yield from self._change_sql(node, name)
        for node in inner:
            assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            yield from self._find_in_function(node, f"{name}.<locals>.{node.name}")

    def _change(self, node: ast.AST) -> Iterator[Change]:
        """Return the operator, the part to replace, and what replaces it."""
        match node:
            case ast.If(test=test) | ast.IfExp(test=test):
                yield from self._negate(test)
            case ast.comprehension(ifs=tests):
                for test in tests:
                    yield from self._negate(test)
            case ast.Compare(left=left, ops=[compared], comparators=[right]):
                after = f"{self._show(left)} {_SWAPPED[type(compared)]} {self._show(right)}"
                yield "comparison", node, after
            case ast.BoolOp(op=joined, values=values):
                word = " or " if isinstance(joined, ast.And) else " and "
                yield "and/or", node, f"({word.join(f'({self._show(v)})' for v in values)})"
            case _:
                yield from self._change_more(node)

    def _change_more(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Raise():
                yield "dropped statement", node, "pass"
            case ast.Expr(value=ast.Call() | ast.Await()):
                yield "dropped statement", node, "pass"
            case ast.Return(value=ast.expr() as value) if not isinstance(value, ast.Constant):
                yield "returned None", value, "None"
            case ast.Constant(value=bool() as flag):
                yield "constant", node, str(not flag)
            case ast.Constant(value=int() as count):
                yield "constant", node, str(count + 1)

    def _negate(self, test: ast.expr) -> Iterator[Change]:
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            yield "negated condition", test, f"({self._show(test.operand)})"
        elif not isinstance(test, ast.Compare) or isinstance(test.ops[0], _BOUNDARIES):
            # Other comparisons are swapped, which is the same.
            yield "negated condition", test, f"(not ({self._show(test)}))"

    def _change_sql(self, node: ast.expr, name: str) -> Iterator[Mutant]:
        shown = self._show(node)
        for change in sql.find_changes(shown):
            # Offsets are those of characters so far.
            offset = len(shown[: change.start].encode())
            line = node.lineno + shown[: change.start].count("\n")
            start = self._start(node) + offset
            before = shown[change.start : change.end]
            made = Mutant(self._path, name, change.operator, line, start, before, change.after)
            yield made

    def _make(self, name: str, operator: str, target: ast.expr | ast.stmt, after: str) -> Mutant:
        before, start = self._show(target), self._start(target)
        return Mutant(self._path, name, operator, target.lineno, start, before, after)

    def _show(self, node: ast.expr | ast.stmt) -> str:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        end = self._line_starts[node.end_lineno - 1] + node.end_col_offset
        return self._text[self._start(node) : end].decode()

    def _start(self, node: ast.expr | ast.stmt) -> int:
        return self._line_starts[node.lineno - 1] + node.col_offset


def _walk_without_functions(node: ast.AST, inner: list[ast.AST]) -> Iterator[ast.AST]:
    """Return a statement and what is in it; functions in it are added to `inner`."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        inner.append(node)
        return
    if isinstance(node, ast.Expr) and _DOES_NOTHING.match(ast.unparse(node)):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        # Annotations are not evaluated, the parts of an f-string belong to the whole, and `strict=`
        # states what cannot happen.
        is_annotation = isinstance(node, ast.AnnAssign) and child is node.annotation
        is_strict = isinstance(child, ast.keyword) and child.arg == "strict"
        if not is_annotation and not is_strict and not isinstance(node, ast.JoinedStr):
            yield from _walk_without_functions(child, inner)


def _compiles(mutant: Mutant) -> bool:
    try:
        ast.parse(mutant.change((SOURCES / mutant.path).read_bytes()))
    except SyntaxError:
        return False
    return True
