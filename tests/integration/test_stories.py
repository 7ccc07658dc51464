"""Stories through HTTP and the engine, over a dump in which one event is reported for five days."""

from datetime import UTC, date, datetime, timedelta, timezone
from xml.etree import ElementTree

import numpy as np
import pytest
from lxml import html

from indexer.cli import main
from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.encoders.two_level import TwoLevelEncoder
from search.engine import SearchEngine
from search.index.live import LiveArchive
from search.records import Document, Filters, Kind, Sort
from search.results.calendar import plan_listing
from search.stories import find_story
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from tests.memory_index import MemoryArchive, Stored
from tests.told_events import FIRE, OTHERS
from web import create_app

ATOM = "{http://www.w3.org/2005/Atom}"
REPORTS = [("f1", ["f3"]), ("f2", []), ("f4", []), ("f5", []), ("f6", []), ("f7", [])]
DAY = date(2021, 3, 9)
DAWN = datetime(2021, 3, 9, 5, 30)
NOON = datetime(2021, 3, 9, 12)


@pytest.fixture(scope="module")
def client(story_engine):
    return create_app(engine=story_engine).test_client()


@pytest.fixture(scope="module")
def ids(story_engine):
    """Return the id of the document of each record."""
    index = story_engine.index
    listed = index.list_matches(plan_listing(index, Filters()), Sort.OLDEST, 0, 100).doc_ids()
    return {document.own_id: doc_id for doc_id, document in index.documents(listed).items()}


def reports_of(story):
    return sorted(
        (report.document.own_id, [copy.own_id for copy in report.copies])
        for report in story.reports
    )


def page_of(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True))


def text_of(element):
    return " ".join(element.text_content().split())


def test_a_story_is_found_from_each_of_its_reports_and_holds_nothing_else(story_engine, ids):
    for record in FIRE:
        # The undated report is very similar only to those that share most of its words.
        expected = REPORTS[:-1] if record["id"] in ("f4", "f5") else REPORTS
        assert reports_of(story_engine.story(ids[record["id"]])) == expected, record["id"]
    for record in OTHERS:
        assert reports_of(story_engine.story(ids[record["id"]])) == [(record["id"], [])]
    assert story_engine.story("unknown") is None


def test_both_implementations_of_an_index_tell_the_same_story(story_engine, ids):
    archive = MemoryArchive(load_encoder(), Stored(copy_of={ids["f3"]: ids["f1"]}))
    archive.add(story_engine.index.documents(ids.values()).values())
    memory_engine = SearchEngine(LiveArchive(archive, load_encoder))
    for doc_id in ids.values():
        assert memory_engine.story(doc_id) == story_engine.story(doc_id)


def test_the_page_lists_the_reports_by_day_and_folds_copies(client, ids):
    page = page_of(client, f"/story/{ids['f3']}")
    assert text_of(page.find(".//h1")) == "القصة: حريق سوق الخزف بتاملوكت"
    assert text_of(page.find_class("facts")[0]) == ("6 تقارير4 صحفمن 9 مارس 2021 إلى 13 مارس 2021")
    days = [
        (text_of(section.find("h2")), [link.get("href") for link in section.xpath("ul/li/a")])
        for section in page.find_class("of-group")
    ]
    assert days == [
        (heading, [f"/document/{ids[own_id]}" for own_id in own_ids])
        for heading, own_ids in (
            ("الثلاثاء 9 مارس 2021 تقريران", sorted(("f1", "f2"), key=ids.get)),
            ("الأربعاء 10 مارس 2021 بعد يوم واحد · تقرير واحد", ["f4"]),
            ("الجمعة 12 مارس 2021 بعد 3 أيام · تقرير واحد", ["f5"]),
            ("السبت 13 مارس 2021 بعد 4 أيام · تقرير واحد", ["f6"]),
            ("بلا تاريخ تقرير واحد", ["f7"]),
        )
    ]
    [copies] = page.xpath("//main//details[summary]")
    assert text_of(copies.find("summary")).startswith("نُشر أيضا في صحيفة أخرى")
    copied = copies.getparent().find("a").get("href").removeprefix("/document/")
    links = [link.get("href") for link in copies.xpath("ul/li/a")]
    assert links == [f"/document/{ids['f3']}", f"/compare/{copied}/{ids['f3']}"]
    assert "جئت من نسخة منه" in text_of(copies.getparent())
    assert "فلا يُعرف أيها سبق" in page.text_content()
    assert "أول تقرير" not in page.text_content()


def test_a_document_without_a_story_is_alone_on_its_page(client, ids):
    page = page_of(client, f"/story/{ids['o4']}")
    assert "لا تقرير آخر عن هذا الحدث" in page.text_content()
    assert page.xpath(f"//a[@href='/document/{ids['o4']}#similar']")


