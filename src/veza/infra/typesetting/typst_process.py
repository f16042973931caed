"""A program that renders a template with typst. The input is data, never code.

It imports nothing of Veza, to start quickly. It uses only bundled fonts, so the same data gives the
same bytes on every machine.
"""

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


def main() -> None:
    """Run with the arguments `template data target format seconds`."""
    template, data, target = map(Path, sys.argv[1:4])
    kind, seconds = sys.argv[4:]
    try:
        output = typst.compile(
            template,
            root=template.parent,
            font_paths=FONTS,
            ignore_system_fonts=True,
            format=cast(Literal["pdf", "png"], kind),
            sys_inputs={"data": data.read_text("utf-8")},
            timestamp=int(seconds),
        )
    except typst.TypstError as error:
        sys.exit(error.diagnostic)
    # A list only for PNG with several pages.
    pages = cast(list[bytes], output if isinstance(output, list) else [output])
    for number, page in enumerate(pages):
        target.with_suffix(f".{number}").write_bytes(page)


if __name__ == "__main__":
    main()
