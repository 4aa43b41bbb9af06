"""One theme object per application: tokens turned into a palette, fonts, icons and one short style sheet.

Widgets get the theme by constructor argument and ask it each time they paint, or connect to
:attr:`Theme.changed` to drop what they have cached. Nothing needs a restart.
"""

from __future__ import annotations

import sys
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QApplication, QStyleFactory

from planner_desktop.widgets.icons import IconCache
from planner_desktop.widgets.stylesheet import stylesheet
from planner_desktop.widgets.tokens import SCHEMES, Scheme, Tokens, load_tokens
from resources import FONT_FILES, read_bytes

SchemeChoice = Literal["light", "dark", "system"]

_PALETTE_ROLES: tuple[tuple[QPalette.ColorRole, str], ...] = (
    (QPalette.ColorRole.Window, "canvas"),
    (QPalette.ColorRole.WindowText, "text"),
    (QPalette.ColorRole.Base, "surface"),
    (QPalette.ColorRole.AlternateBase, "surface"),
    (QPalette.ColorRole.Text, "text"),
    (QPalette.ColorRole.BrightText, "on-accent"),
    (QPalette.ColorRole.Button, "raised"),
    (QPalette.ColorRole.ButtonText, "text"),
    (QPalette.ColorRole.PlaceholderText, "text-3"),
    (QPalette.ColorRole.Highlight, "row-selected"),
    (QPalette.ColorRole.HighlightedText, "text"),
    (QPalette.ColorRole.Accent, "accent"),
    (QPalette.ColorRole.Link, "accent-text"),
    (QPalette.ColorRole.LinkVisited, "accent-text"),
    (QPalette.ColorRole.ToolTipBase, "tooltip"),
    (QPalette.ColorRole.ToolTipText, "tooltip-text"),
    (QPalette.ColorRole.Light, "raised"),
    (QPalette.ColorRole.Midlight, "line"),
    (QPalette.ColorRole.Mid, "line-strong"),
    (QPalette.ColorRole.Dark, "control-border"),
    (QPalette.ColorRole.Shadow, "shadow"),
)
_TEXT_ROLES = (
    QPalette.ColorRole.WindowText,
    QPalette.ColorRole.Text,
    QPalette.ColorRole.ButtonText,
    QPalette.ColorRole.HighlightedText,
)