def test_the_first_report_is_named_only_where_it_is_known():
    def first_of(*reports):
        """Return the id of the first of documents with these days and times of day."""
        archive = MemoryArchive(load_encoder())
        body = str(FIRE[1]["body"])
        archive.add(
            Document(f"d{n}", Kind.ARTICLE, "حريق", f"{body} {n}", date=day, published_at=time)
            for n, (day, time) in enumerate(reports)
        )
        story = SearchEngine(LiveArchive(archive, load_encoder)).story("d0")
        assert len(story.reports) == len(reports)
        return story.first and story.first.doc_id

    next_day = DAY + timedelta(days=1)
    in_rabat, in_riyadh = timezone(timedelta(hours=1)), timezone(timedelta(hours=3))
    for expected, *reports in (
        ("d0", (DAY, None), (next_day, None)),
        ("d1", (next_day, None), (DAY, None), (next_day, None)),
        (None, (DAY, None), (DAY, None)),
        (None, (DAY, DAWN), (DAY, None)),
        (None, (DAY, DAWN), (DAY, DAWN)),
        ("d1", (DAY, NOON), (DAY, DAWN), (next_day, None)),
        ("d1", (DAY, NOON.replace(tzinfo=in_rabat)), (DAY, NOON.replace(tzinfo=in_riyadh))),
        (None, (DAY, NOON.replace(tzinfo=UTC)), (DAY, DAWN)),  # dawn of an unknown zone
        (None, (None, None), (None, None)),
        ("d1", (None, None), (DAY, None)),
    ):
        assert first_of(*reports) == expected, reports


def test_the_first_report_is_marked_on_the_page():
    archive = MemoryArchive(load_encoder())
    body = str(FIRE[1]["body"])
    for name, day in (("early", DAY), ("late", DAY + timedelta(days=1))):
        archive.add([Document(name, Kind.ARTICLE, name, f"{body} {name}", date=day)])
    client = create_app(engine=SearchEngine(LiveArchive(archive, load_encoder))).test_client()
    signs = {"ar": "أول تقرير", "fr": "Premier article", "en": "First report"}
    for language, sign in signs.items():
        page = page_of(client, f"/story/late?ui={language}")
        marked = page.xpath(f"//li[.//bdi[text()='{sign}']]/a/@href")
        assert marked == ["/document/early"], language


def test_the_feed_and_the_json_list_the_same_reports(client, ids):
    answer = client.get(f"/api/documents/{ids['f1']}/story").get_json()
    listed = [(report["id"], report["copies"]) for report in answer["reports"]]
    assert sorted(listed) == sorted(
        (ids[own_id], [ids[copy] for copy in copies]) for own_id, copies in REPORTS
    )
    assert (answer["id"], answer["first"]) == (ids["f1"], None)
    feed = client.get(f"/story/{ids['f1']}.atom")
    assert feed.mimetype == "application/atom+xml"
    root = ElementTree.fromstring(feed.data)
    linked = [entry.find(f"{ATOM}id").text for entry in root.iter(f"{ATOM}entry")]
    in_feed = [*(doc_id for doc_id, _ in listed[-2::-1]), listed[-1][0]]  # the undated one is last
    assert linked == [f"http://localhost/document/{doc_id}" for doc_id in in_feed]
    page = page_of(client, f"/story/{ids['f1']}")
    assert page.xpath("//link[@type='application/atom+xml']/@href") == [f"/story/{ids['f1']}.atom"]


def test_an_unknown_document_has_no_story(client):
    for name in ("unknown", "x" * 300, "%00", "%ED%A0%80"):
        for path in (f"/story/{name}", f"/story/{name}.atom", f"/api/documents/{name}/story"):
            assert client.get(path).status_code == 404, path


def test_a_story_is_offered_from_five_reports_on(client, ids):
    def offered(path):
        links = page_of(client, path).xpath("//main//a[starts-with(@href, '/story/')]/@href")
        return {link.removeprefix("/story/") for link in links}

    with_story = {ids[own_id] for own_id in ("f1", "f2", "f4", "f5", "f6", "f7")}
    assert offered("/search?q=سوق الخزف بتاملوكت") == with_story
    assert offered("/search?q=سوق الخزف بتاملوكت&k=4") == set()
    assert offered("/search?q=الصيادون&mode=lexical") == set()
    for own_id, doc_id in ids.items():
        expected = {doc_id} if own_id.startswith("f") else set()
        assert offered(f"/document/{doc_id}") == expected, own_id


def test_a_story_does_not_change_while_the_second_level_is_encoded():
    encoder = TwoLevelEncoder(load_encoder(), load_encoder())  # both levels agree on every text
    archive = MemoryArchive(encoder)
    documents = [
        Document(
            str(record["id"]),
            Kind.ARTICLE,
            str(record["title"]),
            str(record["body"]),
            date=date.fromisoformat(str(record["date"])) if "date" in record else None,
        )
        for record in (*OTHERS, *FIRE)
    ]
    archive.add(documents[:9])
    list(archive.encode(lambda _: np.empty(0), encoder.identity))
    archive.add(documents[9:])
    engine = SearchEngine(LiveArchive(archive, lambda _: encoder))
    assert 0 < engine.index.identity.share_encoded < 1
    reports = {"f1", "f2", "f3", "f4", "f5", "f6"}
    half_encoded = {doc_id: engine.story(doc_id) for doc_id in reports}
    assert half_encoded == dict.fromkeys(reports, half_encoded["f2"])
    assert {report.document.doc_id for report in half_encoded["f2"].dated} == reports
    list(archive.encode(lambda _: np.empty(0), encoder.identity))
    assert engine.index.identity.share_encoded == 1
    assert {doc_id: engine.story(doc_id) for doc_id in reports} == half_encoded


def test_a_document_removed_while_its_story_is_found_has_none(tmp_path):
    dump = str(write_jsonl(tmp_path / "d.jsonl", [OTHERS[0]]))
    add_dumps([dump], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    index = engine.index
    [doc_id] = index.list_matches(plan_listing(index, Filters()), Sort.OLDEST, 0, 9).doc_ids()
    assert main(["remove", "--archive", str(tmp_path / "a"), "--source", "صوت التل"]) == 0
    assert find_story(index, doc_id, NgramEncoder()) is None
