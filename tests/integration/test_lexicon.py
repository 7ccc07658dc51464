"""The lexicon of an archive: its file is checked, and read beside the shipped lexicon."""

import json

import pytest

import indexer.cli
import search.cli
import search.lexicon.cli
from search.errors import LexiconError
from search.language.analysis import terms
from search.lexicon.gazetteer import Gazetteer, read_archive_lexicon
from search.query.expansion import expand
from tests.conftest import write_jsonl
from tests.vocabulary import ListedVocabulary

HEADER = "kind\tar\tfr\ten\taliases\n"
GUILD = "institution\tهيئة صناع الفخار | صناع الفخار\tGuilde des potiers\tPotters' Guild\tGDPX\n"


def check(capsys, path):
    status = search.lexicon.cli.main(["check", str(path)])
    return status, capsys.readouterr().out


def test_the_entries_of_a_sound_lexicon_are_counted_by_kind(tmp_path, capsys):
    path = tmp_path / "lexicon.tsv"
    lines = "person\tفلان الفلاني\tFoulane\n\ndarija\tسيارة\t\t\tطوموبيل | طونوبيل\n\t\t\t\t\n"
    # As a spreadsheet writes it: a byte order mark, carriage returns, an empty row.
    path.write_bytes((HEADER + GUILD + lines).replace("\n", "\r\n").encode("utf-8-sig"))
    status, out = check(capsys, path)
    assert (status, out) == (0, f"{path}: 3 entries (1 person, 1 institution, 1 darija)\n")


def test_every_mistake_is_reported_with_its_line(tmp_path, capsys):
    wrong_lines = [
        (
            "Institution\tمجلس\tconseil\t\t",
            "found the kind 'Institution', expected one of "
            "place, country, person, institution, set_phrase, darija",
        ),
        (
            "place\tالبطحاء\tBatha\t\t\tHay",
            "found 6 cells, expected 5 with tabs between: kind, ar, fr, en, aliases",
        ),
        (
            "place البطحاء Batha",
            "found 1 cell, expected 5 with tabs between: kind, ar, fr, en, aliases",
        ),
        (
            "place\t\tBatha\t\t",
            "found nothing under ar, expected the name that the Arabic press writes",
        ),
        (
            "place\tالبطحاء\t\t\t",
            "found 'البطحاء' alone, expected another name for it under fr, en or aliases",
        ),
        ("place\tBatha\tالبطحاء\t\t", "found 'Batha' under ar, expected names in Arabic letters"),
        ("place\tبطحاء\tBatha\tبطحة\t", "found 'بطحة' under en, expected names in Latin letters"),
        (
            "place\tالبطحاء\tBatha | \t\t",
            "found a name without letters and digits under fr: 'Batha | '",
        ),
        (
            "darija\tسيارة\tvoiture\t\tطوموبيل",
            "expected for darija Moroccan words under aliases, and nothing under fr and en",
        ),
        (GUILD.rstrip("\n"), "found line 2 a second time"),
        (
            "place\tالبط\0حاء\tBatha\t\t",
            "found the control character U+0000, expected only letters",
        ),
        (
            "place\tالبطحاء\tF\udce8s\t\t",  # one byte of Latin-1
            "found byte 0xe8, which is not UTF-8: save the file as UTF-8",
        ),
    ]
    path = tmp_path / "lexicon.tsv"
    text = HEADER + GUILD + "\n".join(line for line, _ in wrong_lines)
    path.write_bytes(text.encode("utf-8", errors="surrogateescape"))
    status, out = check(capsys, path)
    assert status == 1
    lines = out.splitlines()
    for number, (wrong, reason) in enumerate(wrong_lines, start=3):
        assert f"{path}:{number}: {reason}" in lines, wrong
    # Line 8 has its two sides exchanged, which is two mistakes.
    assert len(lines) == len(wrong_lines) + 1


