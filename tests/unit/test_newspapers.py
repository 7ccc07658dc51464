import pytest

from search.errors import LexiconError
from search.lexicon.newspapers import (
    aliases_of,
    canonical_source,
    shipped_aliases,
    spelling_care,
    stored_sources,
)


def test_an_alias_or_an_address_is_replaced_by_the_name_of_the_newspaper():
    expected = {
        "hespress": "هسبريس",
        "OKAZ": "عكاظ",
        "هسبریس": "هسبريس",  # with a Persian letter
        "جريدة  لا يعرفها أحد\u200f": "جريدة لا يعرفها أحد",
        "www.hespress.com": "هسبريس",
        "https://fr.Hespress.com/politique/1.html?x=1": "هسبريس",
        "http://www.okaz.com.sa/": "عكاظ",
        "okaz.com.sa": "عكاظ",
        "https://www.Sahl.example/a": "sahl.example",  # the host of an unlisted newspaper
        "Sahl24.ma": "Sahl24.ma",
        "و.م.ع": "و.م.ع",
        "صحيفة السهل. نت": "صحيفة السهل. نت",
    }
    aliases = shipped_aliases()
    assert {written: canonical_source(written, aliases) for written in expected} == expected
    aljazeera = [canonical_source(host, aliases) for host in ("www.aljazeera.net", "aljazeera.net")]
    assert len(set(aljazeera)) == 1


def test_the_most_careful_spelling_of_a_name_ranks_highest():
    for best, *others in (
        ("Sahl Press", "SAHL PRESS", "sahl press"),
        ("أنباء السهل", "انباء السهل", "أنباء السھل"),
        ("صحيفة الوادي", "صحيفه الوادي", "صحیفة الوادی"),
        ("L'Écho", "L'Echo", "l'echo"),
    ):
        assert max((*others, best), key=spelling_care) == best


def test_a_newspaper_of_an_archive_is_found_by_its_name_a_spelling_or_some_of_its_words():
    stored = ("أنباء السهل", "أنباء السهل المسائية", "عكاظ", "Sahl Press")
    expected = {
        "أنباء السهل": stored[:1],
        "انباء  السھل": stored[:1],
        "السهل": stored[:2],
        "المسائية": stored[1:2],
        "www.okaz.com.sa": ("عكاظ",),
        "SAHL-PRESS": ("Sahl Press",),
        "الوادي": (),
        "أنباء الوادي": (),  # no name has both words
        "؟": (),
    }
    aliases = shipped_aliases()
    assert {typed: stored_sources(typed, stored, aliases) for typed in expected} == expected


def test_aliases_of_the_archive_go_before_shipped_aliases(tmp_path):
    table = tmp_path / "newspapers.tsv"
    table.write_text("name\taliases\nصدى السهل\tsada | okaz\n", encoding="utf-8")
    aliases = aliases_of(tmp_path)
    assert canonical_source("Sada", aliases) == canonical_source("okaz", aliases) == "صدى السهل"
    assert canonical_source("hespress", aliases) == "هسبريس"


def test_an_alias_of_two_newspapers_is_refused_with_its_line(tmp_path):
    table = tmp_path / "newspapers.tsv"
    table.write_text("name\taliases\nأ\tx\nب\tx\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"newspapers\.tsv:3: found 'x', which already names أ"):
        aliases_of(tmp_path)
