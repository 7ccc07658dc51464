import pytest

from search.errors import LexiconError
from search.lexicon.newspapers import aliases_of, canonical_source, shipped_aliases


def test_an_alias_stands_for_the_newspapers_name():
    aliases = shipped_aliases()
    assert canonical_source("hespress", aliases) == "هسبريس"
    assert canonical_source("OKAZ", aliases) == "عكاظ"
    assert canonical_source("هسبریس", aliases) == "هسبريس"  # with a Persian letter
    assert canonical_source("جريدة  لا يعرفها أحد\u200f", aliases) == "جريدة لا يعرفها أحد"


def test_an_archives_own_aliases_count_before_the_shipped_ones(tmp_path):
    table = tmp_path / "newspapers.tsv"
    table.write_text("name\taliases\nصدى السهل\tsada | okaz\n", encoding="utf-8")
    aliases = aliases_of(tmp_path)
    assert canonical_source("Sada", aliases) == canonical_source("okaz", aliases) == "صدى السهل"
    assert canonical_source("hespress", aliases) == "هسبريس"
    table.write_text("name\taliases\nأ\tx\nب\tx\n", encoding="utf-8")
    with pytest.raises(LexiconError, match=r"newspapers\.tsv:3: found 'x', which already names أ"):
        aliases_of(tmp_path)
