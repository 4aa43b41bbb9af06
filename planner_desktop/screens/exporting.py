"""Export in the window: what, which columns, which format; then a file, written off the main thread with progress and a way out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject, QStandardPaths, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QGridLayout, QWidget

from planner_desktop.app.contract import EXPORT_FORMATS, KEYWORD_FIELDS, ExportWish
from planner_desktop.screens import switcher, words
from planner_desktop.screens.keywords.cells import COLUMNS
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.segmented import Segmented
from planner_desktop.widgets.text import Text
from planner_desktop.widgets.theme import Theme
from planner_desktop.widgets.toast import ProgressStrip
from planner_desktop.widgets.toggles import CheckBox, RadioButton
from sync.errors import PlannerError

if TYPE_CHECKING:
    from planner_desktop.screens.frame import MainWindow

VIEW, SELECTION, CLUSTERS, IDEAS, PLAN = "view", "selection", "clusters", "ideas", "plan"
_ROWS = frozenset({VIEW, SELECTION})
"""What is keywords, with columns to choose; the others are the whole place."""
_STEMS = {CLUSTERS: "clusters", IDEAS: "ideas", PLAN: "site-plan"}
_PROGRESS_MS = 100
_ACROSS = 3
_FIELDS = {"mark": "sync", "enabled": "disabled"}
"""Columns of the grid that have another name in files."""
_FORMATS = {"csv": "CSV", "xlsx": "XLSX", "json": "JSON", "md": "Markdown"}
_TITLES = {
    "id": "Id",
    "keyword": "Keyword",
    "site": "Site",
    "site_id": "Id of the site",
    "sector": "Sector",
    "sector_id": "Id of the sector",
    "volume": "Volume",
    "difficulty": "Difficulty",
    "intent": "Intent",
    "country": "Country",
    "cluster": "Cluster",
    "status": "Status",
    "disabled": "Disabled",
    "volume_override": "Volume override",
    "difficulty_override": "Difficulty override",
    "sync": "Sync",
}


def tr(text: str) -> str:
    return QCoreApplication.translate("Exporting", text)


class Stopped(Exception):
    """Nobody wants the file any more."""


@dataclass(slots=True)
class Run:
    """A file being written: the worker counts, the main thread may stop it."""

    count: int | None
    done: int = 0
    stopped: bool = False

    def told(self, done: int) -> None:
        """Take note; raise Stopped where nobody waits."""
        if self.stopped:
            raise Stopped
        self.done = done


@dataclass(frozen=True, slots=True)
class Offer:
    """What there is to export: rows shown, rows selected, fields of the shown columns in their order, and the name of the place."""

    shown: int
    selected: int
    fields: Sequence[str]
    place: str


class ExportSheet(Sheet):
    """Asks. While a file is written it shows how far it is, and Cancel stops it."""

    wanted = Signal()
    stopped = Signal()

    def __init__(self, theme: Theme, window: QWidget, offer: Offer) -> None:
        super().__init__(
            theme,
            window,
            tr("Export"),
            tr("The file takes its place when all of it is written, and not before."),
            width=560,
        )
        self._offer = offer
        self._kinds: dict[str, RadioButton] = {}
        self._boxes: dict[str, CheckBox] = {}
        self.table_format = Segmented(theme, tr("Format"), _formats("keywords"), self.card)
        self.plan_format = Segmented(theme, tr("Format of the plan"), _formats("plan"), self.card)
        self.bom = CheckBox(theme, tr("Begin with the mark by which Excel knows UTF-8"), self.card)
        self.columns_title = Text(theme, tr("Columns"), "label", "text-2", self.card)
        self.strip = ProgressStrip(theme, self.card)
        self.cancel = Button(theme, tr("Cancel"), "plain", size="button-dialog", parent=self.card)
        self.go = Button(theme, tr("Choose a file…"), "primary", size="button-dialog", parent=self.card)
        self._columns = QWidget(self.card)
        self.table_format.set_value("csv")
        self.plan_format.set_value("md")
        self._build()
        self._follow()

    # ------------------------------------------------------------ what is asked for

    @property
    def kind(self) -> str:
        """VIEW, SELECTION, CLUSTERS, IDEAS or PLAN."""
        return next(name for name, button in self._kinds.items() if button.isChecked())

    @property
    def form(self) -> str:
        """The format."""
        return str((self.plan_format if self.kind == PLAN else self.table_format).value)

    def fields(self) -> list[str]:
        """Return the chosen columns, in the order of the grid, then those it does not show."""
        order = list(dict.fromkeys([*self._offer.fields, *KEYWORD_FIELDS]))
        return [name for name in order if self._boxes[name].isChecked()]

    def choose(self, kind: str) -> None:
        """Choose what to export as a click would."""
        self._kinds[kind].setChecked(True)
        self._follow()

    def choose_fields(self, names: Sequence[str]) -> None:
        """Choose columns as clicks would."""
        for name, box in self._boxes.items():
            box.setChecked(name in names)
        self._follow()

    # ------------------------------------------------------------ progress

    def show_busy(self, *, busy: bool) -> None:
        """Show progress in the place of the choices, or the choices again."""
        self.strip.setVisible(busy)
        if busy:
            self.cancel.setFocus(Qt.FocusReason.OtherFocusReason)
        self.go.setEnabled(not busy)
        for widget in (*self._kinds.values(), self._columns, self.bom, self.table_format, self.plan_format):
            widget.setEnabled(not busy)
        self._fit()

    def show_progress(self, run: Run) -> None:
        """Say how far it is."""
        share = run.done / run.count if run.count else None
        figures = words.number(run.done)
        if run.count is not None:
            figures = tr("{done} of {all} rows").format(done=figures, all=words.number(run.count))
        self.strip.show_progress(tr("Writing"), figures, share, cancellable=False)

    def reject(self) -> None:
        self.stopped.emit()
        super().reject()

    # ------------------------------------------------------------ building

    def _build(self) -> None:
        body, theme = self.card.body, self._theme
        offer = self._offer
        self._offer_kind(VIEW, tr("The {n} rows of this view, in its order"), offer.shown)
        self._offer_kind(SELECTION, tr("The {n} selected rows"), offer.selected)
        for kind, text in (
            (CLUSTERS, tr("The clusters of {place} with their figures")),
            (IDEAS, tr("The ideas of {place} with their keywords")),
            (PLAN, tr("A plan of {place}: clusters with their keywords, and ideas")),
        ):
            said = text.format(place=offer.place).replace("&", "&&")
            self._kinds[kind] = RadioButton(theme, said, self.card)
            body.addWidget(self._kinds[kind])
        self._kinds[SELECTION if offer.selected > 1 else VIEW].setChecked(True)
        for button in self._kinds.values():
            button.toggled.connect(self._follow)
        body.addSpacing(theme.px(4))
        body.addWidget(self.table_format)
        body.addWidget(self.plan_format)
        body.addWidget(self.bom)
        body.addSpacing(theme.px(4))
        body.addWidget(self.columns_title)
        body.addWidget(self._columns)
        self._fill_columns()
        self.strip.hide()
        body.addWidget(self.strip)
        self.table_format.chosen.connect(self._follow)
        self.plan_format.chosen.connect(self._follow)
        self.add_button(self.cancel, accepts=False)
        self.card.buttons.addWidget(self.go)
        self.go.clicked.connect(self.wanted)
        self.focus_first(self.go)

    def _offer_kind(self, name: str, text: str, count: int) -> None:
        button = RadioButton(self._theme, text.format(n=words.number(count)), self.card)
        button.setEnabled(count > 0)
        self._kinds[name] = button
        self.card.body.addWidget(button)

    def _fill_columns(self) -> None:
        grid = QGridLayout(self._columns)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(self._theme.px(2))
        down = -(-len(KEYWORD_FIELDS) // _ACROSS)
        order = list(dict.fromkeys([*self._offer.fields, *KEYWORD_FIELDS]))
        for place, name in enumerate(order):
            box = CheckBox(self._theme, tr(_TITLES[name]), self._columns)
            box.setChecked(name in self._offer.fields)
            box.toggled.connect(self._follow)
            self._boxes[name] = box
            grid.addWidget(box, place % down, place // down)

    def _follow(self, *_: object) -> None:
        """Show what belongs to the choices."""
        is_plan, has_columns = self.kind == PLAN, self.kind in _ROWS
        self.table_format.setVisible(not is_plan)
        self.plan_format.setVisible(is_plan)
        self.bom.setVisible(not is_plan and self.form == "csv")
        self.columns_title.setVisible(has_columns)
        self._columns.setVisible(has_columns)
        some = not has_columns or bool(self.fields())
        self.go.setEnabled(some)
        self.card.show_note("" if some else tr("Choose at least one column."))
        self._fit()

    def _fit(self) -> None:
        """Take the height of what is shown; a card knows it only once it was laid out anew."""
        self._place()
        QTimer.singleShot(0, self, self._place)


class Exporting(QObject):
    """Carries out what the sheet asks for."""

    def __init__(self, window: MainWindow, theme: Theme) -> None:
        super().__init__(window)
        self._window = window
        self._theme = theme
        self._run: Run | None = None
        self._sheet: ExportSheet | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_PROGRESS_MS)
        self._timer.timeout.connect(self._tell)

    @property
    def is_busy(self) -> bool:
        """Whether a file is being written."""
        return self._run is not None

    def ask(self) -> None:
        """Show the sheet."""
        window = self._window
        columns, table = window.account.columns, window.keywords.table
        if columns is None or self._run is not None:
            return
        keys = table.selected_keys()
        shown = [COLUMNS[place].name for place in window.keywords.grid.shown_columns()]
        fields = [_FIELDS.get(name, name) for name in shown if name != "mark"]
        place = _place_name(window)
        offer = Offer(
            table.count,
            0 if keys is None else len(keys),
            [name for name in fields if name in KEYWORD_FIELDS],
            place,
        )
        sheet = self._sheet = ExportSheet(self._theme, window, offer)
        sheet.wanted.connect(self._choose_file)
        sheet.stopped.connect(self.stop)
        sheet.open()

    def stop(self) -> None:
        """Stop what is being written; no file is left."""
        self._sheet = None
        self._timer.stop()
        if self._run is not None:
            self._run.stopped = True
            self._run = None

    # ------------------------------------------------------------ writing

    def _choose_file(self) -> None:
        sheet = self._sheet
        if sheet is None:
            return
        file = ask_for_file(self._window, _STEMS.get(sheet.kind, "keywords"), sheet.form)
        if file is not None:
            self._start(sheet, file)

    def _start(self, sheet: ExportSheet, file: Path) -> None:
        window = self._window
        bom = sheet.form == "csv" and sheet.kind != PLAN and sheet.bom.isChecked()
        try:
            make = self._rows if sheet.kind in _ROWS else self._whole
            work, run = make(sheet, file, bom=bom)
        except PlannerError as error:
            window.say_error(error)
            return
        self._run = run
        sheet.show_busy(busy=True)
        sheet.show_progress(run)
        self._timer.start()
        future = window.account.desk.background.submit(work)
        window.account.bridge.watch(
            future,
            self,
            lambda rows: self._written(run, sheet, file, rows),
            lambda error: self._broke(run, sheet, error),
        )

    def _rows(self, sheet: ExportSheet, file: Path, *, bom: bool) -> tuple[Callable[[], int], Run]:
        window = self._window
        table, columns = window.keywords.table, window.account.columns
        keys = table.selected_keys() if sheet.kind == SELECTION else table.rows.keys
        assert columns is not None
        wish = ExportWish("keywords", file, sheet.form, columns=sheet.fields(), bom=bom)
        job = window.account.planner.exports.prepare_keys(columns, () if keys is None else keys, wish)
        run = Run(job.rows)
        return lambda: job.write(run.told), run

    def _whole(self, sheet: ExportSheet, file: Path, *, bom: bool) -> tuple[Callable[[], int], Run]:
        window = self._window
        exports, place = window.account.planner.exports, window.place
        site, sector = place.site or None, place.sector or None
        wish = ExportWish(sheet.kind, file, sheet.form, bom=bom, site=site, sector=sector)
        run = Run(None)

        def work() -> int:
            with exports.apart() as mine:
                job = mine.prepare(wish)
                run.count = job.rows
                return job.write(run.told)

        return work, run

    def _tell(self) -> None:
        if self._run is not None and self._sheet is not None:
            self._sheet.show_progress(self._run)

    def _written(self, run: Run, sheet: ExportSheet, file: Path, rows: int) -> None:
        if run is not self._run:
            return
        self._run = None
        self.stop()
        sheet.accept()
        said = {
            CLUSTERS: (tr("cluster is"), tr("clusters are")),
            IDEAS: (tr("idea is"), tr("ideas are")),
        }
        count = words.counted(rows, *said.get(sheet.kind, (tr("keyword is"), tr("keywords are"))))
        text = tr("{rows} in {file}").format(rows=count, file=file.name)
        self._window.toasts.show("done", text, tr("Open the folder"), lambda: _open(file.parent))

    def _broke(self, run: Run, sheet: ExportSheet, error: BaseException) -> None:
        if run is not self._run:
            return
        self._run = None
        self._timer.stop()
        sheet.show_busy(busy=False)
        if not isinstance(error, Stopped):
            self._window.say_error(error)


def ask_for_file(window: QWidget, stem: str, form: str) -> Path | None:
    """Ask where the file goes; None: nowhere. A name without an ending gets the format's."""
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    name, _ = QFileDialog.getSaveFileName(
        window, tr("Export"), str(Path(folder) / f"{stem}.{form}"), f"{_FORMATS[form]} (*.{form})"
    )
    if not name:
        return None
    file = Path(name)
    return file if file.suffix else file.with_name(f"{file.name}.{form}")


def _formats(what: str) -> list[tuple[object, str]]:
    return [(form, _FORMATS[form]) for form in EXPORT_FORMATS[what]]


def _place_name(window: MainWindow) -> str:
    site, sector = switcher.names(window.account.places, window.place)
    return " · ".join(part for part in (site, sector if window.place.sector else "") if part)


def _open(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
