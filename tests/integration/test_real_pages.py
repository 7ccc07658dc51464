"""Real pages of press, where the folder that ARSHIF_DATA names has them; none is kept here."""

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
    [found] = read_dump(PAGES / f"{name}.html", Origin(name))
    assert isinstance(found, Document)
    return found


@pytest.mark.parametrize("name", DAYS)
def test_a_page_gives_its_one_article_with_its_day_and_address(name):
    found = article(name)
    assert (found.kind, found.language, found.date) == (Kind.ARTICLE, "ar", DAYS[name])
    assert found.title
    assert found.source
    assert found.url
    assert found.url.startswith("http")


def shared_words(found: str, expected: str) -> tuple[float, float]:
    """Give precision and recall of the words found."""
    one, other = set(found.split()), set(expected.split())
    return len(one & other) / len(one), len(one & other) / len(other)


def test_bodies_are_those_people_expect():
    text = (PAGES / "cnn_arabic_newspaper.expected.txt").read_text(encoding="utf-8")
    sections = json.loads((PAGES / "lbcgroup_2026.expected.json").read_text(encoding="utf-8"))
    paragraphs = sections["V1"]["body"]["sections"][0]["paragraphs"]
    for name, expected in (
        ("cnn_arabic_newspaper", text),
        ("lbcgroup_2026", " ".join(paragraphs)),
    ):
        precision, recall = shared_words(article(name).body, expected)
        assert precision > 0.98
        assert recall > 0.98
