"""Indexing: a dump becomes a committed archive, and no record is lost or stored twice."""

import gzip
import json
import sqlite3
from contextlib import closing
from datetime import date

import pytest

from indexer.ingest import add_dumps
from indexer.readers.dumps import DumpError
from search.engine import SearchEngine
from search.errors import ArchiveError, EncoderError
from search.index.local.folder import DATABASE
from search.index.opening import open_index
from search.records import Mode, Query
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder

PAGE = (
    "خبر أول    خبر ثان    خبر أول\n\nشكرا على الإبلاغ!\n\n"
    "عنوان المقال\nنشر في جريدة يوم 01 - 02 - 2019\n\n"
    "نص المقال عن السد.\n\nانقر هنا لقراءة الخبر من مصدره."
)


def add(archive, *paths, encoder=None, captured_on=None, on_step=None):
    return add_dumps(
        [str(path) for path in paths],
        archive,
        encoder or NgramEncoder(),
        captured_on=captured_on,
        show_progress=False,
        on_step=on_step,
    )


def stored(archive):
    with closing(sqlite3.connect(archive / DATABASE)) as db:
        return db.execute(
            "SELECT doc_id, kind, title, body, day FROM documents ORDER BY row"
        ).fetchall()


def titles(archive, text, mode=Mode.LEXICAL):
    page = SearchEngine.open(archive, load=NgramEncoder).search(Query(text, mode))
    return [hit.document.title for hit in page.hits]


def test_every_record_is_in_one_count_of_the_report(tmp_path):
    report = add(tmp_path / "a", TINY_DUMP)
    assert report.as_json() | {"seconds": 0} == {
        "files": 1,
        "articles": 13,
        "headlines": 4,
        "duplicates": 0,
        "near_duplicates": 1,  # t3 has the text of t2
        "updated": 0,
        "rejected": {},
        "notes": {},
        "passages": 18,
        "seconds": 0,
        "total": 18,
    }
    assert open_index(tmp_path / "a").check() == []


