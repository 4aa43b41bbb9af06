"""The side-car file: a cache that is used when it fits, ignored when it does not, and missed by nobody."""

import json
import os
import zlib
from pathlib import Path

import pytest

from planner_core.query import parse, parse_sort
from planner_desktop.columns import KeywordColumns, sidecar

from .reference import Reference, Row, RowSource

ORDER = parse_sort("-volume")


def shop(count: int = 300) -> RowSource:
    return RowSource.of(
        *(
            Row(
                key,
                f"standing desk {key % 17} größe",
                seed_volume=key * 7 % 100,
                cluster=key % 3 or None,
                country="US",
            )
            for key in range(1, count + 1)
        )
    )


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "columns.cache"


@pytest.fixture
def source(path: Path) -> RowSource:
    """A source whose columns are kept in the file, with an order of each kind."""
    source = shop()
    columns = KeywordColumns.load(source)
    columns.select(order=ORDER)
    columns.select(order=parse_sort("keyword"))
    assert columns.save(path)
    return source


def opened_without_loading(path: Path, source: RowSource) -> KeywordColumns | None:
    """Open, and return the columns if the source was not asked for rows."""
    before = source.reads
    columns = KeywordColumns.open(path, source)
    assert columns.differences(source) == []
    source.reads -= 1  # by the comparison
    return columns if source.reads == before else None


def test_a_file_with_the_source_s_stamp_replaces_loading(path: Path, source: RowSource) -> None:
    columns = opened_without_loading(path, source)
    assert columns is not None
    assert columns.stamp == source.stamp()
    reference = Reference(source)
    for line in ["", "desk", '"desk 3"', "größe volume:>50", "cluster:none"]:
        for by in ["", "-volume", "keyword", "-keyword,volume", "cluster"]:
            query, order = parse(line), parse_sort(by)
            assert columns.select(query, order).tolist() == reference.select(query, order)


def test_mapped_columns_can_be_changed_without_touching_the_file(path: Path, source: RowSource) -> None:
    before = path.read_bytes()
    columns = KeywordColumns.open(path, source)
    source.edit(7, status=1, keyword="bookcase")
    source.change([Row(5000, "new")], [9])
    columns.apply(source, [7, 5000], [9])
    assert columns.differences(source) == []
    assert columns.select(parse("bookcase")).tolist() == [7]
    assert path.read_bytes() == before
    assert columns.save(path)
    assert opened_without_loading(path, source) is not None


def test_a_file_of_an_older_commit_or_another_replica_is_not_used(path: Path, source: RowSource) -> None:
    source.commit += 1
    assert opened_without_loading(path, source) is None
    source.commit -= 1
    source.file_id = "another"
    assert opened_without_loading(path, source) is None


def test_deleting_the_file_loses_nothing(path: Path, source: RowSource) -> None:
    path.unlink()
    assert opened_without_loading(path, source) is None


@pytest.mark.parametrize("keep", [0, 5, 15, 200, 0.5, 0.999])
def test_a_file_that_is_cut_off_is_not_used(path: Path, source: RowSource, keep: float) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: keep if isinstance(keep, int) else int(len(whole) * keep)])
    assert opened_without_loading(path, source) is None


def test_a_file_with_more_at_its_end_is_not_used(path: Path, source: RowSource) -> None:
    path.write_bytes(path.read_bytes() + b"\0")
    assert opened_without_loading(path, source) is None


def test_any_altered_byte_of_a_section_is_noticed(path: Path, source: RowSource) -> None:
    whole = path.read_bytes()
    used = 0
    for at in range(0, len(whole), 499):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x40]) + whole[at + 1 :])
        if opened_without_loading(path, source) is not None:
            used += 1
            assert whole[at] == 0  # the padding between sections belongs to nobody
    assert used < 10


def test_a_file_of_another_version_is_not_used(
    path: Path, source: RowSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sidecar, "FORMAT", sidecar.FORMAT + 1)
    assert opened_without_loading(path, source) is None


def test_a_sound_header_with_nonsense_in_it_is_not_used(path: Path, source: RowSource) -> None:
    header = json.dumps({"format": sidecar.FORMAT}).encode()
    frame = sidecar.MAGIC + len(header).to_bytes(4, "little") + zlib.crc32(header).to_bytes(4, "little")
    path.write_bytes(frame + header)
    assert opened_without_loading(path, source) is None


def test_a_folder_in_its_place_is_not_used_and_not_replaced(tmp_path: Path) -> None:
    source = shop(3)
    columns = KeywordColumns.open(tmp_path, source)
    assert not columns.save(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_leaves_the_older_one_and_no_rest(
    path: Path, source: RowSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = path.read_bytes()
    columns = KeywordColumns.open(path, source)

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sidecar, "_write_sections", full_disk)
    assert not columns.save(path)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]
    assert not columns.save(path.parent / "absent" / "columns.cache")


@pytest.mark.skipif(os.name != "posix", reason="permission bits are those of POSIX")
def test_only_the_owner_may_read_the_file(path: Path, source: RowSource) -> None:
    assert path.stat().st_mode & 0o077 == 0


def test_an_empty_profile_is_kept_too(path: Path) -> None:
    source = RowSource()
    assert KeywordColumns.load(source).save(path)
    columns = opened_without_loading(path, source)
    assert columns is not None
    assert columns.count() == 0


def test_rows_without_a_kept_order_are_sorted_again(path: Path) -> None:
    source = shop()
    columns = KeywordColumns.load(source)
    columns.select(order=ORDER)
    source.edit(3, volume_override=99999)
    columns.apply(source, [3])
    assert columns.save(path)
    reopened = opened_without_loading(path, source)
    assert reopened is not None
    assert reopened.select(order=ORDER)[0] == 3
