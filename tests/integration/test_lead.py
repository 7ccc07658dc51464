"""The lead: a search within the title and the first sixty words of a document."""

import re

import pytest

from indexer.ingest import add_dumps
from search.cli import main
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from search.records import Match, Mode, Query, Sort, Within
from search.results.answer import search_json
from search.understood import LeadOnly
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


# Query: the titles found in the lead, and the number of other documents that match
FOUND_IN_LEAD = {
    FIRE: ([MARKET, PORT], 2),  # two words: one of them in the title alone
    "الزعفران": ([SHORT], 1),  # the sixtieth word, and not the next
    '"حريق كبير"': ([PORT], 0),
    "title:حريق الميناء": ([MARKET, PORT], 0),  # the operator's own field stays
    "(حريق OR دخان) الميناء": ([PRESS, MARKET, PORT], 1),
    "حريق -السوق": ([PRESS, PORT], 1),
    "حريق الميناء 2006..2007": ([PORT], 0),
}


def test_the_lead_narrows_the_hits_and_the_other_matches_are_counted(engine):
    for text, (found, elsewhere) in FOUND_IN_LEAD.items():
        page = search(engine, text)
        assert (titles(page), page.total) == (found, len(found)), text
        assert page.understood == (LeadOnly(elsewhere),), text
        assert search(engine, text, within=Within.TEXT).total == len(found) + elsewhere, text
        by_relevance = search(engine, text, Sort.RELEVANCE)
        assert (set(titles(by_relevance)), by_relevance.total) == (set(found), len(found)), text
        assert {hit.match for hit in by_relevance.hits} == {Match.WORDS}, text
        assert search(engine, text, mode=Mode.LEXICAL).total == len(found), text


def test_without_a_match_in_a_lead_all_matches_are_found(engine):
    page = search(engine, "قديم")
    assert (titles(page), page.understood) == ([ROUND], (LeadOnly(1, left_nothing=True),))
    assert search_json(page)["understood"] == [
        {"kind": "lead", "elsewhere": 1, "left_nothing": True}
    ]
    nothing = search(engine, "زلزال")
    assert (nothing.total, nothing.understood) == (0, (LeadOnly(0, left_nothing=True),))
    listed = engine.search(Query("source:لا_أحد", within=Within.LEAD))
    assert not any(isinstance(note, LeadOnly) for note in listed.understood)


def test_an_order_by_date_begins_within_the_lead_and_offers_all_matches(client):
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
    assert "<bdi>في العنوان أو المقدمة فقط<" in page
    [nearest] = re.findall(r'href="([^"]*)">الأقرب<', page)
    assert "within" not in nearest
    feed = client.get("/feed.atom", query_string={"q": FIRE, "within": "lead"})
    assert feed.get_data(as_text=True).count("<entry>") == 2


def test_the_command_narrows_to_the_lead_and_says_so(tmp_path, capsys):
    dump = write_jsonl(tmp_path / "dump.jsonl", RECORDS)
    archive = tmp_path / "a"
    add_dumps([str(dump)], archive, load_encoder(), captured_on=None, show_progress=False)
    assert main([FIRE, "--archive", str(archive), "--sort", "oldest", "--within", "lead"]) == 0
    out = capsys.readouterr().out
    assert "only documents that match by title and first words; 2 more match" in out
    assert out.index(MARKET) < out.index(PORT)
