"""Browsing without a query, through HTTP, over an archive whose days are counted by hand."""

import re
import time
from datetime import date
from urllib.parse import unquote, urlsplit

import pytest
from lxml import html

from indexer.cli import main
from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.index.live import LiveArchive
from search.records import Filters, Sort
from search.results.calendar import plan_listing
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from tests.memory_index import MemoryArchive, Stored
from web import create_app

PAPER, OTHER, SLASH, CROWDED = "أريفينو", "صوت الجبل", "قناة 24/7", "عناوين السهل"
NUMBERED = "صوت الجبل 2018"  # its last word could be a year of another newspaper
WIRE = "انتهت أشغال السد الكبير قرب القرية بعد سبع سنوات، وامتلأ نصفه من مياه الشتاء الماضي."
FAIR = "افتتح المعرض الجهوي للخزف أبوابه أمام الزوار، وشارك فيه عشرون صانعا من القرى المجاورة."
RECORDS = [
    {"id": "a1", "source": PAPER, "date": "2019-03-05", "title": "السد يمتلئ", "body": WIRE},
    {"id": "a2", "source": PAPER, "date": "2019-03-05", "title": "معرض الخزف", "body": FAIR},
    {"id": "a3", "source": PAPER, "date": "2019-03-05", "title": "الخزف ثانية", "body": FAIR},
    {"id": "a4", "source": PAPER, "date": "2019-03-05", "title": "عنوان بلا نص"},
    {"id": "a5", "source": PAPER, "date": "2019-04-01", "title": "الربيع",
     "body": "أزهرت أشجار اللوز في السفوح، وخرج النحالون إلى خلاياهم مبكرا هذا العام."},
    {"id": "a6", "source": PAPER, "date": "2020-02-29", "title": "يوم الكبيسة",
     "body": "احتفل مواليد التاسع والعشرين بعيدهم الذي لا يعود إلا كل أربع سنوات."},
    {"id": "a7", "source": PAPER, "title": "بلا تاريخ",
     "body": "دعا محمد السادس إلى صون حقوق الإنسان في المغرب، ونشرت الشرطة أرقام السنة."},
    {"id": "b1", "source": OTHER, "date": "2019-03-05", "title": "نصف السد", "body": WIRE},
    {"id": "b2", "source": OTHER, "date": "2018-03-05", "title": "ثلوج الممر",
     "body": "غطت الثلوج الممر الجبلي ليلتين، ففتحته الجرافات مع طلوع الفجر أمام الحافلات."},
    {"id": "b3", "source": OTHER, "date": "2020-12-31", "title": "آخر السنة",
     "body": "ودعت الأسواق سنة صعبة، وقال التجار إن البضائع بقيت على الرفوف حتى المساء."},
    {"id": "n1", "date": "2019-03-05", "title": "بلا صحيفة",
     "body": "عثر راع على نقود قديمة في كهف، وسلمها إلى متحف المدينة في اليوم الموالي."},
    {"id": "m1", "source": NUMBERED, "date": "2019-03-07", "title": "من المرقمة",
     "body": "صدر العدد الأول من الملحق الشهري، وفيه خريطة للآبار وحوار مع أقدم نساج."},
    {"id": "s1", "source": SLASH, "date": "2019-03-07", "title": "من القناة",
     "body": "بدأت القناة بث نشرة بالأمازيغية كل مساء، ووعدت بأخرى بالحسانية قبل الصيف."},
    *({"source": CROWDED, "date": "2021-01-01", "title": f"عنوان رقم {n}"} for n in range(60)),
]  # fmt: skip
COPIES = {"نصف السد": "السد يمتلئ", "الخزف ثانية": "معرض الخزف"}


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("browsing")
    dump = write_jsonl(folder / "dump.jsonl", RECORDS)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return SearchEngine.open(folder / "a", load=NgramEncoder)


@pytest.fixture(scope="module")
def memory_engine(engine):
    """Return an engine over the same documents in the simplest implementation of the protocol."""
    plan = plan_listing(engine.index, Filters())
    listed = engine.index.list_matches(plan, Sort.OLDEST, 0, len(RECORDS)).doc_ids()
    documents = engine.index.documents(listed)
    id_of = {document.title: doc_id for doc_id, document in documents.items()}
    stored = Stored(copy_of={id_of[copy]: id_of[first] for copy, first in COPIES.items()})
    archive = MemoryArchive(NgramEncoder(), stored)
    archive.add(documents.values())
    return SearchEngine(LiveArchive(archive, lambda _: NgramEncoder()))