class Theme(QObject):
    """Colours, fonts, lengths and icons of the running application.

    Lengths: :meth:`px` turns design pixels into device-independent pixels of the chosen text size; the screen's
    own scale is Qt's business. A Theme must be made after the QApplication and outlive every widget.
    """

    changed = Signal()
    """Colours or lengths are new. Drop caches and update."""

    def __init__(self, application: QApplication, *, tokens: Tokens | None = None) -> None:
        super().__init__(application)
        self.tokens = tokens or load_tokens()
        self.icons = IconCache()
        self._application = application
        self._choice: SchemeChoice = "light"
        self._scheme: Scheme = "light"
        self._text_scale = 1.0
        self._reduced_motion = False
        self._screen_scale = _screen_scale(application)
        self._colors: dict[str, QColor] = {}
        self._fonts: dict[tuple[str, int | None], QFont] = {}
        self._families = _register_fonts(self.tokens)
        application.styleHints().colorSchemeChanged.connect(self._follow_system)

    @property
    def scheme(self) -> Scheme:
        """What is shown now."""
        return self._scheme

    @property
    def choice(self) -> SchemeChoice:
        """What the editor asked for."""
        return self._choice

    @property
    def text_scale(self) -> float:
        """1.0 for 100 %."""
        return self._text_scale

    @property
    def reduced_motion(self) -> bool:
        """True when every duration is 0."""
        return self._reduced_motion

    def apply(
        self,
        choice: SchemeChoice | None = None,
        text_scale: float | None = None,
        *,
        reduced_motion: bool | None = None,
    ) -> None:
        """Show a scheme and a text size; what is left out stays. Announces :attr:`changed`.

        Raises ValueError for a text size that is not one of the steps of the design.
        """
        if text_scale is not None and text_scale not in self.tokens.text_steps:
            steps = ", ".join(f"{step:.0%}" for step in self.tokens.text_steps)
            raise ValueError(f"text size {text_scale:.0%} is not offered; choose one of {steps}")
        self._choice = choice or self._choice
        self._text_scale = text_scale or self._text_scale
        if reduced_motion is not None:
            self._reduced_motion = reduced_motion
        self._scheme = system_scheme() if self._choice == "system" else self._choice
        self._colors.clear()
        self._fonts.clear()
        self.icons.clear()
        # Fusion first: under a native style the palette below is only partly obeyed.
        if self._application.style().name() != "fusion":
            self._application.setStyle(QStyleFactory.create("Fusion"))
        self._application.setFont(self.font("body"))
        self._application.setPalette(self.palette())
        self._application.setStyleSheet(stylesheet(self))
        self.changed.emit()

    def color(self, name: str) -> QColor:
        """Return a token's colour in the scheme shown. Do not modify it. Raises KeyError for an unknown name."""
        found = self._colors.get(name)
        if found is None:
            found = self._colors[name] = QColor(self.tokens.color(name, self._scheme))
        return found

    def faded(self, name: str, alpha: float) -> QColor:
        """Return a token's colour with an opacity between 0 and 1."""
        color = QColor(self.color(name))
        color.setAlphaF(alpha)
        return color

    def alpha(self, name: str) -> float:
        """Return a named opacity of the scheme shown."""
        return self.tokens.alpha[name][SCHEMES.index(self._scheme)]

    def px(self, design: float) -> int:
        """Scale design pixels; a positive length never vanishes."""
        return max(1, round(design * self.scale)) if design > 0 else round(design * self.scale)

    @property
    def scale(self) -> float:
        """Device-independent pixels for one design pixel."""
        return self._text_scale * self._screen_scale

    def size(self, name: str) -> int:
        """Return a named size of the design, scaled."""
        return self.px(self.tokens.size[name])

    def space(self, name: str) -> int:
        """Return a named distance of the design, scaled."""
        return self.px(self.tokens.space[name])

    def radius(self, name: str) -> float:
        """Return a named corner radius, scaled, not rounded."""
        return self.tokens.radius[name] * self.scale

    def duration(self, name: str) -> int:
        """Return a named duration in milliseconds, 0 when motion is to be reduced."""
        return 0 if self._reduced_motion else self.tokens.motion[name]

    def line(self, role: str) -> int:
        """Return the line height of a type role, scaled."""
        return self.px(self.tokens.type[role].line)

    def font(self, role: str, weight: int | None = None) -> QFont:
        """Return the font of a type role, with tabular figures; ``weight`` overrides the role's own."""
        key = (role, weight)
        found = self._fonts.get(key)
        if found is None:
            found = self._fonts[key] = self._make_font(role, weight)
        return QFont(found)

    def pixmap(self, name: str, color: str = "text-2", size: float = 16, ratio: float = 1.0) -> QPixmap:
        """Return an icon in a token's colour; ``size`` in design pixels."""
        return self.icons.pixmap(name, self.color(color), self.px(size), ratio)

    def icon(self, name: str, color: str = "text-2", size: float = 16) -> QIcon:
        """Return an icon for an action, with its disabled look."""
        return self.icons.icon(name, self.color(color), self.color("text-disabled"), self.px(size))

    def palette(self) -> QPalette:
        """Return the whole palette of the scheme shown."""
        palette = QPalette()
        for role, name in _PALETTE_ROLES:
            palette.setColor(role, self.color(name))
        for role in _TEXT_ROLES:
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("text-disabled"))
        palette.setColor(
            QPalette.ColorGroup.Inactive, QPalette.ColorRole.Highlight, self.color("neutral-soft")
        )
        return palette

    def _make_font(self, role: str, weight: int | None) -> QFont:
        step = self.tokens.type[role]
        font = QFont(list(self._families))
        # Points, so that the font follows the screen's own resolution as everything else does.
        font.setPointSizeF(step.size * self._text_scale * _points_per_design_pixel())
        font.setWeight(QFont.Weight(weight or step.weight))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        # Cells are partly painted from pixmaps, where only grey antialiasing exists: use it everywhere alike.
        font.setStyleStrategy(QFont.StyleStrategy.NoSubpixelAntialias)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _follow_system(self) -> None:
        if self._choice == "system" and system_scheme() != self._scheme:
            self.apply()


def system_scheme() -> Scheme:
    """Return what the desktop environment says; light where it says nothing."""
    return "dark" if QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark else "light"


def _points_per_design_pixel() -> float:
    return 1.0 if sys.platform == "darwin" else 72 / 96


def _screen_scale(application: QApplication) -> float:
    """Return how much larger than the design's 96 dots per inch the desktop wants its text."""
    screen = application.primaryScreen()
    if sys.platform == "darwin" or screen is None:
        return 1.0
    return max(0.5, screen.logicalDotsPerInch() / 96)


def _register_fonts(tokens: Tokens) -> tuple[str, ...]:
    for name in FONT_FILES:
        QFontDatabase.addApplicationFontFromData(read_bytes("fonts", name))
    system = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family()
    return (*tokens.families, system)
