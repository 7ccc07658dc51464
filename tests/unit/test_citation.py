from datetime import date

from search.records import Document, Kind
from web.pages.citation import write_bibtex, write_citation

ARTICLE = Document(
    "d1", Kind.ARTICLE, "أسعار 50% & {غالية}", "نص", "صوت الوادي", date(2020, 12, 26), language="ar"
)
URL = "https://archive.example/document/d1"


def test_a_citation_names_title_newspaper_day_and_address():
    expected = f"«عنوان»، صوت الوادي، 26 دجنبر 2020، {URL}."
    assert write_citation(ARTICLE, "عنوان", URL) == expected


def test_unknown_fields_are_left_out():
    headline = Document("d2", Kind.HEADLINE, "عنوان")
    assert write_citation(headline, "عنوان", URL) == f"«عنوان»، {URL}."
    assert "journal" not in write_bibtex(headline, "عنوان", URL)


def test_bibtex_escapes_the_special_characters_of_tex():
    assert write_bibtex(ARTICLE, ARTICLE.title, URL).splitlines() == [
        "@article{d1,",
        r"  title = {{أسعار 50\% \& \{غالية\}}},",
        "  journal = {صوت الوادي},",
        "  year = {2020},",
        "  month = {12},",
        "  day = {26},",
        "  language = {arabic},",
        f"  url = {{{URL}}},",
        "}",
    ]
