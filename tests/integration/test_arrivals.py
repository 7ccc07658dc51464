"""New, repeated, changed and copied records of one story become the right documents."""

from datetime import UTC, date, datetime

import pytest

from indexer.ingest import add_dumps
from indexer.preparation import prepare_document
from indexer.readers.identity import doc_id_of
from search.engine import SearchEngine
from search.index.opening import open_index
from search.index.writer import NameOrigin
from search.records import Document, Kind, Mode, Query, Sort
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


def sightings(archive, doc_id):
    with open_index(archive).writer() as writer, writer.committed() as stored:
        return [(headline.source, headline.date) for headline in stored.headlines_of(doc_id)]


def test_a_headline_lists_where_and_when_it_was_seen(archive, add):
    assert add({"title": TITLE, "source": "صوت الوادي"}, captured_on=date(2020, 3, 5)) == {
        "headlines": 1
    }
    assert add({"title": TITLE, "source": "السهل"}, captured_on=date(2020, 3, 7)) == {
        "duplicates": 1
    }
    [headline] = search(archive, "السد")
    assert (headline.source, headline.date) == ("صوت الوادي", date(2020, 3, 5))
    assert sightings(archive, headline.doc_id) == [
        ("صوت الوادي", date(2020, 3, 5)),
        ("السهل", date(2020, 3, 7)),
    ]


def test_a_headline_has_the_earliest_of_its_days_in_any_order_of_arrival(archive, add):
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
    [document] = search(archive, "السد")
    assert document.kind is Kind.ARTICLE
    assert open_index(archive).open().find(headline.doc_id) == document
    assert add({"title": TITLE, "url": url}, article) == {"duplicates": 2}


def test_a_headline_becomes_the_article_of_its_title_and_its_id_still_finds_it(archive, add):
    add({"title": TITLE}, captured_on=date(2020, 3, 5))
    [headline] = search(archive, "السد")
    article = {"id": "7", "title": TITLE, "body": BODY, "date": "2020-03-04"}
    assert add(article) == {"updated": 1}
    [document] = search(archive, "السد")
    assert (document.kind, document.date) == (Kind.ARTICLE, date(2020, 3, 4))
    assert open_index(archive).open().find(headline.doc_id) == document
    assert sightings(archive, document.doc_id) == [(None, date(2020, 3, 5))]
    assert add({"title": TITLE}, captured_on=date(2020, 3, 6)) == {"duplicates": 1}


def test_a_headline_of_a_stored_article_is_that_article(archive, add):
    add({"id": "7", "title": TITLE, "body": BODY, "date": "2020-03-04"})
    for day in (date(2020, 3, 5), date(2020, 4, 18)):  # at most 45 days apart
        assert add({"title": TITLE}, captured_on=day) == {"duplicates": 1}
    assert [document.kind for document in search(archive, "السد")] == [Kind.ARTICLE]


@pytest.mark.parametrize(
    ("headline", "article"),
    [
        ({"title": "أخبار قصيرة"}, {"title": "أخبار قصيرة"}),  # a section, not a story
        ({"title": TITLE, "date": "2020-03-05"}, {"title": TITLE, "date": "2020-01-19"}),
        ({"title": TITLE, "source": "السهل"}, {"title": TITLE, "source": "صوت الوادي"}),
    ],
)
def test_a_headline_does_not_join_an_article_of_perhaps_another_story(
    archive, add, headline, article
):
    assert add(headline) == {"headlines": 1}
    assert add({"id": "7", "body": BODY, **article}) == {"articles": 1}
    assert add(headline, {"id": "7", "body": BODY, **article}) == {"duplicates": 2}


def test_a_name_of_a_headline_and_an_article_finds_the_article(archive, add):
    add({"title": TITLE, "date": "2020-03-05"}, {"id": "7", "title": "السد", "body": BODY})
    with open_index(archive).writer() as writer, writer.commit() as changes:
        for document in search(archive, "السد"):
            changes.add_names(document.doc_id, ["former"], NameOrigin.FORMER)
    assert open_index(archive).open().find("former").kind is Kind.ARTICLE


