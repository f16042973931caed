"""A program that renders a template with typst. The input is data, never code.

It imports nothing of Veza, to start quickly. It uses only bundled fonts, so the same data gives the
same bytes on every machine.
"""

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, cast

import typst


def find_fonts(package: str) -> list[Path]:
    """Return the folders of a font package, without importing it."""
    spec = find_spec(package)
    assert spec is not None
    return [Path(folder) for folder in spec.submodule_search_locations or []]


# Noto fonts for all scripts, in addition to those of typst.
FONTS = [*find_fonts("manimgx_fonts"), *find_fonts("manimgx_fonts_cjk")]


# Which letters no font has, as the compiler refuses them in documents for archives.
_NO_GLYPH = re.compile(r'the text `"([^`]+)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
# All that is missing is told at once; what takes its place may need one more try.
_MAX_TRIES = 3


def main() -> None:
    """Run with the arguments `template target format seconds data`, and a file to attach.

    A document with an attachment is PDF/A-3.
    """
    template, target = Path(sys.argv[1]), Path(sys.argv[2])
    kind, seconds, *paths = sys.argv[3:]
    texts = [Path(path).read_text("utf-8") for path in paths]
    inputs: dict[str, str] = dict(zip(("data", "attachment"), texts, strict=False))
    output = _compile(template, kind, inputs, int(seconds))
    # A list only for PNG with several pages.
    pages = cast(list[bytes], output if isinstance(output, list) else [output])
    for number, page in enumerate(pages):
        target.with_suffix(f".{number}").write_bytes(page)


def _compile(
    template: Path, kind: str, inputs: dict[str, str], seconds: int
) -> bytes | list[bytes] | None:
    """Render the template. PDF/A-3 has `?` for letters that no font has, which it may not lack."""
    for _ in range(_MAX_TRIES):
        try:
            return typst.compile(
                template,
                root=template.parent,
                font_paths=FONTS,
                ignore_system_fonts=True,
                format=cast(Literal["pdf", "png"], kind),
                sys_inputs=inputs,
                pdf_standards=["a-3b"] if "attachment" in inputs else [],
                timestamp=seconds,
            )
        except typst.TypstError as error:
            missing = _NO_GLYPH.findall(error.diagnostic)
            if not missing:
                sys.exit(error.diagnostic)
            inputs = {**inputs, "data": _replace(inputs["data"], "".join(missing))}
    return _compile(template, kind, {**inputs, "data": _keep_latin(inputs["data"])}, seconds)


def _replace(data: str, missing: str) -> str:
    letters = _ESCAPED.sub(lambda match: chr(int(match[1], 16)), missing)
    lost = {char for char in letters if ord(char) > 127}
    return "".join("?" if char in lost else char for char in data)


def _keep_latin(data: str) -> str:
    return "".join(char if ord(char) < 0x250 else "?" for char in data)


if __name__ == "__main__":
    main()
