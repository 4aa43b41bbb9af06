"""Every action of the window, once: its text, its key, where it stands in the menus. The shortcuts sheet is read from here too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar


def tr(text: str) -> str:
    return QCoreApplication.translate("Menus", text)


@dataclass(frozen=True, slots=True)
class Entry:
    """One action. `group` makes it one of several that exclude each other; an empty text is a line between entries."""

    name: str
    text: str
    keys: tuple[str, ...] = ()
    group: str = ""
    checkable: bool = False


LINE = Entry("", "")

MENUS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "&File",
        (
            Entry("switch", "Switch &site or sector…", ("Ctrl+Shift+O",)),
            LINE,
            Entry("sign_in", "Sign &in…"),
            Entry("sign_out", "Sign &out…"),
            LINE,
            Entry("import", "&Import files…", ("Ctrl+O",)),
            Entry("import_folder", "Import a &folder…"),
            Entry("import_pasted", "Import what was &copied", ("Ctrl+Shift+V",)),
            Entry("export", "&Export…", ("Ctrl+Shift+E",)),
            Entry("backups", "&Backups…"),
            LINE,
            Entry("quit", "&Quit", ("Ctrl+Q",)),
        ),
    ),
    (
        "&Edit",
        (
            Entry("undo", "&Undo", ("Ctrl+Z",)),
            Entry("redo", "&Redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
            LINE,
            Entry("copy", "&Copy", ("Ctrl+C",)),
            Entry("copy_titled", "Copy with &headings"),
            Entry("copy_column", "Copy this c&olumn", ("Ctrl+Shift+C",)),
            Entry("paste", "&Paste", ("Ctrl+V",)),
            Entry("fill_down", "Fill &down", ("Ctrl+D",)),
            LINE,
            Entry("select_all", "Select &all", ("Ctrl+A",)),
            Entry("find", "&Filter", ("Ctrl+F", "/")),
            Entry("replace", "Find and rep&lace…", ("Ctrl+H",)),
            LINE,
            Entry("record", "Record a rec&ipe…"),
        ),
    ),
    (
        "&View",
        (
            Entry("page_keywords", "&Keywords", ("Alt+1",), "page"),
            Entry("page_library", "&Library", ("Alt+4",), "page"),
            Entry("page_review", "&Review", ("Alt+2",), "page"),
            Entry("page_history", "&History", ("Alt+3",), "page"),
            Entry("page_trash", "&Trash", ("Alt+5",), "page"),
            Entry("page_triage", "Tria&ge", ("Alt+6",), "page"),
            Entry("page_imports", "&Imports", ("Alt+7",), "page"),
            Entry("page_recipes", "Recip&es", ("Alt+8",), "page"),
            LINE,
            Entry("panel", "&Panel", ("Ctrl+I",), checkable=True),
            Entry("facets", "&Facets", ("Ctrl+Shift+F",), checkable=True),
            LINE,
            Entry("columns", "&Columns…", ("Ctrl+Shift+L",)),
            Entry("column_left", "Column to the left", ("Ctrl+Shift+Left",)),
            Entry("column_right", "Column to the right", ("Ctrl+Shift+Right",)),
            Entry("column_wider", "Wider column", ("Alt+Right",)),
            Entry("column_narrower", "Narrower column", ("Alt+Left",)),
            LINE,
            Entry("theme_system", "&As the system", (), "theme"),
            Entry("theme_light", "&Light", (), "theme"),
            Entry("theme_dark", "&Dark", (), "theme"),
            LINE,
            Entry("text_90", "Text 90 %", (), "text"),
            Entry("text_100", "Text 100 %", ("Ctrl+0",), "text"),
            Entry("text_115", "Text 115 %", (), "text"),
            Entry("text_130", "Text 130 %", (), "text"),
            Entry("text_150", "Text 150 %", (), "text"),
            Entry("text_larger", "Larger text", ("Ctrl++", "Ctrl+=")),
            Entry("text_smaller", "Smaller text", ("Ctrl+-",)),
        ),
    ),
    (
        "&Keywords",
        (
            Entry("add", "&Add from library", ("Ctrl+L",)),
            Entry("triage", "Tr&iage new keywords", ("Ctrl+Shift+T",)),
            Entry("duplicates", "Near-dup&licates together", ("Ctrl+Shift+D",)),
            Entry("since_away", "What came since I was a&way", ("Ctrl+Shift+W",)),
            LINE,
            Entry("apply", "A&pply the panel", ("Ctrl+Return", "Ctrl+Enter")),
            Entry("enabled", "&Enable or disable", ("Ctrl+E",)),
            Entry("labels", "&Tags and note…", ("Ctrl+T",)),
            Entry("import_figures", "Figures of an &import…"),
            Entry("reset", "&Reset to the library", ("Ctrl+Backspace",)),
            LINE,
            Entry("delete", "&Delete…", ("Del",)),
        ),
    ),
    (
        "&Sync",
        (
            Entry("sync", "Sync &now", ("F5", "Ctrl+R")),
            Entry("check", "&Check what waits"),
            Entry("compare", "Compare &every row"),
            LINE,
            Entry("pause", "&Pause"),
            Entry("resume", "Res&ume"),
            LINE,
            Entry("review", "Open &Review", ("Ctrl+Shift+R",)),
        ),
    ),
    ("&Help", (Entry("shortcuts", "&Shortcuts", ("F1", "Ctrl+?")), Entry("about", "&About"))),
)


class Menus(QObject):
    """Makes the actions, fills a menu bar, and knows them by name."""

    def __init__(self, bar: QMenuBar, window: QObject) -> None:
        super().__init__(window)
        self._actions: dict[str, QAction] = {}
        self._groups: dict[str, QActionGroup] = {}
        for title, entries in MENUS:
            menu = bar.addMenu(tr(title))
            for entry in entries:
                if entry is LINE:
                    menu.addSeparator()
                else:
                    menu.addAction(self._make(entry, window))

    def __getitem__(self, name: str) -> QAction:
        """Return an action. Raises KeyError for an unknown name."""
        return self._actions[name]

    def on(self, name: str, call: Callable[[], object]) -> None:
        """Have an action do something."""
        self._actions[name].triggered.connect(lambda _checked=False: call())

    def choose(self, name: str) -> None:
        """Show one of a group as the present one, without doing it."""
        self._actions[name].setChecked(True)

    def enable(self, enabled: bool, *names: str) -> None:
        """Switch actions on or off."""
        for name in names:
            self._actions[name].setEnabled(enabled)

    def keys(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return (menu, [(action, keys)]) of everything that has a key."""
        shown = []
        for title, entries in MENUS:
            lines = []
            for entry in entries:
                if entry.keys:
                    texts = [
                        QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
                        for keys in entry.keys
                    ]
                    lines.append((tr(entry.text).replace("&", "").rstrip("…"), ", ".join(texts)))
            if lines:
                shown.append((tr(title).replace("&", ""), lines))
        return shown

    def _make(self, entry: Entry, window: QObject) -> QAction:
        action = QAction(tr(entry.text), window)
        action.setObjectName(entry.name)
        action.setShortcuts([QKeySequence(keys) for keys in entry.keys])
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(entry.checkable or bool(entry.group))
        if entry.group:
            group = self._groups.setdefault(entry.group, QActionGroup(window))
            group.addAction(action)
        self._actions[entry.name] = action
        return action
