"""The word pieces of passages on disk: read as written, and damage is found."""

import numpy as np
import pytest

from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.errors import ArchiveError
from search.index.local.segments.pieces import PieceFile, PieceStore, write_pieces
from search.index.opening import open_index
from tests.conftest import write_jsonl


def arrays(*lists):
    return [np.array(numbers, np.uint32) for numbers in lists]


def test_pieces_are_read_from_several_files_in_any_order(tmp_path):
    first = write_pieces(tmp_path, "1.pieces", np.array([2, 5, 7]), arrays([9, 1], [], [70_000]))
    second = write_pieces(tmp_path, "2.pieces", np.array([8]), arrays([3]))
    store = PieceStore(PieceFile(tmp_path, file) for file in (first, second))
    lists = store.of(np.array([8, 7, 6, 5, 2])).split()
    assert [pieces.tolist() for pieces in lists] == [[3], [70_000], [], [], [9, 1]]
    assert store.of(np.empty(0, np.int64)).split() == []


def test_a_file_of_another_length_or_layout_is_refused(tmp_path):
    file = write_pieces(tmp_path, "1.pieces", np.array([2, 5]), arrays([9, 1], [4]))
    whole = (tmp_path / "1.pieces").read_bytes()
    (tmp_path / "1.pieces").write_bytes(whole[:-4])
    with pytest.raises(ArchiveError, match="has 48 bytes, 52 were written"):
        PieceFile(tmp_path, file)
    (tmp_path / "1.pieces").write_bytes(bytes(len(whole)))
    with pytest.raises(ArchiveError, match="holds 3 pieces, expected 0"):
        PieceFile(tmp_path, file)


@pytest.fixture
def archive(tmp_path):
    records = [
        {"title": "افتتاح سد", "body": "افتتح الوزير السد الجديد قرب المدينة.", "source": "جريدة"},
        {"title": "نهائي الكأس", "body": "فاز الفريق بالكأس أمام جمهور كبير."},
    ]
    dump = write_jsonl(tmp_path / "dump.jsonl", records)
    add_dumps([str(dump)], tmp_path / "a", load_encoder(), captured_on=None, show_progress=False)
    return tmp_path / "a"


def test_a_passage_keeps_its_pieces_through_removals_and_compaction(archive):
    encoder = load_encoder()
    [expected] = encoder.pieces.counter.tokenise(
        ["نهائي الكأس\nفاز الفريق بالكأس أمام جمهور كبير."]
    )
    for prepare in (
        lambda: None,
        lambda: open_index(archive).remove_source("جريدة"),
        lambda: open_index(archive).compact(),
    ):
        prepare()
        index = open_index(archive).open()
        [(last, _)] = index.titles(1)
        surroundings = index.tokens(index.passages_of(last), 0)
        assert set(surroundings.tokens.pieces.tolist()) == set(expected)
        assert open_index(archive).check() == []


def test_check_finds_a_changed_byte(archive):
    [path] = (archive / "segments").glob("*.pieces")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"\xff")
    assert open_index(archive).check() == [
        f"segments/{path.name} is not what was written: its digest differs; restore it, or index"
        " the dumps into a new archive"
    ]


def test_a_file_cut_short_while_it_is_open_is_an_error(tmp_path):
    file = write_pieces(tmp_path, "1.pieces", np.array([2, 5]), arrays([9, 1], [4]))
    store = PieceStore([PieceFile(tmp_path, file)])
    (tmp_path / "1.pieces").write_bytes((tmp_path / "1.pieces").read_bytes()[:-4])
    assert store.of(np.array([2])).pieces.tolist() == [9, 1]
    with pytest.raises(ArchiveError, match="was cut short while it was open"):
        store.of(np.array([2, 5]))
