"""Every regular expression of the program, and text that makes a careless one slow.

A pattern is taken from where it is written: `re.compile(…)`, `re.sub(…)`, and the `pattern=` of a
type. Its hostile texts are derived from its own syntax tree: what leads to each repetition, the
repeated characters for a long time, and then one that doesn't fit.
"""

import ast
import importlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from re import _constants as sre
from re import _parser as parser
from time import process_time
from typing import Any

from tests.architecture.source import ROOT, Source, read_source, read_sources

type Text = str | bytes

_CALLS = {"compile", "match", "fullmatch", "search", "sub", "subn", "split", "findall", "finditer"}
_USES: dict[str, Callable[[Any, Any], object]] = {
    "match": lambda pattern, text: pattern.match(text),
    "fullmatch": lambda pattern, text: pattern.fullmatch(text),
    "search": lambda pattern, text: pattern.search(text),
    "sub": lambda pattern, text: pattern.sub("" if isinstance(text, str) else b"", text),
    "split": lambda pattern, text: pattern.split(text),
    "findall": lambda pattern, text: pattern.findall(text),
    "finditer": lambda pattern, text: sum(1 for _ in pattern.finditer(text)),
}
_FIRST = ("match", "fullmatch", "search", "sub")

# Ends that no repetition takes, or that all of those take which are defined by what they exclude.
_ENDS = ("\0", "!", "")
# Repetitions of up to this are bounded.
_MANY = 64
_MAX_ALPHABET = 8

# Linear time is less: microseconds for short texts, and tens of microseconds for most long ones.
_SLOW_S = 0.001
# No disturbance by other programs explains more CPU time than this.
_CERTAIN_S = 0.02
_SHORT, _LONG = (24, 256), 4096
# Four times the text takes four times as long, if time is linear, and sixteen times if quadratic.
_FACTOR, _MAX_RATIO = 4, 9.0


@dataclass(frozen=True)
class Found:
    """A pattern, where it is written, and the methods that are called on it."""

    place: str
    pattern: re.Pattern[Any]
    uses: frozenset[str]


def find_patterns() -> list[Found]:
    """Return all patterns of the program and of its demo community."""
    demo = ROOT / "demo"
    sources = [*read_sources(), *(read_source(path, demo) for path in sorted(demo.rglob("*.py")))]
    named = _find_uses(sources)
    return [found for source in sources for found in _find_in(source, named)]


def find_slow(pattern: re.Pattern[Any], uses: Sequence[str]) -> str | None:
    """Return the text for which a pattern takes more than linear time, described; None if none."""
    for use in uses:
        for make in _list_texts(pattern):
            shown = f"{use} of {make(_SHORT[0])!r}"
            for size in _SHORT:
                if _measure(pattern, use, make(size)) > _SLOW_S:
                    return f"{shown}: more than linear with {size} characters"
            if (took := _measure(pattern, use, make(_LONG))) > _SLOW_S:
                longer = _measure(pattern, use, make(_LONG * _FACTOR))
                if longer > took * _MAX_RATIO:
                    return f"{shown}: {took:.4f} s for {_LONG} characters, then {longer:.4f} s"
    return None


def _measure(pattern: re.Pattern[Any], use: str, text: Text) -> float:
    """Return the least CPU time of three; of one, if that is short already."""
    least = float("inf")
    for _ in range(3):
        began = process_time()
        _USES[use](pattern, text)
        least = min(least, process_time() - began)
        if least <= _SLOW_S or least > _CERTAIN_S:
            break
    return least


def _find_in(source: Source, named: dict[str, set[str]]) -> Iterator[Found]:
    calls = [node for node in source.nodes if isinstance(node, ast.Call)]
    names = dict(_list_names(source))
    for call in calls:
        place = f"{source.name}:{call.lineno}"
        if _is_of_re(call.func):
            given = [keyword.value for keyword in call.keywords if keyword.arg == "flags"]
            name = call.func.attr
            at = {"compile": 1, "sub": 4, "subn": 4, "split": 3}.get(name, 2)
            flags = [*given, *call.args[at:]]
            values = [_value_of(source, node) for node in (call.args[0], *flags)]
            if name == "compile":
                uses = named.get(_key(source, names.get(call, "")), set(_FIRST))
            else:
                uses = {name.removesuffix("n")}
            yield Found(place, re.compile(*values), frozenset(uses))
        for keyword in call.keywords:
            if keyword.arg == "pattern" and _is_of_type(call.func):
                value = _value_of(source, keyword.value)
                yield Found(place, re.compile(value), frozenset({"search"}))


def _is_of_re(func: ast.expr) -> bool:
    return (
        isinstance(func, ast.Attribute)
        and isinstance(func.value, ast.Name)
        and func.value.id == "re"
        and func.attr in _CALLS
    )


def _is_of_type(func: ast.expr) -> bool:
    name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
    return name == "Meta" or name.endswith("Parameter")


def _value_of(source: Source, node: ast.expr) -> Any:
    module = importlib.import_module(".".join(Path(source.name).with_suffix("").parts))
    code = compile(ast.Expression(node), source.name, "eval")
    try:
        return eval(code, vars(module))
    except NameError as error:
        raise AssertionError(
            f"{source.name}:{node.lineno}: a pattern is a constant, so that it can be timed."
        ) from error


def _find_uses(sources: Sequence[Source]) -> dict[str, set[str]]:
    """Return the methods that are called on names; all of `_FIRST` for one that is passed on."""
    found: dict[str, set[str]] = {}
    for source in sources:
        called: set[int] = set()
        for node in source.nodes:
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                called.add(id(node.value))
                if node.attr in _USES:
                    found.setdefault(_key(source, node.value.id), set()).add(node.attr)
        for node in source.nodes:
            is_read = isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
            if is_read and id(node) not in called and node.id.isupper():
                found.setdefault(_key(source, node.id), set()).update(_FIRST)
    return found