def test_two_articles_of_one_title_stay_two(archive, add):
    first = {"id": "1", "title": TITLE, "body": BODY}
    second = {"id": "2", "title": TITLE, "body": "نص آخر تماما عن سد آخر في جهة أخرى من البلاد"}
    assert add(first, second) == {"articles": 2}
    assert add(first, second) == {"duplicates": 2}


def test_headlines_of_one_title_become_the_articles_of_their_addresses(archive, add):
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
    assert sorted(document.body for document in search(archive, TITLE)) == sorted(bodies)


def test_an_article_that_is_changed_under_another_id_is_found_by_both(archive, add):
    address = {"title": TITLE, "url": "https://example.com/jarida/12"}
    assert add({**address, "body": BODY}) == {"articles": 1}
    [first] = search(archive, "السد")
    record = {**address, "id": "7", "body": BODY + " وقد صححت الجريدة خبرها"}
    assert add(record) == {"updated": 1}
    [changed] = search(archive, "صححت")
    assert changed.doc_id == doc_id_of("7", "example.com")
    assert open_index(archive).open().find(first.doc_id) == changed


def test_an_old_dump_does_not_restore_an_old_version(archive, add):
    old = {"id": "1", "title": TITLE, "body": BODY}
    new = {**old, "body": BODY + " وقد صححت الجريدة خبرها"}
    assert add(old, new) == {"articles": 1, "updated": 1}
    assert add(old, new) == {"duplicates": 2}
    assert [document.body for document in search(archive, "صححت")] == [new["body"]]


def words(count, *, start=0):
    return " ".join(f"كلمة{number}" for number in range(start, start + count))


def test_a_removed_article_leaves_no_version_to_the_next_article(archive, add):
    record = {"id": "1", "title": TITLE, "body": BODY, "date": "2020-03-05"}
    add(record, {**record, "body": words(30), "date": "2020-03-06"})
    open_index(archive).remove_ids([doc_id_of("1", None)])
    add({"id": "2", "title": "سوق جديدة", "body": words(30, start=300)})
    assert open_index(archive).open().versions_of(doc_id_of("2", None)) == ()


def test_a_lightly_edited_copy_is_linked_to_the_other(archive, add):
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


def test_a_copy_of_a_copy_is_a_copy_of_the_first(archive, add):
    """The third is close to the second, a copy of the first, and far from the first."""
    bodies = [words(100), words(100, start=25), words(100, start=50)]
    records = [{"id": str(n), "title": f"{n}", "body": body} for n, body in enumerate(bodies)]
    assert add(*records) == {"articles": 2, "near_duplicates": 1}


def test_copies_of_a_changed_article_are_linked_again(archive, add):
    add(*({"id": str(n), "title": f"{n}", "body": words(100)} for n in range(3)))
    assert add({"id": "0", "title": "0", "body": words(100) + " سطر زائد"}) == {"updated": 1}
    [hit] = SearchEngine.open(archive, load=NgramEncoder).search(Query("كلمة7")).hits
    assert len(hit.copies) == 2


def test_the_earliest_copy_leads_its_group_in_any_order_of_arrival(archive, add):
    later = {"id": "1", "title": "الثاني", "body": words(100), "date": "2020-05-02"}
    first = {"id": "2", "title": "الأول", "body": words(99), "date": "2020-05-01"}
    assert add(later, first) == {"articles": 1, "near_duplicates": 1}
    index = open_index(archive).open()
    of_later, of_first = doc_id_of("1", None), doc_id_of("2", None)
    assert index.copies_of([of_later, of_first]) == {of_later: (of_first,), of_first: (of_later,)}
    add({"id": "3", "title": "الثالث", "body": words(98), "date": "2020-04-30"})
    of_third = doc_id_of("3", None)
    assert open_index(archive).open().copies_of([of_later])[of_later] == (of_third, of_first)


def test_the_next_published_copy_leads_its_group_once_the_first_is_removed(archive, add):
    days = (4, 1, 3, 2)  # in the order of arrival
    add(
        *(
            {"id": f"{day}", "title": "طقس", "body": words(100), "date": f"2020-05-0{day}"}
            for day in days
        )
    )
    _, first, second, third, fourth = (doc_id_of(f"{day}", None) for day in range(5))
    open_index(archive).remove_ids([first])
    assert open_index(archive).open().copies_of([fourth]) == {fourth: (second, third)}