@pytest.fixture(params=["engine", "memory_engine"])
def client(request):
    return create_app(engine=request.getfixturevalue(request.param)).test_client()


def open_page(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return html.fromstring(answer.get_data(as_text=True))


def texts(page, xpath):
    return [" ".join(node.text_content().split()) for node in page.xpath(xpath)]


def links(page, xpath):
    """Return the address of each link by its label or text."""
    return {
        node.get("aria-label") or " ".join(node.text_content().split()): unquote(node.get("href"))
        for node in page.xpath(xpath)
    }


def titles(page):
    return texts(page, "//ul[@class='entries']/li/a")


def test_the_page_of_a_newspaper_shows_its_counts_and_its_years(client):
    page = open_page(client, f"/source/{PAPER}")
    assert texts(page, "//h1") == [PAPER]
    assert texts(page, "//*[@class='facts']/span") == [
        "6 مقالات",
        "عنوان واحد بلا نص",
        "من 5 مارس 2019 إلى 29 فبراير 2020",
        "العربية",
        "بلا تاريخ 1",
    ]
    assert texts(page, "//table[@class='years']//th[@scope='row']") == ["2020 1", "2019 5"]
    assert links(page, "//table[@class='years']//td/a") == {
        "مارس 2019: 4 وثائق": f"/source/{PAPER}/2019/03",
        "أبريل 2019: وثيقة واحدة": f"/source/{PAPER}/2019/04",
        "فبراير 2020: وثيقة واحدة": f"/source/{PAPER}/2020/02",
    }
    assert texts(page, "//section[@aria-labelledby='newest']//li/a")[0] == "يوم الكبيسة"
    assert titles(open_page(client, f"/source/{PAPER}/undated")) == ["بلا تاريخ"]


def test_a_year_links_the_days_with_documents_in_twelve_months(client):
    page = open_page(client, f"/source/{PAPER}/2019")
    assert len(page.xpath("//div[@class='grids']/table")) == 12
    assert links(page, "//div[@class='grids']//td/a") == {
        "5 مارس 2019: 4 وثائق": f"/source/{PAPER}/2019/03/05",
        "1 أبريل 2019: وثيقة واحدة": f"/source/{PAPER}/2019/04/01",
    }
    # The 5th of March 2019 was a Tuesday: the second cell of a week that begins on Monday.
    [week] = page.xpath("//tr[td/a[starts-with(@aria-label, '5 مارس')]]")
    assert [td.text_content()[:1] for td in week.xpath("td")] == ["4", "5", "6", "7", "8", "9", "1"]
    assert links(page, "//nav[@class='steps']/a") == {"التالي: سنة 2020": f"/source/{PAPER}/2020"}
    whole = open_page(client, "/day/2019")
    assert links(whole, "//section[@aria-labelledby='newspapers']//a") == {
        f"{PAPER} 5": f"/source/{PAPER}/2019",
        f"{OTHER} 1": f"/source/{OTHER}/2019",
        f"{SLASH} 1": f"/source/{SLASH}/2019",
        f"{NUMBERED} 1": f"/source/{NUMBERED}/2019",
    }


def test_a_month_lists_its_documents_by_day(client):
    page = open_page(client, "/day/2019-03")
    assert texts(page, "//section[@class='of-group']/h2") == [
        "الثلاثاء 5 مارس 2019 6",
        "الخميس 7 مارس 2019 2",
    ]
    assert {*titles(page)[-2:]} == {"من القناة", "من المرقمة"}
    assert links(page, "//nav[@class='steps']/a") == {
        "السابق: مارس 2018": "/day/2018-03",
        "التالي: أبريل 2019": "/day/2019-04",
    }


def test_a_day_groups_its_documents_by_newspaper(client):
    page = open_page(client, "/day/2019-03-05")
    assert texts(page, "//section[@class='of-group']/h2") == [
        f"{PAPER} 4",
        f"{OTHER} 1",
        "بلا اسم صحيفة 1",
    ]
    groups = [texts(section, ".//ul[@class='entries']/li/a") for section in
              page.xpath("//section[@class='of-group']")]  # fmt: skip
    # Only one of the two articles about the fair is shown; the headline comes last.
    assert {*groups[0][:2]} & {"معرض الخزف", "الخزف ثانية"}
    assert "السد يمتلئ" in groups[0][:2]
    assert groups[0][2:] == ["عنوان بلا نص"]
    assert groups[1:] == [["نصف السد"], ["بلا صحيفة"]]
    notes = texts(page, "//ul[@class='entries']/li/details/summary")
    assert sorted(note.split(" ", 2)[1] for note in notes) == ["أيضا", "أيضا", "مرة"]
    assert links(page, "//nav[@class='steps']/a") == {
        "السابق: 5 مارس 2018": "/day/2018-03-05",
        "التالي: 7 مارس 2019": "/day/2019-03-07",
    }
    assert page.xpath("//head/link[@rel='next']/@href") == ["/day/2019-03-07"]


def test_a_day_without_documents_links_the_nearest_days_with_documents(client):
    page = open_page(client, f"/source/{PAPER}/2019/03/20")
    assert titles(page) == []
    assert links(page, "//*[@class='facts']//a") == {"في الصحف كلها": "/day/2019-03-20"}
    assert links(page, "//nav[@class='steps']/a") == {
        "السابق: 5 مارس 2019": f"/source/{PAPER}/2019/03/05",
        "التالي: 1 أبريل 2019": f"/source/{PAPER}/2019/04/01",
    }
    for edge in ("0001-01-01", "9999-12-31", "9999", "0001-01"):
        assert titles(open_page(client, f"/day/{edge}")) == []


def test_the_pages_of_a_long_day_list_each_document_once(client):
    first, second = (open_page(client, f"/day/2021-01-01?page={page}") for page in (1, 2))
    assert (len(titles(first)), len(titles(second))) == (50, 10)
    assert {*titles(first), *titles(second)} == {f"عنوان رقم {n}" for n in range(60)}
    # A page far beyond the last is refused before it is listed, which no memory could hold.
    for path in ("/day/2021-01-01?page=3", "/day/2021-01?page=999999999"):
        assert client.get(path).status_code == 404
    assert client.get("/day/2021-01-01?page=0").status_code == 400


def test_every_other_spelling_of_an_address_redirects_to_the_canonical_one(client):
    expected = {
        "/source/arrifinu": f"/source/{PAPER}",
        "/source/Arrifinu/2019/3?ui=fr": f"/source/{PAPER}/2019/03?ui=fr",
        "/source/اريفينو": f"/source/{PAPER}",
        f"/source/{PAPER}/": f"/source/{PAPER}",
        f"/source/{PAPER}/2019/3/5": f"/source/{PAPER}/2019/03/05",
        "/day/2019-3-5": "/day/2019-03-05",
    }
    answers = {path: client.get(path) for path in expected}
    assert {answer.status_code for answer in answers.values()} == {301}
    locations = {path: unquote(answer.headers["Location"]) for path, answer in answers.items()}
    assert locations == expected


def test_a_name_with_a_slash_has_its_pages(client):
    assert texts(open_page(client, f"/source/{SLASH}"), "//h1") == [SLASH]
    assert titles(open_page(client, f"/source/{SLASH}/2019/03/07")) == ["من القناة"]
    assert texts(open_page(client, f"/source/{OTHER}/2018"), "//h1") == ["سنة 2018"]
    assert texts(open_page(client, f"/source/{NUMBERED}"), "//h1") == [NUMBERED]


def test_what_cannot_exist_is_not_found(client):
    paths = (
        *("/day/2019-02-29", "/day/2019-13", "/day/0000", "/day/10000", "/day/٢٠١٩", "/day/"),
        *("/day/2019-03-05-1", f"/source/{PAPER}/2019/02/30", f"/source/{PAPER}/x"),
        *("/source/", "/source/<b>"),
    )
    answers = {path: client.get(path) for path in paths}
    statuses = {path: answer.status_code for path, answer in answers.items()}
    assert statuses == dict.fromkeys(paths, 404)
    assert [path for path, answer in answers.items() if "<b>" in answer.text] == []


def test_an_unknown_newspaper_suggests_the_nearest_name_in_the_language_of_the_reader(client):
    answer = client.get("/source/أريفنو نيوز?ui=fr")
    page = html.fromstring(answer.get_data(as_text=True))
    assert answer.status_code == 404
    assert texts(page, "//h1") == ["Cette archive n’a pas de journal nommé « أريفنو نيوز »"]
    assert links(page, "//main//ul//a") == {PAPER: f"/source/{PAPER}"}


def test_a_document_links_its_newspaper_its_day_and_its_neighbours(client, engine):
    plan = plan_listing(engine.index, Filters(sources=(PAPER,)))
    [*dated, undated] = engine.index.list_matches(plan, Sort.OLDEST, 0, 9).doc_ids()
    walked, path = [], f"/document/{dated[0]}"
    assert not open_page(client, path).xpath("//a[@rel='prev']")
    while path:
        walked.append(path.removeprefix("/document/"))
        page = open_page(client, path)
        path = next(iter(page.xpath("//nav[@class='around']//a[@rel='next']/@href")), None)
    assert walked == dated
    around = links(page, "//nav[@class='around']//a")
    assert (around[PAPER], around["صحف 29 فبراير 2020"]) == (f"/source/{PAPER}", "/day/2020-02-29")
    assert around["الربيع"] == f"/document/{dated[-2]}"
    assert links(page, "//header/p[@class='kicker']/a") == {PAPER: f"/source/{PAPER}"}
    page = open_page(client, f"/document/{undated}")
    assert links(page, "//nav[@class='around']//a") == {PAPER: f"/source/{PAPER}"}


def test_the_front_page_lists_this_day_in_earlier_years(engine):
    section = "//section[@aria-labelledby='anniversaries']"
    for today, days in (
        (date(2020, 3, 5), ["5 مارس 2019", "5 مارس 2019", "5 مارس 2019", "5 مارس 2018"]),
        (date(2019, 3, 5), ["5 مارس 2018"]),
        (date(2024, 2, 29), ["29 فبراير 2020"]),
        (date(2023, 1, 1), []),  # headlines are no articles
        (date(2018, 3, 5), []),
    ):
        app = create_app(engine=engine, today=lambda today=today: today)
        page = open_page(app.test_client(), "/")
        assert texts(page, f"{section}//time") == days, today
        assert len(page.xpath(section)) == bool(days), today


def test_the_front_page_links_newspapers_and_years(engine):
    client = create_app(engine=engine).test_client()
    page = open_page(client, "/")
    assert links(page, "//ul[@class='roll']//a")[OTHER] == f"/source/{OTHER}"
    bars = links(page, "//*[@class='timeline']//a")
    assert bars == {f"{year}: {count}": f"/day/{year}" for year, count in
                    ((2018, 1), (2019, 9), (2020, 2), (2021, 60))}  # fmt: skip


def test_each_example_on_the_front_page_is_in_the_readers_language_and_finds_something(engine):
    client = create_app(engine=engine).test_client()
    for ui, letters, *shown in (
        ("ar", "[ء-ي]", "سؤال ماذا عن المغرب؟", "اسم محمد السادس"),
        ("fr", "[a-z]", "question Qui est Mohammed VI ?", "nom Maroc"),
        ("en", "[a-z]", "question Who is Mohammed VI?"),
    ):
        examples = open_page(client, f"/?ui={ui}").xpath("//section[@class='examples']//li")
        texts = [" ".join(example.text_content().split()) for example in examples]
        assert set(shown) - set(texts) == set(), ui
        for example in examples:
            assert re.search(letters, example.xpath("string(a)")), ui
            query = urlsplit(example.xpath("a/@href")[0]).query
            assert client.get(f"/api/search?{query}").get_json()["total"] > 0


def test_a_removed_newspaper_is_not_found(tmp_path):
    dump = write_jsonl(tmp_path / "d.jsonl", RECORDS[:8])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    client = create_app(engine=SearchEngine.open(tmp_path / "a", load=NgramEncoder)).test_client()
    assert client.get(f"/source/{OTHER}").status_code == 200
    assert main(["remove", "--archive", str(tmp_path / "a"), "--source", OTHER]) == 0
    deadline = time.monotonic() + 60  # a new commit is opened in a thread
    while client.get(f"/source/{OTHER}").status_code == 200 and time.monotonic() < deadline:
        time.sleep(0.02)
    assert client.get(f"/source/{OTHER}/2018").status_code == 404
    assert titles(open_page(client, "/day/2018-03-05")) == []