def test_a_second_run_adds_nothing(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    before = stored(tmp_path / "a")
    report = add(tmp_path / "a", TINY_DUMP)
    assert (report.articles, report.headlines, report.passages) == (0, 0, 0)
    assert (report.duplicates, report.total) == (18, 18)
    assert stored(tmp_path / "a") == before


def test_a_page_yields_each_headline_once_with_the_day_of_its_capture(tmp_path):
    (tmp_path / "page.txt").write_text(PAGE, encoding="utf-8")
    report = add(tmp_path / "a", tmp_path / "page.txt", captured_on=date(2026, 3, 20))
    assert (report.articles, report.headlines, report.duplicates) == (1, 2, 1)
    assert [(kind, title, day) for _, kind, title, _, day in stored(tmp_path / "a")] == [
        ("headline", "خبر أول", "2026-03-20"),
        ("headline", "خبر ثان", "2026-03-20"),
        ("article", "عنوان المقال", "2019-02-01"),
    ]


def test_a_changed_body_replaces_the_old_one_and_its_words(tmp_path):
    dump = tmp_path / "dump.jsonl"
    write_jsonl(dump, [{"id": "1", "title": "خبر", "body": "قطار سريع بين المدن"}])
    add(tmp_path / "a", dump)
    write_jsonl(dump, [{"id": "1", "title": "خبر", "body": "باخرة كبيرة في الميناء"}])
    report = add(tmp_path / "a", dump)
    assert (report.updated, report.articles, report.total) == (1, 0, 1)
    assert titles(tmp_path / "a", "باخرة") == ["خبر"]
    assert titles(tmp_path / "a", "قطار") == []
    assert titles(tmp_path / "a", "قطار", Mode.SEMANTIC) == ["خبر"]  # the only document there is
    assert open_index(tmp_path / "a").check() == []


def test_of_two_versions_in_one_dump_the_last_is_stored(tmp_path):
    dump = write_jsonl(
        tmp_path / "dump.jsonl",
        [
            {"id": "1", "title": "أ", "body": "نص قديم"},
            {"id": "1", "title": "أ", "body": "نص جديد"},
        ],
    )
    report = add(tmp_path / "a", dump)
    assert (report.articles, report.updated, report.total) == (1, 1, 1)
    assert [body for _, _, _, body, _ in stored(tmp_path / "a")] == ["نص جديد"]


def test_copies_stay_linked_when_the_first_of_them_changes(tmp_path):
    text = "نص واحد تنقله الجرائد عن بعضها"
    copies = [{"id": str(n), "title": f"عنوان {n}", "body": text} for n in range(3)]
    report = add(tmp_path / "a", write_jsonl(tmp_path / "1.jsonl", copies))
    assert (report.articles, report.near_duplicates) == (1, 2)
    first = SearchEngine.open(tmp_path / "a", load=NgramEncoder).search(Query(text)).hits[0]
    [number] = [n for n in range(3) if first.document.title == f"عنوان {n}"]
    changed = [{**copies[number], "body": "نص آخر تماما عن السوق", "date": "2020-01-02"}]
    add(tmp_path / "a", write_jsonl(tmp_path / "2.jsonl", changed))
    page = SearchEngine.open(tmp_path / "a", load=NgramEncoder).search(Query(text, Mode.LEXICAL))
    assert len(page.hits[0].copies) == 1
    assert page.hits[0].document.body == text
    assert open_index(tmp_path / "a").check() == []


REASON_BY_BAD_FILE = {
    ("empty.txt", b""): "empty",
    ("blank.jsonl", b" \n\n"): "empty",
    ("image.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"): "binary: no known dump format",
    ("noise.txt", b"\xd8\xe9\xff\xc7 \xfe\xe4\xd9a\xe9\xd8"): "text in no known encoding",
    ("prose.txt", "نص عادي".encode()): "neither a headline nor an article",
    ("cut.jsonl.gz", gzip.compress(b'{"title": "x"}\n' * 5000)[:15]): "gzip cut off or damaged",
    ("damaged.gz", b"\x1f\x8b\x08\x00garbage"): "gzip cut off or damaged",
}


def test_a_bad_file_is_rejected_with_its_reason_and_changes_nothing(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    before = stored(tmp_path / "a")
    rejected = {}
    for name, content in REASON_BY_BAD_FILE:
        (tmp_path / name).write_bytes(content)
        rejected[name, content] = add(tmp_path / "a", tmp_path / name).rejected
    assert rejected == {file: {reason: 1} for file, reason in REASON_BY_BAD_FILE.items()}
    assert stored(tmp_path / "a") == before


def test_records_before_a_cut_are_kept(tmp_path):
    lines = b"".join(json.dumps({"title": f"خبر رقم {n}"}).encode() + b"\n" for n in range(2000))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(lines)[:-200])
    report = add(tmp_path / "a", tmp_path / "cut.jsonl.gz")
    assert report.rejected == {"gzip cut off or damaged": 1}
    assert 1000 < report.headlines < 2000
    assert report.total == report.headlines


def test_a_missing_path_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(DumpError, match=r"no file or folder at .*nowhere"):
        add(tmp_path / "a", TINY_DUMP, tmp_path / "nowhere")
    assert not (tmp_path / "a").exists()


def test_an_archive_of_another_encoder_is_refused(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    with pytest.raises(EncoderError, match=r"built with encoder test-ngrams .* was given other"):
        add(tmp_path / "a", TINY_DUMP, encoder=NgramEncoder("other"))
    with pytest.raises(EncoderError, match="indexer reencode --archive … --encoder other"):
        SearchEngine.open(tmp_path / "a", load=lambda name: NgramEncoder("other"))


def test_an_archive_of_another_format_version_is_refused(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    for version, message in ((99, "use a newer arshif"), (0, "into a new archive")):
        with closing(sqlite3.connect(tmp_path / "a" / DATABASE)) as db:
            db.execute(f"PRAGMA user_version = {version}")
        with pytest.raises(ArchiveError, match=message):
            open_index(tmp_path / "a").open()
        with pytest.raises(ArchiveError, match=message):
            add(tmp_path / "a", TINY_DUMP)


def test_a_folder_with_other_files_does_not_become_an_archive(tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("x")
    with pytest.raises(ArchiveError, match=r"holds other files \(dear.txt\)"):
        add(tmp_path / "letters", TINY_DUMP)
    assert [path.name for path in (tmp_path / "letters").iterdir()] == ["dear.txt"]


def test_a_second_writer_is_refused_while_the_first_writes(tmp_path):
    with (
        open_index(tmp_path / "a").writer(NgramEncoder().identity),
        pytest.raises(ArchiveError, match="another program is writing"),
    ):
        add(tmp_path / "a", TINY_DUMP)
    assert add(tmp_path / "a", TINY_DUMP).total == 18


class KilledError(BaseException):
    """Stands for the end of the process between two steps of a commit."""


COMMITTED_AFTER = {
    "rows": False,
    "segment": False,
    "lexical": False,
    "named": False,
    "committed": True,
    "removals": True,
}


def test_a_run_killed_within_a_commit_leaves_the_state_before_or_after_it(tmp_path):
    dump = [{"id": str(n), "title": f"خبر {n}", "body": f"نص عن الموضوع {n}"} for n in range(6)]
    changed = [*dump[:2], {**dump[2], "body": "نص بدله صاحبه بعد ذلك"}, *dump[3:]]
    first = write_jsonl(tmp_path / "1.jsonl", dump[:3])
    second = write_jsonl(tmp_path / "2.jsonl", changed)
    add(tmp_path / "undisturbed", first, second)

    def contents(archive):
        queries = ("نص", "بدله", "الموضوع 4")
        return sorted(stored(archive)), [sorted(titles(archive, query)) for query in queries]

    is_committed = {}
    for last_step in COMMITTED_AFTER:
        archive = tmp_path / last_step
        add(archive, first)
        before = stored(archive)

        def kill(step, last_step=last_step):
            if step == last_step:
                raise KilledError

        with pytest.raises(KilledError):
            add(archive, second, on_step=kill)
        is_committed[last_step] = stored(archive) != before
        assert open_index(archive).check() == [], last_step
        assert "خبر 0" in titles(archive, "خبر"), last_step
        add(archive, second)
        assert contents(archive) == contents(tmp_path / "undisturbed"), last_step
        assert open_index(archive).check() == [], last_step
    assert is_committed == COMMITTED_AFTER


def test_check_names_a_segment_that_is_changed_cut_or_missing(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    [segment] = (tmp_path / "a" / "segments").iterdir()
    sound = segment.read_bytes()
    segment.write_bytes(sound[:-900] + bytes([sound[-900] ^ 1]) + sound[-899:])
    [fault] = open_index(tmp_path / "a").check()
    assert fault.startswith(f"segments/{segment.name} is not what was written: its digest differs")
    segment.write_bytes(sound[:-5])
    cut = f"has {len(sound) - 5} bytes, {len(sound)} were written"
    assert cut in open_index(tmp_path / "a").check()[0]
    with pytest.raises(ArchiveError, match=cut):
        SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    segment.unlink()
    assert f"{segment.name} is missing" in open_index(tmp_path / "a").check()[0]


def test_a_database_overwritten_with_noise_is_refused(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    (tmp_path / "a" / DATABASE).write_bytes(b"noise" * 1000)
    with pytest.raises(ArchiveError, match=f"{DATABASE}: file is not a database"):
        open_index(tmp_path / "a").open()


def test_the_next_run_removes_the_files_of_a_crashed_one(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    leftover = tmp_path / "a" / "segments" / "00000099.faiss"
    leftover.write_bytes(b"half")
    add(tmp_path / "a", TINY_DUMP)
    assert not leftover.exists()