def test_copies_are_sorted_by_their_own_dates(archive, add):
    report = [
        {"id": f"{day}", "title": "طقس", "body": words(100), "date": f"2020-05-0{day}"}
        for day in (1, 2, 4)
    ]
    other = {"id": "9", "title": "سوق", "body": words(40) + words(90, start=700)}
    add(*report, {**other, "date": "2020-05-03"})
    engine = SearchEngine.open(archive, load=NgramEncoder)
    for sort, days in (
        (Sort.NEWEST, ["2020-05-04", "2020-05-03"]),
        (Sort.OLDEST, ["2020-05-01", "2020-05-03"]),
    ):
        hits = engine.search(Query("كلمة7", Mode.LEXICAL, sort=sort)).hits
        assert [hit.document.date.isoformat() for hit in hits] == days
        assert [len(hit.copies) for hit in hits] == [2, 0]
    newest = engine.index.newest(5)
    assert [document.date.isoformat() for document in newest] == ["2020-05-04", "2020-05-03"]


def test_one_id_in_two_newspapers_names_two_articles(archive, add):
    first = {"id": "12", "source": "السهل", "title": TITLE, "body": BODY}
    other = {**first, "source": "الوادي", "body": words(30)}
    assert add(first, other, {**first, "id": "12", "source": None}) == {
        "articles": 2,
        "near_duplicates": 1,
    }
    assert add({**first, "body": BODY + " وقد صححت خبرها"}) == {"updated": 1}


def test_an_id_without_a_newspaper_belongs_to_the_host_of_its_address(archive, add):
    hosts = ("www.sahl.example", "wadi.example")
    records = [
        {"id": "1", "title": f"خبر {host}", "body": words(20, start=n), "url": f"https://{host}/a"}
        for n, host in zip((0, 50), hosts, strict=True)
    ]
    changed = {**records[0], "url": "http://sahl.example/b", "date": "2020-03-05"}
    assert add(*records, changed) == {"articles": 2, "updated": 1}
    assert add(changed, *records) == {"duplicates": 3}
    ids = {document.title: document.doc_id for document in search(archive, "خبر")}
    assert ids == {
        "خبر www.sahl.example": doc_id_of("1", "sahl.example"),
        "خبر wadi.example": doc_id_of("1", "wadi.example"),
    }
    # A newspaper with the name of its host, and an id without either.
    assert add({**changed, "source": "https://www.sahl.example/"}) == {"updated": 1}
    assert add({"id": "1", "title": "خبر ثالث", "body": words(20, start=90)}) == {"articles": 1}


def test_ids_stored_before_hosts_counted_are_kept(archive, add):
    record = {"id": "1", "title": TITLE, "body": BODY, "url": "https://sahl.example/1"}
    add({"title": "خبر آخر", "body": words(20)})
    earlier = Document(
        doc_id_of("1", None), Kind.ARTICLE, TITLE, BODY, url=record["url"], own_id="1"
    )
    with (
        open_index(archive).writer(NgramEncoder().identity) as writer,
        writer.commit() as changes,
    ):
        changes.store(prepare_document(earlier, encoder=NgramEncoder()).new)
    assert add(record) == {"duplicates": 1}
    assert add({**record, "date": "2020-03-06"}) == {"updated": 1}
    assert add({**record, "url": "https://wadi.example/1", "body": words(20, start=50)}) == {
        "articles": 1
    }
    [document] = search(archive, "السد")[:1]
    assert (document.doc_id, document.date) == (earlier.doc_id, date(2020, 3, 6))


def test_undated_articles_of_one_title_do_not_replace_each_other(archive, add):
    columns = [
        {"title": "حديث الصباح", "source": "السهل", "body": words(60, start=start)}
        for start in (0, 100, 200)
    ]
    assert add(*columns) == {"articles": 3}
    corrected = {**columns[1], "body": words(58, start=100) + " تصحيح في آخره وسطر زائد"}
    assert add(corrected, *columns) == {"updated": 1, "duplicates": 3}