def test_a_file_without_the_header_is_not_a_lexicon(tmp_path, capsys):
    path = tmp_path / "lexicon.tsv"
    for data, quoted in [
        (b"", "''"),
        (GUILD.encode(), repr(GUILD.rstrip("\n")[:60])),
        ((HEADER + GUILD).encode("utf-16"), ""),
    ]:
        path.write_bytes(data)
        status, out = check(capsys, path)
        assert status == 1
        assert out.startswith(f"{path}:1: found {quoted}")
        assert out.endswith("expected the header kind, ar, fr, en, aliases with tabs between\n")
    assert search.lexicon.cli.main(["check", str(tmp_path / "none.tsv")]) == 1
    assert f"{tmp_path / 'none.tsv'} cannot be read: No such file" in capsys.readouterr().err


def test_names_of_the_archive_are_added_to_the_shipped_ones(tmp_path):
    (tmp_path / "lexicon.tsv").write_text(HEADER + GUILD, encoding="utf-8")
    vocabulary = ListedVocabulary(dict.fromkeys(terms("صناع الفخار الحديدية"), 3))
    own = read_archive_lexicon(tmp_path)
    expansion = expand("grève à la Guilde des potiers", vocabulary, own)
    assert expansion.glosses == ("هيئة صناع الفخار",)
    alternatives = {alternative.terms for word in expansion.words for alternative in word}
    assert tuple(terms("صناع الفخار")) in alternatives
    assert own.find_names("ONCF").glosses == ("المكتب الوطني للسكك الحديدية",)
    assert Gazetteer.shipped().find_names("Guilde des potiers").glosses == ()


def test_a_name_of_the_archive_precedes_the_shipped_one(tmp_path):
    own = "institution\tعصبة التنس\tLigue de tennis\t\tONCF\n"
    (tmp_path / "lexicon.tsv").write_text(HEADER + own, encoding="utf-8")
    assert read_archive_lexicon(tmp_path).find_names("ONCF").glosses == ("عصبة التنس",)


def test_an_archive_without_a_lexicon_has_the_shipped_names(tmp_path):
    assert read_archive_lexicon(tmp_path) is Gazetteer.shipped()


def test_an_archive_with_a_broken_lexicon_names_the_file_and_the_line(tmp_path):
    path = tmp_path / "lexicon.tsv"
    path.write_text(HEADER + GUILD + "place\tBatha\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"lexicon\.tsv:3: found 'Batha' alone"):
        read_archive_lexicon(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(LexiconError, match=r"lexicon\.tsv cannot be read: Is a directory"):
        read_archive_lexicon(tmp_path)


def test_a_lexicon_in_the_folder_is_used_by_searches_and_kept_by_commands(tmp_path, capsys):
    articles = [
        {"title": "رابطة صناع الفخار تنظم معرضها", "body": "افتتح المعرض صباح أمس في الساحة."},
        {"title": "سوق الخضر", "body": "ارتفع ثمن الطماطم في السوق.", "source": "ملاعبنا"},
    ]
    dump, archive = write_jsonl(tmp_path / "dump.jsonl", articles), tmp_path / "archive"
    archive.mkdir()
    lexicon = archive / "lexicon.tsv"  # written before the archive exists
    lexicon.write_text(HEADER + GUILD, encoding="utf-8")
    for command in (["add", str(dump)], ["remove", "--source", "ملاعبنا"], ["compact"], ["check"]):
        assert indexer.cli.main([*command, "--archive", str(archive)]) == 0, command
    assert lexicon.read_text(encoding="utf-8") == HEADER + GUILD
    capsys.readouterr()
    query = ["Guilde des potiers", "--archive", str(archive), "--mode", "lexical", "--json"]
    assert search.cli.main(query) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert [hit["title"] for hit in hits] == ["رابطة صناع الفخار تنظم معرضها"]
    lexicon.write_text(HEADER + "town\tالبطحاء\tBatha\t\t\n", encoding="utf-8")
    assert indexer.cli.main(["check", "--archive", str(archive)]) == 1
    assert capsys.readouterr().out.startswith("lexicon.tsv:2: found the kind 'town', expected one")
