"""The page that shows two copies of a text side by side."""

import re
from itertools import chain

import pytest

from indexer.ingest import add_dumps
from search.engine import SearchEngine
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from web import create_app

BODY = (
    "أعلنت البلدية أمس عن فتح الحديقة الكبرى أمام الزوار بعد أشغال دامت سنتين كاملتين.\n"
    "وقال رئيس المجلس إن الدخول مجاني طيلة الشهر الأول، وإن الحراس سيعملون ليلا ونهارا.\n"
    "وتضم الحديقة بحيرة صغيرة وملاعب للأطفال ومكتبة في الهواء الطلق تعير كتبها للزوار."
)
COPY = (
    "أعلنت البلدية عن فتح الحديقة الكبرى أمام الزوار بعد أشغال دامت سنتين كاملتين "
    "وقال رئيس المجلس ان الدخول مجاني طيلة الشهر الأول، وإن الحراس سيعملون ليلا ونهارا.\n"
    "وتضم الحديقة بحيرة صغيرة & نظيفة وملاعب للأطفال ومكتبة في الهواء الطلق "
    "تعير كتبها للزوار. انتهى"
)
RECORDS = [
    {"id": "1", "title": "فتح الحديقة", "body": BODY, "source": "السهل", "date": "2019-03-02"},
    {"id": "2", "title": "الحديقة تُفتح", "body": COPY, "source": "الوادي", "date": "2019-03-04"},
    {"id": "3", "title": "فتح الحديقة", "body": BODY, "source": "الجبل", "date": "2019-03-02"},
    {"id": "4", "title": "فَتح الحديقة", "body": BODY, "source": "البحر"},
    {"title": "عنوان بلا نص هنا", "source": "السهل"},
    {"title": "عنوان بلا نص هناك", "source": "الوادي"},
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison")
    dump = write_jsonl(folder / "dump.jsonl", RECORDS)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return SearchEngine.open(folder / "a", load=NgramEncoder)


@pytest.fixture
def client(engine):
    return create_app(engine=engine).test_client()


@pytest.fixture
def ids(client):
    """Return the ids of the documents by their newspapers, and of the two headlines."""
    hits = client.get("/api/search?q=الحديقة&kind=article").get_json()["hits"]
    every = [doc_id for hit in hits for doc_id in (hit["id"], *hit["copies"])]
    articles = {client.get(f"/api/documents/{doc_id}").get_json()["source"]: doc_id
                for doc_id in every}  # fmt: skip
    headlines = client.get("/api/search?q=عنوان بلا نص&kind=headline").get_json()["hits"]
    return articles | {hit["title"].split()[-1]: hit["id"] for hit in headlines}


def page_of(client, one, other, **parameters):
    answer = client.get(f"/compare/{one}/{other}", query_string=parameters)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def marked(page, tag):
    """Return the marked words of the texts, without what is read out in front of them."""
    parts = re.findall(rf"<{tag}><span[^>]*>[^<]*</span>(.*?)</{tag}>", page)
    return [part.strip() for part in parts]


def figures(page):
    main = page.split("<main")[1].split("</main>")[0]
    return dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", main))


def test_a_copy_is_compared_with_the_text_that_was_published_first(client, ids):
    page = page_of(client, ids["السهل"], ids["الوادي"])
    reverse = page_of(client, ids["الوادي"], ids["السهل"])
    assert page.split("<main")[1] == reverse.split("<main")[1]
    assert page.index("نُشر أولا") < page.index("السهل") < page.index("نُشر بعده")
    assert marked(page, "del") == ["فتح", "أمس"]
    assert marked(page, "ins") == ["تُفتح", "نظيفة", "انتهى"]
    assert figures(page) == {
        "مشترك": "40 كلمة من 41",
        "محذوف": "كلمة واحدة",
        "مضاف": "كلمتان",
        "أطول مقطع مشترك": "29 كلمة",
        "العنوان": "تغيّر",
    }
    assert '<link rel="canonical"' in page
    assert f'/compare/{ids["السهل"]}/{ids["الوادي"]}">' in page
    # Both columns are cut where either begins a line, though the copy has one line less.
    assert page.count('<div class="pair') == 4
    assert page.count('<div class="pair same"') == 1
    assert "صغيرة &amp; <ins>" in page


def test_nothing_is_called_first_where_the_dates_do_not_say_so(client, ids):
    for other, note in (
        ("الجبل", "نُشر النصان في اليوم نفسه، ولا يُعرف أيهما أسبق."),
        ("البحر", "لا يُعرف أي النصين أسبق: واحد منهما على الأقل بلا تاريخ."),
    ):
        page = page_of(client, ids[other], ids["السهل"])
        assert note in page
        assert "لا فرق بين كلمات النصين." in page
        assert "نُشر أولا" not in page
        assert figures(page)["العنوان"] == "لم يتغيّر"
        assert marked(page, "del") == marked(page, "ins") == []


def test_headlines_are_compared_by_their_titles(client, ids):
    page = page_of(client, ids["هنا"], ids["هناك"], ui="en")
    assert sorted(marked(page, "del") + marked(page, "ins")) == ["هنا", "هناك"]
    assert figures(page)["Shared"] == "3 words of 4"


def test_copies_link_to_their_comparison(client, ids):
    of_document = client.get(f"/document/{ids['الوادي']}").get_data(as_text=True)
    assert f'href="/compare/{ids["الوادي"]}/{ids["السهل"]}"' in of_document
    of_results = client.get("/search?q=الحديقة").get_data(as_text=True)
    pairs = re.findall(r'href="/compare/(.*?)/(.*?)"', of_results)
    assert len({first for first, _ in pairs}) == 1  # the hit
    assert {*chain(*pairs)} == {ids[source] for source in ("السهل", "الوادي", "الجبل", "البحر")}
    page = page_of(client, ids["السهل"], ids["الوادي"])
    others = re.findall(r'<li><a href="/compare/[^/]*/([^"]*)"><bdi>(.*?)</bdi>', page)
    assert dict(others) == {ids["الجبل"]: "الجبل، 2 مارس 2019", ids["البحر"]: "البحر"}


def test_what_cannot_be_compared_is_refused(client, ids):
    assert client.get(f"/compare/{ids['السهل']}/nothing").status_code == 404
    assert client.get(f"/compare/nothing/{ids['السهل']}").status_code == 404
    answer = client.get(f"/compare/{ids['السهل']}/{ids['السهل']}")
    assert (answer.status_code, answer.location) == (302, f"/document/{ids['السهل']}")
