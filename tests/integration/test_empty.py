"""Where a reader can go from a search or an address that leads nowhere, and days in reverse."""

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.records import Query
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from web import create_app


@pytest.fixture
def client(engine):
    return create_app(engine=engine).test_client()


def ways_on(page):
    """Return the links of each way on: their texts, their counts and their addresses."""
    section = page.partition('<dl class="ways-on">')[2].partition("</dl>")[0]
    [_, *rows] = re.split(r"<div><dt>(.*?)</dt>", section)
    return {
        name: re.findall(r'<a href="(.*?)"><bdi>(.*?)</bdi></a>(?: \((.*?)\))?', links)
        for name, links in zip(rows[::2], rows[1::2], strict=True)
    }


def test_a_search_without_hits_leads_to_other_queries_modes_papers_and_days(client):
    page = client.get("/search", query_string={"q": "نيزك زعفران", "mode": "lexical"}).text
    assert "<h1>لا نتائج</h1>" in page
    links = {
        name: [(label, count) for _, label, count in links] for name, links in ways_on(page).items()
    }
    assert links == {
        "بطريقة أخرى:": [
            ("بالمعنى وبالكلمات", ""), ("أقرب ما في الأرشيف معنى، وإن بدا بعيدا", ""),
        ],
        "تصفّح صحيفة:": [
            ("جريدة السهل", "5"), ("صوت الوادي", "5"), ("ملاعبنا", "3"),
            ("Le Messager du Col", "1"),
        ],
        "تصفّح يوما:": [("3 أكتوبر 2023", "1"), ("11 فبراير 2022", "1"), ("30 ماي 2021", "1")],
    }  # fmt: skip
    # Where days or newspapers are chosen, those around them are offered first.
    query = {"q": "السيول", "source": "ملاعبنا", "to": "2015-01-01", "mode": "lexical"}
    links = ways_on(client.get("/search", query_string=query).text)
    assert links["تصفّح صحيفة:"][0][1] == "ملاعبنا"
    assert [label for _, label, _ in links["تصفّح يوما:"]] == ["9 مارس 2014", "21 دجنبر 2015"]


def test_every_way_on_has_what_it_promises(client):
    offered = set()
    for text in ("السيول نيزك السهل", "آلقف", "السيوول السهل", "الأمطار نيزك السد السيول"):
        for mode in ("semantic", "lexical"):
            page = client.get("/search", query_string={"q": text, "mode": mode}).text
            for name, links in ways_on(page).items():
                for address, label, count in links:
                    answer = client.get(unescape(address))
                    assert answer.status_code == 200, (text, name, label)
                    if name in ("بكتابة أخرى:", "بكلمات أقل:"):
                        values = parse_qs(urlsplit(unescape(address)).query)
                        assert values["q"] == [unescape(label)]
                        found = client.get("/api/search", query_string=values).get_json()
                        assert str(found["total"]) == count != "0", (text, label)
                        offered.add(name)
    assert offered == {"بكتابة أخرى:", "بكلمات أقل:"}


def test_a_query_with_a_word_that_stands_nowhere_is_offered_without_it(client):
    page = client.get("/search", query_string={"q": "السيول السهل نيزك"}).text
    assert "هل تقصد:" in page  # «السيول السهل», which is not offered twice
    assert [link[1:] for link in ways_on(page)["بكلمات أقل:"]] == [("السهل", "3")]


def test_days_in_reverse_are_read_as_meant_everywhere(client):
    days = {"from": "2019-12-31", "to": "2019-01-01"}
    meant = {"from": "2019-01-01", "to": "2019-12-31"}
    for path, parameters in (("/api/search", {"q": "السيول"}), ("/api/trends", {"q": "السيول"})):
        found, expected = (
            client.get(path, query_string={**parameters, **given}).get_json()
            for given in (days, meant)
        )
        understood = found.pop("understood", None)
        if path == "/api/search":
            assert understood == [{"kind": "reversed_days", **meant}]
        same = {"took_ms": 0, "understood": []}
        assert found | same == expected | same
    page = client.get("/search", query_string={"q": "السيول", **days}).text
    assert "جاءت المدة معكوسة، فقُرئت هكذا: سنة 2019." in page
    assert 'name="from" type="date" value="2019-01-01"' in page


def test_the_address_of_no_document_leads_to_a_search_for_its_words(client):
    page = client.get("/document/2019_السيول-تعزل-دواوير").text
    [(address, label, count)] = re.findall(
        r'ابحث عن كلماته:\s*<a href="(.*?)"><bdi>(.*?)</bdi></a> \((.*?)\)', page
    )
    assert (label, count) == ("السيول تعزل دواوير", "2")
    assert "السيول تعزل دواوير السهل" in client.get(unescape(address)).text
    for doc_id in ("0123456789abcdef0123", "لاشيء-كهذا", "2019"):
        answer = client.get(f"/document/{doc_id}")
        assert answer.status_code == 404
        assert "اكتب في خانة البحث ما تذكره من عنوانه." in answer.text
        assert 'name="q"' in answer.text


def test_a_word_that_is_known_beside_another_is_not_corrected(tmp_path):
    titles = ("أمطار رعدية قوية", "الأمطار تنعش الحقول", "الأمطار وغيره", "هذا وغيره كثير")
    dump = write_jsonl(tmp_path / "dump.jsonl", [{"title": title} for title in titles])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    page = SearchEngine.open(tmp_path / "a", load=NgramEncoder).search(Query("الامطر الغزيرة"))
    assert (page.suggestion, page.suggestion_total) == ("الأمطار الغزيرة", 3)
