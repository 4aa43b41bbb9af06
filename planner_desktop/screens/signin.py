"""Signing in: the page of a first start, and the sheet when the platform no longer knows who we are."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from planner_desktop.app.desk import Desk
from planner_desktop.app.profile import AccountEntry
from planner_desktop.bridge import Bridge
from planner_desktop.widgets.buttons import Button
from planner_desktop.widgets.dialogs import Sheet
from planner_desktop.widgets.fields import Labelled, LineField
from planner_desktop.widgets.text import Ground, Text
from planner_desktop.widgets.theme import Theme
from sync.errors import PlannerError, SignInNeeded, WrongUrl


def tr(text: str) -> str:
    return QCoreApplication.translate("SignIn", text)


class SignInForm(QWidget):
    """Server, e-mail, password, and the button. What goes wrong is said at the field that has to be mended."""

    signed_in = Signal(object)
    """The AccountEntry."""

    def __init__(self, theme: Theme, desk: Desk, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self._bridge = bridge
        self.server = LineField(theme, tr("Platform"), "https://", self)
        self.email = LineField(theme, tr("E-mail"), "", self)
        self.password = LineField(theme, tr("Password"), "", self)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self._boxes = [
            Labelled(theme, field.accessibleName(), field, self)
            for field in (self.server, self.email, self.password)
        ]
        self._trouble = Text(theme, "", "small", "error", self)
        self._trouble.setWordWrap(True)
        self._trouble.hide()
        self.button = Button(theme, tr("Sign in"), "primary", size="button-dialog", parent=self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.px(12))
        for box in self._boxes:
            column.addWidget(box)
        column.addWidget(self._trouble)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        column.addLayout(row)
        self.button.clicked.connect(self.submit)
        for field in (self.server, self.email, self.password):
            field.returnPressed.connect(self.submit)

    def show_account(self, entry: AccountEntry | None) -> None:
        """Fill in what is known."""
        if entry is not None:
            self.server.setText(entry.server)
            self.email.setText(entry.email)

    def focus_field(self) -> QLineEdit:
        """Return the first field that is still empty."""
        fields = (self.server, self.email, self.password)
        return next((field for field in fields if not field.text()), self.password)

    def submit(self) -> None:
        """Sign in with what the fields hold."""
        self._say("")
        for box in self._boxes:
            box.set_error("")
        missing = (tr("Where is the platform?"), tr("Which e-mail?"), tr("Which password?"))
        for box, question in zip(self._boxes, missing, strict=True):
            if isinstance(box.control, LineField) and not box.control.text().strip():
                box.set_error(question)
                box.control.setFocus(Qt.FocusReason.OtherFocusReason)
                return
        self._wait(waiting=True)
        future = self._desk.sign_in(
            self.server.text().strip(), self.email.text().strip(), self.password.text()
        )
        self._bridge.watch(future, self, self._welcome, self._refused)

    def _welcome(self, entry: AccountEntry) -> None:
        self._wait(waiting=False)
        self.password.clear()
        self.signed_in.emit(entry)

    def _refused(self, error: BaseException) -> None:
        self._wait(waiting=False)
        if isinstance(error, SignInNeeded):
            self._point_at(self.password)
        elif isinstance(error, WrongUrl):
            self._point_at(self.server)
        if isinstance(error, PlannerError):
            self._say(f"{error.message} {error.remedy}".strip())
        else:
            self._say(tr("This is a fault of the program: {error}").format(error=repr(error)))

    @staticmethod
    def _point_at(field: LineField) -> None:
        field.set_invalid(invalid=True)
        field.setFocus(Qt.FocusReason.OtherFocusReason)
        field.selectAll()

    def _say(self, text: str) -> None:
        self._trouble.setText(text)
        self._trouble.setVisible(bool(text))

    def _wait(self, *, waiting: bool) -> None:
        self.button.setEnabled(not waiting)
        self.button.setText(tr("Signing in…") if waiting else tr("Sign in"))


class FirstStart(Ground):
    """The whole window while there is no account."""

    def __init__(self, theme: Theme, desk: Desk, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(theme, "canvas", parent)
        self.form = SignInForm(theme, desk, bridge, self)
        self.form.setFixedWidth(theme.px(360))
        middle = Qt.AlignmentFlag.AlignHCenter
        column = QVBoxLayout(self)
        column.setSpacing(theme.px(4))
        column.addStretch(2)
        column.addWidget(Text(theme, tr("Planner"), "display", "text", self), 0, middle)
        for sentence in (
            tr("Your keywords on this computer, with or without a network."),
            tr("What you change is kept here, and sent when it can be."),
        ):
            column.addWidget(Text(theme, sentence, "body", "text-2", self), 0, middle)
        column.addSpacing(theme.px(20))
        # Between stretches, not aligned: an aligned widget keeps the height it had before a message came in.
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.form)
        row.addStretch(1)
        column.addLayout(row)
        column.addStretch(3)


def sign_in_sheet(
    theme: Theme, window: QWidget, desk: Desk, bridge: Bridge, entry: AccountEntry | None, waiting: str
) -> tuple[Sheet, SignInForm]:
    """Return the sheet to sign in again, not yet open. `waiting` says what is kept meanwhile."""
    sentence = tr("The platform wants to know again who you are.") if entry is not None else ""
    sheet = Sheet(theme, window, tr("Sign in"), f"{sentence} {waiting}".strip(), width=420)
    form = SignInForm(theme, desk, bridge, sheet.card)
    form.show_account(entry)
    sheet.card.body.addWidget(form)
    sheet.focus_first(form.focus_field())
    form.signed_in.connect(sheet.accept)
    return sheet, form
