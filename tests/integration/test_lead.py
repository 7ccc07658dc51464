"""What a document is about stands in its title and its first sixty words."""

import re

import pytest

from indexer.ingest import add_dumps
from search.cli import main
from search.engine import SearchEngine
from search.records import LeadOnly, Match, Mode, Query, Sort, Within
from search.results.answer import search_json
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from web import create_app

ROUND, MARKET, PORT, SHORT, PRESS = (
    "جولة في قرى الجنوب",
    "حريق يأتي على السوق",
    "حريق كبير في الميناء",
    "أخبار قصيرة",
    "قراءة في صحف الصباح",
)
FAR = "كلمة " * 60
RECORDS = [
    {"title": ROUND, "date": "2001-05-01", "body": f"{FAR} واندلع في الميناء حريق قديم."},
    {"title": PRESS, "date": "2002-05-01", "body": "حديث عن حريق وعن الميناء وعن غيرهما."},
    {"title": SHORT, "date": "2003-05-01", "body": f"{FAR.removeprefix('كلمة ')} الزعفران"},
    {"title": f"{SHORT} أخرى", "date": "2004-05-01", "body": f"{FAR} الزعفران"},
    {"title": MARKET, "date": "2005-05-01", "body": "بلغت النار باب الميناء قبل الفجر."},
    {"title": PORT, "date": "2006-05-01", "body": "انتشر الدخان فوق البيوت."},
]
FIRE = "حريق الميناء"


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("lead")
    dump = write_jsonl(folder / "dump.jsonl", RECORDS)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return SearchEngine.open(folder / "a", load=NgramEncoder)


@pytest.fixture(scope="module")
def client(engine):
    return create_app(engine=engine).test_client()


def search(engine, text, sort=Sort.OLDEST, within=Within.LEAD, mode=Mode.HYBRID):
    return engine.search(Query(text, mode, sort=sort, within=within))


def titles(page):
    return [hit.document.title for hit in page.hits]


@pytest.mark.parametrize(
    ("text", "found", "elsewhere"),
    [
        (FIRE, [MARKET, PORT], 2),  # two words: one of them in the title alone
        ("الزعفران", [SHORT], 1),  # the sixtieth word, and not the next
        ('"حريق كبير"', [PORT], 0),
        ("title:حريق الميناء", [MARKET, PORT], 0),  # the operator's own field stays
        ("(حريق OR دخان) الميناء", [PRESS, MARKET, PORT], 1),
        ("حريق -السوق", [PRESS, PORT], 1),
        ("حريق الميناء 2006..2007", [PORT], 0),
    ],
)
def test_only_what_is_about_it_is_found_and_the_others_are_counted(engine, text, found, elsewhere):
    page = search(engine, text)
    assert (titles(page), page.total) == (found, len(found))
    assert page.understood == (LeadOnly(elsewhere),)
    assert search(engine, text, within=Within.TEXT).total == len(found) + elsewhere
    by_relevance = search(engine, text, Sort.RELEVANCE)
    assert (set(titles(by_relevance)), by_relevance.total) == (set(found), len(found))
    assert {hit.match for hit in by_relevance.hits} == {Match.WORDS}
    assert search(engine, text, mode=Mode.LEXICAL).total == len(found)


def test_where_nothing_is_about_it_all_that_mentions_it_is_found(engine):
    page = search(engine, "قديم")
    assert (titles(page), page.understood) == ([ROUND], (LeadOnly(1, left_nothing=True),))
    [told] = search_json(page)["understood"]
    assert told == {"kind": "lead", "elsewhere": 1, "left_nothing": True}
    nothing = search(engine, "زلزال")
    assert (nothing.total, nothing.understood) == (0, (LeadOnly(0, left_nothing=True),))
    listed = engine.search(Query("source:لا_أحد", within=Within.LEAD))
    assert not any(isinstance(one, LeadOnly) for one in listed.understood)


def test_an_order_by_date_begins_with_what_is_about_it_and_offers_the_rest(client):
    page = client.get("/search", query_string={"q": FIRE}).get_data(as_text=True)
    [oldest] = re.findall(r'href="(/search\?[^"]*sort=oldest[^"]*)"', page)
    assert "within=lead" in oldest
    page = client.get(oldest.replace("&amp;", "&")).get_data(as_text=True)
    assert "وتذكرها عرضا وثيقتان" in page
    assert page.index(MARKET) < page.index(PORT)
    assert ROUND not in page
    [whole] = re.findall(r'href="([^"]*)"><bdi>اعرض الكل<', page)
    page = client.get(whole.replace("&amp;", "&")).get_data(as_text=True)
    assert page.index(ROUND) < page.index(PRESS) < page.index(MARKET)
    assert "<bdi>في العنوان أو المقدمة وحدهما<" in page
    [nearest] = re.findall(r'href="([^"]*)">الأقرب<', page)
    assert "within" not in nearest
    feed = client.get("/feed.atom", query_string={"q": FIRE, "within": "lead"})
    assert feed.get_data(as_text=True).count("<entry>") == 2


def test_the_command_line_narrows_and_says_so(engine, capsys, monkeypatch):
    monkeypatch.setattr(SearchEngine, "open", lambda _: engine)
    assert main([FIRE, "--archive", "a", "--sort", "oldest", "--within", "lead"]) == 0
    told = capsys.readouterr().out
    assert "only what is about it by title and first words; 2 more match" in told
    assert told.index(MARKET) < told.index(PORT)
