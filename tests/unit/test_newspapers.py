import pytest

from search.errors import LexiconError
from search.lexicon.newspapers import (
    aliases_of,
    canonical_source,
    shipped_aliases,
    spelling_care,
    stored_sources,
)


def test_an_alias_stands_for_the_newspapers_name():
    aliases = shipped_aliases()
    assert canonical_source("hespress", aliases) == "هسبريس"
    assert canonical_source("OKAZ", aliases) == "عكاظ"
    assert canonical_source("هسبریس", aliases) == "هسبريس"  # with a Persian letter
    assert canonical_source("جريدة  لا يعرفها أحد\u200f", aliases) == "جريدة لا يعرفها أحد"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("www.hespress.com", "هسبريس"),
        ("https://fr.Hespress.com/politique/1.html?x=1", "هسبريس"),
        ("http://www.okaz.com.sa/", "عكاظ"),
        ("okaz.com.sa", "عكاظ"),
        ("www.aljazeera.net", canonical_source("aljazeera.net", shipped_aliases())),
        ("https://www.Sahl.example/a", "sahl.example"),  # of no newspaper that is listed
        ("Sahl24.ma", "Sahl24.ma"),
        ("و.م.ع", "و.م.ع"),
        ("صحيفة السهل. نت", "صحيفة السهل. نت"),
    ],
)
def test_an_address_stands_for_the_newspaper_of_its_host(written, name):
    assert canonical_source(written, shipped_aliases()) == name


def test_the_most_careful_spelling_of_a_name_is_the_greatest():
    for best, *others in (
        ("Sahl Press", "SAHL PRESS", "sahl press"),
        ("أنباء السهل", "انباء السهل", "أنباء السھل"),
        ("صحيفة الوادي", "صحيفه الوادي", "صحیفة الوادی"),
        ("L'Écho", "L'Echo", "l'echo"),
    ):
        assert max((*others, best), key=spelling_care) == best


def test_a_newspaper_of_an_archive_is_meant_by_its_name_a_spelling_or_its_words():
    stored = ["أنباء السهل", "أنباء السهل المسائية", "عكاظ", "Sahl Press"]
    for meant, names in (
        ("أنباء السهل", stored[:1]),
        ("انباء  السھل", stored[:1]),
        ("السهل", stored[:2]),
        ("المسائية", stored[1:2]),
        ("www.okaz.com.sa", ["عكاظ"]),
        ("SAHL-PRESS", ["Sahl Press"]),
        ("الوادي", []),
        ("؟", []),
    ):
        assert stored_sources(meant, stored, shipped_aliases()) == tuple(names), meant


def test_an_archives_own_aliases_count_before_the_shipped_ones(tmp_path):
    table = tmp_path / "newspapers.tsv"
    table.write_text("name\taliases\nصدى السهل\tsada | okaz\n", encoding="utf-8")
    aliases = aliases_of(tmp_path)
    assert canonical_source("Sada", aliases) == canonical_source("okaz", aliases) == "صدى السهل"
    assert canonical_source("hespress", aliases) == "هسبريس"
    table.write_text("name\taliases\nأ\tx\nب\tx\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"newspapers\.tsv:3: found 'x', which already names أ"):
        aliases_of(tmp_path)
