"""References by the documented fields of each format, and texts that could break a file."""

import json
import re
from datetime import date
from urllib.parse import parse_qs

import pytest

from search.records import Document, Kind
from web.references.bibtex import write_bibtex
from web.references.coins import write_coins
from web.references.csl import write_csl
from web.references.reference import build_reference
from web.references.ris import write_ris

PAGE = "https://archive.example/document/d1"
TODAY = date(2026, 11, 30)
ARTICLE = Document(
    "d1",
    Kind.ARTICLE,
    "أسعار 50% & {غالية",
    "نص",
    "صوت الوادي",
    date(2020, 2, 6),
    "https://sahl.example/سوق {1}",
    "ar",
    "سعيد بن علي",
    "اقتصاد",
)
HEADLINE = Document("d2", Kind.HEADLINE, "Un titre", language="und")
# Each text could end a field, a record or the whole file.
HOSTILE = [
    "}}, url = {x}",
    r"\{ \input{x} \\",
    "سطر\r\nER  - \nTY  - BOOK",
    'x", "type": "book',
    "a&rft.title=b=c+d",
    "%#$_^~<!--",
    "a\x00b\x0bc\x85d\u2029e\u202ef",
]


def test_bibtex():
    assert write_bibtex(build_reference(ARTICLE, PAGE), TODAY).splitlines() == [
        "@article{d1,",
        "  author = {{سعيد بن علي}},",
        r"  title = {{أسعار 50\% \& \textbraceleft{}غالية}},",
        "  journal = {صوت الوادي},",
        "  entrysubtype = {newspaper},",
        "  year = {2020},",
        "  month = {2},",
        "  date = {2020-02-06},",
        "  language = {arabic},",
        "  langid = {arabic},",
        "  url = {https://sahl.example/%D8%B3%D9%88%D9%82%20%7B1%7D},",
        "  urldate = {2026-11-30},",
        "}",
    ]
    undated = write_bibtex(build_reference(HEADLINE, PAGE), TODAY)
    assert re.findall(r"^  (\w+)", undated, re.MULTILINE) == [
        "title", "entrysubtype", "url", "urldate",
    ]  # fmt: skip


def test_ris():
    assert write_ris(build_reference(ARTICLE, PAGE), TODAY).split("\r\n") == [
        "TY  - NEWS",
        "ID  - d1",
        "TI  - أسعار 50% & {غالية",
        "AU  - سعيد بن علي",
        "T2  - صوت الوادي",
        "SE  - اقتصاد",
        "PY  - 2020",
        "DA  - 2020/02/06/",
        "LA  - ar",
        "UR  - https://sahl.example/سوق%20%7B1%7D",
        "Y2  - 2026/11/30/",
        "ER  - ",
    ]
    undated = write_ris(build_reference(HEADLINE, PAGE), TODAY)
    assert re.findall("^(..)", undated, re.MULTILINE) == ["TY", "ID", "TI", "UR", "Y2", "ER"]


def test_csl_json():
    assert json.loads(write_csl(build_reference(ARTICLE, PAGE), TODAY)) == {
        "id": "d1",
        "type": "article-newspaper",
        "title": "أسعار 50% & {غالية",
        "author": [{"literal": "سعيد بن علي"}],
        "container-title": "صوت الوادي",
        "section": "اقتصاد",
        "issued": {"date-parts": [[2020, 2, 6]]},
        "language": "ar",
        "URL": "https://sahl.example/سوق%20%7B1%7D",
        "accessed": {"date-parts": [[2026, 11, 30]]},
    }
    undated = json.loads(write_csl(build_reference(HEADLINE, PAGE), TODAY))
    assert set(undated) == {"id", "type", "title", "URL", "accessed"}


def test_coins():
    assert parse_qs(write_coins(build_reference(ARTICLE, PAGE)), strict_parsing=True) == {
        "ctx_ver": ["Z39.88-2004"],
        "rft_val_fmt": ["info:ofi/fmt:kev:mtx:dc"],
        "rft.type": ["newspaperArticle"],
        "rft.title": ["أسعار 50% & {غالية"],
        "rft.au": ["سعيد بن علي"],
        "rft.source": ["صوت الوادي"],
        "rft.date": ["2020-02-06"],
        "rft.language": ["ar"],
        "rft.identifier": ["https://sahl.example/سوق%20%7B1%7D"],
    }


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_breaks_a_file(text):
    document = Document(
        "d{1},%", Kind.ARTICLE, text, "نص", text, url=f"https://x.example/{text}", author=text
    )
    reference = build_reference(document, PAGE)
    first, *fields, last = write_bibtex(reference, TODAY).split("\n")
    assert (first, last) == ("@article{d-1---,", "}")
    for field in fields:
        assert re.fullmatch(r"  [a-z]+ = \{.*\},", field), field
        depths = [field[: i + 1].count("{") - field[: i + 1].count("}") for i in range(len(field))]
        # BibTeX counts the braces behind a backslash too: only the comma is outside the value.
        assert depths.index(0, field.index("{")) == len(field) - 2, field
    for line in write_ris(reference, TODAY).splitlines():
        assert re.fullmatch(r"(TY|ID|TI|AU|T2|LA|UR|Y2|ER)  - .*", line), line
    item = json.loads(write_csl(reference, TODAY))
    assert (item["type"], item["title"]) == ("article-newspaper", reference.title)
    coins = parse_qs(write_coins(reference))
    assert coins.get("rft.title", [""]) == [reference.title]
