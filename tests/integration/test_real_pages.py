"""Real pages of newspapers, from the optional data folder that ARSHIF_DATA names."""

import json
import os
from datetime import date
from pathlib import Path

import pytest

from indexer.readers.dumps import read_dump
from indexer.readers.origin import Origin
from search.records import Document, Kind

DATA = Path(os.environ.get("ARSHIF_DATA", "/nonexistent"))
PAGES = DATA / "html"
pytestmark = pytest.mark.skipif(not PAGES.is_dir(), reason="ARSHIF_DATA names no folder with html/")

DAYS = {
    "assabah_com_tn": date(2019, 2, 8),
    "cnn_arabic_goose": date(2013, 8, 4),
    "cnn_arabic_newspaper": date(2013, 8, 28),
    "lbcgroup_2026": date(2026, 1, 8),
    "rsscrawler_JA-culture-1-20170225": date(2017, 2, 25),
    "rsscrawler_JA-diverse-1-20170302": date(2017, 3, 2),
    "rsscrawler_JA-economy-1-20170302": date(2017, 3, 2),
    "rsscrawler_JA-internationalNews-1-20140526": date(2014, 5, 26),
    "rsscrawler_JA-localNews-1-20170302": date(2017, 3, 2),
    "rsscrawler_JA-politic-1-20170302": date(2017, 3, 2),
    "rsscrawler_JA-society-1-20170302": date(2017, 3, 2),
    "rsscrawler_JA-sport-1-20170302": date(2017, 3, 2),
    "rsscrawler_JA-technology-1-20170301": date(2017, 3, 1),
}


def article(name: str) -> Document:
    [document] = read_dump(PAGES / f"{name}.html", Origin(name))
    assert isinstance(document, Document)
    return document


def test_a_page_is_one_article_with_its_date_and_address():
    articles = {name: article(name) for name in DAYS}
    assert {name: document.date for name, document in articles.items()} == DAYS
    for name, document in articles.items():
        assert (document.kind, document.language) == (Kind.ARTICLE, "ar"), name
        assert document.title, name
        assert document.source, name
        assert (document.url or "").startswith("http"), name


def precision_and_recall(text: str, expected: str) -> tuple[float, float]:
    """Return the shares of the words of `text` and of `expected` that both hold."""
    words, expected_words = set(text.split()), set(expected.split())
    both = len(words & expected_words)
    return both / len(words), both / len(expected_words)


def test_bodies_are_those_that_a_reader_expects():
    text = (PAGES / "cnn_arabic_newspaper.expected.txt").read_text(encoding="utf-8")
    sections = json.loads((PAGES / "lbcgroup_2026.expected.json").read_text(encoding="utf-8"))
    paragraphs = sections["V1"]["body"]["sections"][0]["paragraphs"]
    for name, expected in (
        ("cnn_arabic_newspaper", text),
        ("lbcgroup_2026", " ".join(paragraphs)),
    ):
        assert min(precision_and_recall(article(name).body, expected)) > 0.98, name