def test_the_latest_version_is_shown_and_the_longest_of_a_day(archive, add):
    record = {"id": "1", "title": TITLE, "body": BODY, "date": "2020-03-05"}
    longer = {**record, "body": BODY + " مع تفاصيل"}
    later = {**record, "body": "تصحيح قصير للخبر", "date": "2020-03-06"}
    add(later, longer, record)
    [document] = search(archive, TITLE)
    assert document.body == later["body"]
    versions = open_index(archive).open().versions_of(document.doc_id)
    assert [version.body for version in versions] == [longer["body"], BODY]


def test_author_section_and_time_complete_a_version_and_make_no_new_one(archive, add):
    record = {"id": "1", "title": TITLE, "body": BODY, "date": "2020-03-05"}
    complete = {
        **record,
        "author": "م. الحداد",
        "section": "جهات",
        "published_at": "2020-03-05T18:40",
    }
    add(record)
    assert add(complete) == {"duplicates": 1}
    assert add(record) == {"duplicates": 1}
    [document] = search(archive, TITLE)
    assert (document.author, document.section) == ("م. الحداد", "جهات")
    engine = SearchEngine.open(archive, load=NgramEncoder)
    assert engine.search(Query("author:الحداد")).total == 1  # without a new index
    assert engine.search(Query("السد الجديد")).total == 1
    assert document.published_at == datetime(2020, 3, 5, 18, 40)
    assert document.added_at.tzinfo is UTC


def test_records_without_an_id_join_the_article_of_their_address(archive, add):
    page = {"title": TITLE, "body": BODY, "url": "https://example.com/sadd/3"}
    second = {**page, "id": "b", "body": words(40)}
    assert add({**page, "id": "a"}, page, second) == {"articles": 2, "updated": 1}
    assert add(page, second, {**page, "id": "a"}) == {"duplicates": 3}


def test_an_alias_that_becomes_known_renames_a_newspaper(archive, add):
    records = [
        {"id": "1", "source": "wadi-press", "title": TITLE, "body": BODY},
        {"title": "حديث الصباح", "source": "wadi-press", "body": words(30), "date": "2020-03-05"},
        {"title": "خبر عاجل من ضفة الوادي", "source": "wadi-press"},
    ]
    add(*records)
    [former] = search(archive, "السد")
    (archive / "newspapers.tsv").write_text("name\taliases\nصوت الوادي\twadi-press\n")
    assert add(*records) == {"duplicates": 3}
    status = open_index(archive).status()
    assert (status.sources, status.documents) == ({"صوت الوادي": 3}, 3)
    [document] = search(archive, "السد")
    assert (document.doc_id, document.body) == (doc_id_of("1", "صوت الوادي"), BODY)
    assert open_index(archive).open().find(former.doc_id) == document
    assert add({**records[0], "source": "صوت الوادي"}) == {"duplicates": 1}


SPELLINGS = ("انباء السهل", "أنباء السهل", "أنباء السھل", "أنباء\u200f السهل")


def test_the_spellings_of_a_newspaper_are_one_source_in_any_order_of_arrival(tmp_path, add):
    records = [
        {
            "id": "1",
            "source": source,
            "title": TITLE,
            "body": f"{BODY} {n}",
            "date": f"2020-03-0{n}",
        }
        for n, source in enumerate(SPELLINGS, start=1)
    ]
    archives = []
    for order, runs in (((0, 1, 2, 3), 1), ((3, 2, 1, 0), 1), ((2, 0, 3, 1), 4)):
        folder = tmp_path / f"order{order[0]}"
        for n in range(0, 4, 4 // runs):
            chosen = [records[place] for place in order[n : n + 4 // runs]]
            dump = write_jsonl(tmp_path / "dump.jsonl", chosen)
            add_dumps([str(dump)], folder, NgramEncoder(), captured_on=None, show_progress=False)
        assert open_index(folder).check() == []
        archives.append(folder)
    for folder in archives:
        assert open_index(folder).status().sources == {"أنباء السهل": 1}
        [document] = search(folder, "السد")
        assert (document.doc_id, document.body) == (doc_id_of("1", "أنباء السهل"), f"{BODY} 4")
