from datetime import date

from search.records import Document, Kind
from web.pages.citation import write_citation
from web.references.reference import build_reference

PAGE = "https://archive.example/document/d1"
TODAY = date(2026, 11, 30)


def citation_of(direction="rtl", **fields):
    values = {"doc_id": "d1", "kind": Kind.ARTICLE, "title": "عنوان", "body": "نص", **fields}
    citation = write_citation(build_reference(Document(**values), PAGE), direction, TODAY)
    for mark, name in (("\u2066", "<L "), ("\u2067", "<R "), ("\u2068", "<? "), ("\u2069", ">")):
        citation = citation.replace(mark, name)
    return citation


def test_a_citation_names_what_is_known():
    access = f"<L {PAGE}> (تاريخ الاطلاع: 30 نونبر 2026)."
    day = date(2020, 12, 26)
    assert citation_of(source="صوت الوادي", date=day, author="سعيد") == (
        f"سعيد، «عنوان»، صوت الوادي، 26 دجنبر 2020، {access}"
    )
    assert citation_of() == f"«عنوان»، د.ت.، {access}"
    assert citation_of(title="", body="أول النص").startswith("«أول النص»،")


def test_the_original_is_cited_rather_than_its_copy():
    assert "<L https://sahl.example/1>" in citation_of(url="https://sahl.example/1")
    assert f"<L {PAGE}>" in citation_of(url="javascript:alert(1)")


def test_parts_with_letters_of_the_other_direction_are_isolated():
    for title, direction, expected in (
        ("عنوان 2020", "rtl", "«عنوان 2020»"),
        ("La crue", "ltr", "«<L La crue>»"),
        ("CNSS تعلن", "rtl", "«<R CNSS تعلن>»"),  # its first letters would mislead
    ):
        assert expected in citation_of(direction, title=title), title
    assert "، <? Le Messager>، " in citation_of(source="Le Messager")


def test_a_title_breaks_neither_the_quotation_marks_nor_the_line_nor_the_direction():
    for title, expected in (
        ("قال: «نعم»", "«قال: “نعم”»"),
        ("سطر\r\n  وسطر\u2028آخر", "«سطر وسطر آخر»"),
        ("\u202eمقلوب\u2069 %(title)s", "«<R مقلوب %(title)s>»"),
    ):
        assert expected in citation_of(title=title), title
