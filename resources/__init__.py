"""Files that ship with the product: typefaces, icons, design tokens, the style sheet template.

Everything is read through :mod:`importlib.resources`, so it works from a checkout, a wheel and a frozen build.
Licences lie beside what they cover (``fonts/LICENSE.txt``, ``icons/LICENSE.txt``).
"""

from __future__ import annotations

from importlib.resources import files

FONT_FILES = ("Inter-Regular.ttf", "Inter-Medium.ttf", "Inter-SemiBold.ttf")
"""The three weights the design uses: 400, 500 and 600."""


def read_bytes(*path: str) -> bytes:
    """Return one shipped file. ``path`` is relative to this package, one part an argument.

    Raises FileNotFoundError when the installation lacks the file.
    """
    return files(__name__).joinpath(*path).read_bytes()


def read_text(*path: str) -> str:
    """Return one shipped UTF-8 text file; see :func:`read_bytes`."""
    return read_bytes(*path).decode("utf-8")


def icon_svg(name: str) -> str:
    """Return the SVG of a Lucide icon, drawn with ``currentColor`` in a 24 x 24 box.

    Raises FileNotFoundError naming the icon when it is not shipped.
    """
    return read_text("icons", f"{name}.svg")


def icon_names() -> tuple[str, ...]:
    """Return the names of all shipped icons, sorted."""
    folder = files(__name__).joinpath("icons")
    return tuple(
        sorted(entry.name.removesuffix(".svg") for entry in folder.iterdir() if entry.name.endswith(".svg"))
    )
