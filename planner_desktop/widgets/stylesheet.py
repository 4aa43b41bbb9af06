"""Fills the style sheet template of ``resources`` with the colours and lengths of a theme."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from resources import read_text

if TYPE_CHECKING:
    from planner_desktop.widgets.theme import Theme

_LENGTHS = (2, 3, 4, 5, 6, 8, 9, 10, 24, 32)
_RADII = (4, 6)


def stylesheet(theme: Theme) -> str:
    """Return the application's style sheet. Raises KeyError when the template names a value nobody fills."""
    values = {name.replace("-", "_"): theme.color(name).name() for name in theme.tokens.colors}
    light = theme.scheme == "light"
    # Fields sink below their panel in dark; in light they are as white as it.
    values["field"] = theme.color("surface" if light else "sunken").name()
    values["sunken_disabled"] = theme.color("sunken" if light else "surface").name()
    values |= {f"s{length}": f"{theme.px(length)}px" for length in _LENGTHS}
    values |= {f"r{radius}": f"{theme.px(radius)}px" for radius in _RADII}
    border, focus = theme.px(1), theme.px(2)
    field = theme.size("control")
    values |= {
        "hair": f"{border}px",
        "focus_width": f"{focus}px",
        # The height of a field is the same in every state: a thicker border takes from the inside.
        "field_inner": f"{field - 2 * border}px",
        "field_inner_focus": f"{field - 2 * focus}px",
        "font_small": f"{theme.font('small').pointSizeF()}pt",
        "item_height": f"{theme.size('row')}px",
        "scroll": f"{theme.px(10)}px",
        "scroll_radius": f"{theme.px(3)}px",
    }
    return Template(read_text("style.qss")).substitute(values)
