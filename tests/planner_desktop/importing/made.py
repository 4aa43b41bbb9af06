"""Export files made in code: small ones of every tool, and workbooks with any sheet one likes."""

import csv
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from planner_desktop.importing import Choices, ImportPlan, Origin, plan_import

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

Cell = str | int | float | bool | None


def table(
    rows: Iterable[Sequence[object]], *, delimiter: str = ",", end: str = "\n", quote_all: bool = False
) -> str:
    """Rows as delimited text."""
    out = io.StringIO()
    options: Any = {"delimiter": delimiter, "lineterminator": end}
    csv.writer(out, quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL, **options).writerows(rows)
    return out.getvalue()


def plan_of(text: str | bytes, folder: Path, name: str = "list.csv", **chosen: Any) -> ImportPlan:
    """The plan of one file with this content."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    choices = Choices(**chosen)
    return plan_import([Origin.file(path)], choices={"": choices})


def workbook(
    path: Path,
    sheets: Mapping[str, str | Sequence[Sequence[Cell]]],
    *,
    hidden: Sequence[str] = (),
    more: Mapping[str, bytes] | None = None,
) -> Path:
    """Write a workbook; a sheet is its rows, or the XML inside of sheetData."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}"/></Types>',
        )
        package.writestr("_rels/.rels", _relations({"rId1": ("officeDocument", "xl/workbook.xml")}))
        states = ("visible", "hidden")
        names = "".join(
            f'<sheet name={quoteattr(name)} sheetId="{number}" r:id="rId{number}" state="{states[name in hidden]}"/>'
            for number, name in enumerate(sheets, 1)
        )
        package.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{names}</sheets></workbook>',
        )
        parts = {
            f"rId{number}": ("worksheet", f"worksheets/sheet{number}.xml")
            for number in range(1, len(sheets) + 1)
        }
        package.writestr("xl/_rels/workbook.xml.rels", _relations(parts))
        for number, sheet in enumerate(sheets.values(), 1):
            body = (
                sheet if isinstance(sheet, str) else "".join(_row(at, row) for at, row in enumerate(sheet, 1))
            )
            package.writestr(
                f"xl/worksheets/sheet{number}.xml",
                f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>',
            )
        for name, data in (more or {}).items():
            package.writestr(name, data)
    return path


def _relations(parts: Mapping[str, tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{key}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for key, (kind, target) in parts.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{inner}</Relationships>'


def _row(number: int, cells: Sequence[Cell]) -> str:
    return (
        f'<row r="{number}">' + "".join(_cell(number, at, cell) for at, cell in enumerate(cells)) + "</row>"
    )


def _cell(row: int, column: int, cell: Cell) -> str:
    name = f"{chr(65 + column)}{row}"
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return f'<c r="{name}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, int | float):
        return f'<c r="{name}"><v>{cell}</v></c>'
    return f'<c r="{name}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
