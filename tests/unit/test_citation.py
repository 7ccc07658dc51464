"""Citations, written out."""

from datetime import date

from search.records import Document, Kind
from web.pages.citation import write_bibtex, write_citation

FULL = Document(
    "d1", Kind.ARTICLE, "أسعار 50% & {غالية}", "نص", "صوت الوادي", date(2020, 12, 26), language="ar"
)
ADDRESS = "https://archive.example/document/d1"


def test_a_line_of_text():
    assert (
        write_citation(FULL, "عنوان", ADDRESS) == f"«عنوان»، صوت الوادي، 26 دجنبر 2020، {ADDRESS}."
    )


def test_what_is_not_known_is_left_out():
    bare = Document("d2", Kind.HEADLINE, "عنوان")
    assert write_citation(bare, "عنوان", ADDRESS) == f"«عنوان»، {ADDRESS}."
    assert "journal" not in write_bibtex(bare, "عنوان", ADDRESS)


def test_bibtex_escapes_what_tex_would_take_for_a_command():
    assert write_bibtex(FULL, FULL.title, ADDRESS).splitlines() == [
        "@article{d1,",
        r"  title = {{أسعار 50\% \& \{غالية\}}},",
        "  journal = {صوت الوادي},",
        "  year = {2020},",
        "  month = {12},",
        "  day = {26},",
        "  language = {arabic},",
        f"  url = {{{ADDRESS}}},",
        "}",
    ]
