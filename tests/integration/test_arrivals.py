"""New, seen, changed, copied: what becomes of records that tell of one story."""

from datetime import date

import pytest

from indexer.ingest import add_dumps
from indexer.readers.identity import article_id
from search.engine import SearchEngine
from search.index.opening import open_index
from search.records import Kind, Mode, Query, Sighting
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder

TITLE = "افتتاح سد جديد في أعالي الوادي"
BODY = "افتتح السد الجديد أمس بحضور السكان وسيسقي حقول الوادي كلها هذا الموسم"


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "a"


@pytest.fixture
def add(tmp_path, archive):
    def add(*records, captured_on=None):
        dump = write_jsonl(tmp_path / "dump.jsonl", list(records))
        report = add_dumps(
            [str(dump)], archive, NgramEncoder(), captured_on=captured_on, show_progress=False
        )
        assert open_index(archive).check() == []
        counted = {
            name: count
            for name, count in report.as_json().items()
            if name in ("articles", "headlines", "duplicates", "near_duplicates", "updated")
            and count
        }
        assert sum(counted.values()) == len(records)
        return counted

    return add


def search(archive, text):
    page = SearchEngine.open(archive, load=NgramEncoder).search(Query(text, Mode.LEXICAL))
    return [hit.document for hit in page.hits]


def test_a_headline_gathers_where_and_when_it_was_seen(archive, add):
    assert add({"title": TITLE, "source": "صوت الوادي"}, captured_on=date(2020, 3, 5)) == {
        "headlines": 1
    }
    assert add({"title": TITLE, "source": "السهل"}, captured_on=date(2020, 3, 7)) == {
        "duplicates": 1
    }
    [headline] = search(archive, "السد")
    assert (headline.source, headline.date) == ("صوت الوادي", date(2020, 3, 5))
    assert open_index(archive).open().sightings_of(headline.doc_id) == (
        Sighting("صوت الوادي", date(2020, 3, 5)),
        Sighting("السهل", date(2020, 3, 7)),
    )


def test_a_headline_shows_the_first_day_it_was_seen_whatever_came_first(archive, add):
    add({"title": TITLE}, captured_on=date(2020, 3, 7))
    assert add({"title": TITLE}, captured_on=date(2020, 3, 5)) == {"updated": 1}
    assert add({"title": TITLE}, captured_on=date(2020, 3, 7)) == {"duplicates": 1}
    assert [headline.date for headline in search(archive, "السد")] == [date(2020, 3, 5)]


def test_a_headline_becomes_the_article_of_its_address(archive, add):
    url = "https://www.example.com/jarida/12"
    add({"title": TITLE, "url": url})
    [headline] = search(archive, "السد")
    article = {"title": "السد يفتتح", "body": BODY, "url": "http://example.com/jarida/12/"}
    assert add(article) == {"updated": 1}
    [found] = search(archive, "السد")
    assert (found.kind, found.doc_id) == (Kind.ARTICLE, headline.doc_id)
    assert add({"title": TITLE, "url": url}, article) == {"duplicates": 2}


def test_a_headline_becomes_the_article_of_its_title_and_stays_its_name(archive, add):
    add({"title": TITLE}, captured_on=date(2020, 3, 5))
    [headline] = search(archive, "السد")
    article = {"id": "7", "title": TITLE, "body": BODY, "date": "2020-03-04"}
    assert add(article) == {"updated": 1}
    [found] = search(archive, "السد")
    assert (found.kind, found.date) == (Kind.ARTICLE, date(2020, 3, 4))
    assert open_index(archive).open().find(headline.doc_id) == found
    assert open_index(archive).open().sightings_of(found.doc_id) == (
        Sighting(None, date(2020, 3, 5)),
    )
    assert add({"title": TITLE}, captured_on=date(2020, 3, 6)) == {"duplicates": 1}


def test_a_headline_of_a_stored_article_is_that_article(archive, add):
    add({"id": "7", "title": TITLE, "body": BODY, "date": "2020-03-04"})
    assert add({"title": TITLE}, captured_on=date(2020, 3, 5)) == {"duplicates": 1}
    assert [one.kind for one in search(archive, "السد")] == [Kind.ARTICLE]


