"""What commands print: one JSON document or text; nothing beside it on standard output."""

import io
import json

from planner_desktop.cli.output import PIECE, Output


def output(*, as_json: bool, quiet: bool = False) -> tuple[Output, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Output(as_json=as_json, quiet=quiet, out=out, err=err), out, err


def test_that_a_list_is_one_document_with_rows_and_total() -> None:
    writer, out, err = output(as_json=True)
    rows: list[dict[str, object]] = [{"a": 1, "b": None}, {"a": 2, "b": "ü"}]
    writer.rows(iter(rows), 7, ("a",))
    assert json.loads(out.getvalue()) == {"rows": [{"a": 1, "b": None}, {"a": 2, "b": "ü"}], "total": 7}
    assert err.getvalue() == ""


def test_that_long_lists_written_in_pieces_are_the_same_document() -> None:
    rows = [{"n": number} for number in range(2 * PIECE + 1)]
    writer, out, _ = output(as_json=True)
    writer.rows(iter(rows), len(rows), ("n",))
    assert json.loads(out.getvalue())["rows"] == rows


def test_that_an_empty_list_is_a_document_or_a_notice() -> None:
    writer, out, _ = output(as_json=True)
    writer.rows([], 0, ("a",))
    assert json.loads(out.getvalue()) == {"rows": [], "total": 0}
    writer, out, err = output(as_json=False)
    writer.rows([], 0, ("a",), empty="No sites.")
    assert (out.getvalue(), err.getvalue()) == ("", "No sites.\n")


def test_that_away_from_a_terminal_a_list_is_tab_separated_with_a_heading() -> None:
    writer, out, _ = output(as_json=False)
    writer.rows([{"name": "a\tb", "on": True, "n": None}], 1, ("name", "on", "n"))
    assert out.getvalue() == "name\ton\tn\na b\tyes\t\n"


def test_that_on_a_terminal_a_list_is_a_table_and_brackets_are_kept() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    Output(as_json=False, quiet=False, out=out, err=io.StringIO()).rows([{"name": "[b]desk"}], 1, ("name",))
    assert "[b]desk" in out.getvalue()


def test_that_an_error_is_a_document_on_standard_output_or_sentences_on_standard_error() -> None:
    writer, out, err = output(as_json=True)
    writer.error("code", "What.", "Remedy.")
    assert json.loads(out.getvalue()) == {"error": {"code": "code", "message": "What.", "remedy": "Remedy."}}
    writer, out, err = output(as_json=False)
    writer.error("code", "What.", "Remedy.")
    assert out.getvalue() == ""
    assert err.getvalue() == "planner: What.\nRemedy.\n"


def test_that_on_a_terminal_what_takes_long_says_so_on_standard_error_and_leaves_no_trace() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out, err = io.StringIO(), Terminal()
    with Output(as_json=True, quiet=False, out=out, err=err).busy("Synchronising"):
        pass
    assert out.getvalue() == ""
    writer, _, plain = output(as_json=True)
    with writer.busy("Synchronising"):
        pass
    assert plain.getvalue() == ""


def test_that_quiet_leaves_out_notices() -> None:
    writer, _, err = output(as_json=True, quiet=True)
    writer.notice("a notice")
    assert err.getvalue() == ""