def _key(source: Source, name: str) -> str:
    """Return a name, with that of its module if nothing else imports it."""
    return f"{source.name}:{name}" if name.startswith("_") else name


def _list_names(source: Source) -> Iterator[tuple[ast.expr, str]]:
    """Iterate over values, and the names that they are assigned to."""
    for node in source.nodes:
        if isinstance(node, ast.Assign):
            target, value = node.targets[0], node.value
            is_pair = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs = zip(target.elts, value.elts, strict=True) if is_pair else [(target, value)]
            yield from ((each, name.id) for name, each in pairs if isinstance(name, ast.Name))


def _list_texts(pattern: re.Pattern[Any]) -> list[Callable[[int], Text]]:
    """Return functions that make a hostile text of about a length."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    alphabet = _alphabet(tree)
    heads, pumps = [""], []
    _walk(tree, "", alphabet, (heads, pumps))
    made: list[tuple[str, str]] = [(head, each) for head, each in pumps if each]
    made += [(head, each) for head in heads for each in alphabet]
    made += [("", "".join(pair)) for pair in permutations(alphabet, 2)]
    made += [("", head) for head in heads if head]
    texts: dict[tuple[str, str, str], None] = {
        (head, each, end): None for head, each in made for end in _ENDS
    }
    is_bytes = isinstance(pattern.pattern, bytes)
    return [_maker(*each, is_bytes=is_bytes) for each in texts]


def _maker(head: str, pump: str, end: str, *, is_bytes: bool) -> Callable[[int], Text]:
    def make(size: int) -> Text:
        text = head + pump * (size // len(pump)) + end
        return text.encode("latin-1", "replace") if is_bytes else text

    return make


def _walk(
    tree: Any, head: str, alphabet: Sequence[str], into: tuple[list[str], list[tuple[str, str]]]
) -> str:
    """Collect what leads to each repetition, and what it repeats; return the least that matches."""
    heads, pumps = into
    for code, value in tree:
        if code in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            least, most, inner = value
            once = _walk(inner, head, alphabet, into)[len(head) :]
            if most >= _MANY:
                heads.append(head)
                pumps += [(head, once)]
                # The next repetition after a long one.
                pumps += [(head + each * 40 + once, each) for each in alphabet]
            head += once * max(least, 1)
        elif children := _children(code, value):
            ends = [_walk(child, head, alphabet, into) for child in children]
            head = head if code in {sre.ASSERT, sre.ASSERT_NOT} else ends[0]
        elif sample := _sample(code, value):
            head += sample[0]
    return head


def _alphabet(tree: Any) -> list[str]:
    """Return some characters that a pattern distinguishes, those of its classes first."""
    found: dict[str, None] = {}
    literals: dict[str, None] = {}

    def collect(items: Any) -> None:
        for code, value in items:
            into = literals if code is sre.LITERAL else found
            into.update(dict.fromkeys(_sample(code, value)))
            for child in _children(code, value):
                collect(child)

    collect(tree)
    chosen = list(found)[: _MAX_ALPHABET - 3] + list(literals)[:3]
    return list(dict.fromkeys([*chosen, " ", "1"]))[:_MAX_ALPHABET]


def _children(code: Any, value: Any) -> list[Any]:
    if code in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
        return [value[2]]
    if code is sre.SUBPATTERN:
        return [value[-1]]
    if code is sre.BRANCH:
        return list(value[1])
    if code in {sre.ASSERT, sre.ASSERT_NOT}:
        return [value[1]]
    return [value] if code is sre.ATOMIC_GROUP else []


def _sample(code: Any, value: Any) -> list[str]:
    """Return characters that one item of a pattern takes."""
    if code is sre.LITERAL:
        return [chr(value)]
    if code is sre.ANY:
        return ["x", " "]
    if code is sre.NOT_LITERAL:
        return [each for each in "x1 " if ord(each) != value]
    if code is not sre.IN:
        return []
    if value[0][0] is sre.NEGATE:
        taken = re.compile(_class_of(value[1:]))
        return [each for each in "x1 ./" if taken.match(each) is None][:3]
    return [each for part in value for each in _sample_of_class(*part)][:6]


def _sample_of_class(code: Any, value: Any) -> list[str]:
    if code is sre.LITERAL:
        return [chr(value)]
    if code is sre.RANGE:
        return [chr(value[0])]
    return {
        sre.CATEGORY_SPACE: [" "],
        sre.CATEGORY_DIGIT: ["1"],
        sre.CATEGORY_WORD: ["a", "1", "_"],
        sre.CATEGORY_NOT_SPACE: ["x", "1"],
        sre.CATEGORY_NOT_DIGIT: ["x", " "],
        sre.CATEGORY_NOT_WORD: [" ", "."],
    }[value]


def _class_of(parts: Any) -> str:
    """Return a class of characters as it is written."""
    names = {
        sre.CATEGORY_SPACE: r"\s",
        sre.CATEGORY_DIGIT: r"\d",
        sre.CATEGORY_WORD: r"\w",
        sre.CATEGORY_NOT_SPACE: r"\S",
        sre.CATEGORY_NOT_DIGIT: r"\D",
        sre.CATEGORY_NOT_WORD: r"\W",
    }
    written = ""
    for code, value in parts:
        if code is sre.LITERAL:
            written += re.escape(chr(value))
        elif code is sre.RANGE:
            written += f"{re.escape(chr(value[0]))}-{re.escape(chr(value[1]))}"
        else:
            written += names[value]
    return f"[{written}]"