@pytest.mark.parametrize(
    ("headline", "article"),
    [
        ({"title": "أخبار قصيرة"}, {"title": "أخبار قصيرة"}),  # a rubric, not a story
        ({"title": TITLE, "date": "2020-03-05"}, {"title": TITLE, "date": "2011-03-05"}),
        ({"title": TITLE, "source": "السهل"}, {"title": TITLE, "source": "صوت الوادي"}),
    ],
)
def test_a_title_alone_does_not_join_what_may_be_two_stories(archive, add, headline, article):
    assert add(headline) == {"headlines": 1}
    assert add({"id": "7", "body": BODY, **article}) == {"articles": 1}
    assert add(headline, {"id": "7", "body": BODY, **article}) == {"duplicates": 2}


def test_two_articles_of_one_title_stay_two(archive, add):
    first = {"id": "1", "title": TITLE, "body": BODY}
    second = {"id": "2", "title": TITLE, "body": "نص آخر تماما عن سد آخر في جهة أخرى من البلاد"}
    assert add(first, second) == {"articles": 2}
    assert add(first, second) == {"duplicates": 2}


def test_headlines_of_one_title_lead_to_the_article_of_each_address(archive, add):
    pages = [f"https://example.com/{name}/1" for name in ("sahl", "wadi")]
    assert add(*({"title": TITLE, "url": url} for url in pages)) == {
        "headlines": 1,
        "duplicates": 1,
    }
    bodies = [BODY, "رواية الجريدة الثانية للخبر بكلمات غير كلمات الأولى وتفاصيل لم ترد فيها"]
    articles = [
        {"title": TITLE, "url": url, "body": body} for url, body in zip(pages, bodies, strict=True)
    ]
    assert add(*articles) == {"updated": 1, "articles": 1}
    assert add(*articles) == {"duplicates": 2}
    assert sorted(one.body for one in search(archive, TITLE)) == sorted(bodies)


def test_an_article_that_is_changed_under_another_id_is_found_by_both(archive, add):
    address = {"title": TITLE, "url": "https://example.com/jarida/12"}
    assert add({**address, "body": BODY}) == {"articles": 1}
    [first] = search(archive, "السد")
    record = {**address, "id": "7", "body": BODY + " وقد صححت الجريدة خبرها"}
    assert add(record) == {"updated": 1}
    [changed] = search(archive, "صححت")
    assert changed.doc_id == first.doc_id
    other_id = article_id(
        own_id="7", url=None, source=None, day=None, title=TITLE, body=record["body"]
    )
    assert open_index(archive).open().find(other_id) == changed


def test_an_old_dump_does_not_bring_an_old_version_back(archive, add):
    old = {"id": "1", "title": TITLE, "body": BODY}
    new = {**old, "body": BODY + " وقد صححت الجريدة خبرها"}
    assert add(old, new) == {"articles": 1, "updated": 1}
    assert add(old, new) == {"duplicates": 2}
    assert [one.body for one in search(archive, "صححت")] == [new["body"]]


def words(count, *, start=0):
    return " ".join(f"كلمة{number}" for number in range(start, start + count))


def test_a_lightly_edited_copy_is_linked_to_the_one_seen_first(archive, add):
    first = {"id": "1", "title": "الأول", "body": words(100)}
    edited = {"id": "2", "title": "الثاني", "body": words(80) + " خاتمة غير الأولى"}
    other = {"id": "3", "title": "الثالث", "body": words(50) + " " + words(200, start=500)}
    assert add(first, edited, other) == {"articles": 2, "near_duplicates": 1}
    page = SearchEngine.open(archive, load=NgramEncoder).search(Query("كلمة7", Mode.LEXICAL))
    assert sorted(
        (hit.document.title in ("الأول", "الثاني"), len(hit.copies)) for hit in page.hits
    ) == [
        (False, 0),
        (True, 1),
    ]


def test_a_copy_is_near_to_every_copy_of_its_text(archive, add):
    """The third is near to the second, which is a copy of the first, and far from the first."""
    bodies = [words(100), words(100, start=25), words(100, start=50)]
    records = [{"id": str(n), "title": f"{n}", "body": body} for n, body in enumerate(bodies)]
    assert add(*records) == {"articles": 2, "near_duplicates": 1}


def test_copies_of_a_changed_article_are_found_anew(archive, add):
    add(*({"id": str(n), "title": f"{n}", "body": words(100)} for n in range(3)))
    assert add({"id": "0", "title": "0", "body": words(100) + " سطر زائد"}) == {"updated": 1}
    [hit] = SearchEngine.open(archive, load=NgramEncoder).search(Query("كلمة7")).hits
    assert len(hit.copies) == 2
