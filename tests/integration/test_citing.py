"""How documents are cited, taken by reference managers, and found by crawlers, through HTTP."""

import json
import re
from datetime import UTC, date, datetime
from html import unescape
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

import pytest

from indexer.cli import main
from indexer.ingest import add_dumps
from search.engine import SearchEngine
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from web import create_app
from web.api.crawling import count_files, write_file

SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
DAM, FLOOD = "فتح السد «الكبير»", "La crue du barrage السد"
RECORDS = [
    {
        "id": "1", "title": DAM, "body": "فتح السد أمس بعد المطر", "source": "السهل",
        "date": "2020-05-01", "url": "https://sahl.example/1", "author": "سعيد بن علي",
        "section": "محليات", "published_at": "2020-05-01T18:30:00+00:00",
    },
    {
        "id": "2", "title": FLOOD, "body": "Le barrage a été ouvert </x-y>.",
        "source": "Le Val", "language": "fr",
    },
    {"id": "3", "title": "السد يمتلئ", "source": "السهل", "date": "2021-01-02"},
]  # fmt: skip


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("citing")
    dump = write_jsonl(folder / "dump.jsonl", RECORDS)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return SearchEngine.open(folder / "a", load=NgramEncoder)


@pytest.fixture
def client(engine):
    return create_app(engine=engine, today=lambda: date(2026, 11, 30)).test_client()


@pytest.fixture
def ids(client):
    hits = client.get("/api/search?q=السد&sort=newest").get_json()["hits"]
    return {hit["title"]: hit["id"] for hit in hits}


def meta_of(page):
    tags = re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page)
    return {name: unescape(content) for name, content in tags}


def test_a_document_is_cited_in_the_language_of_the_reader(client, ids):
    pop = "\u2069"
    arabic = f"/document/{ids[DAM]}"
    french = f"/document/{ids[FLOOD]}"
    home = f"http://localhost{french}"
    for path, ui, expected in (
        (
            arabic, "ar", "سعيد بن علي، «فتح السد “الكبير”»، السهل، 1 ماي 2020،"
            f" \u2066https://sahl.example/1{pop} (تاريخ الاطلاع: 30 نونبر 2026).",
        ),
        (
            arabic, "fr", f"\u2068سعيد بن علي{pop}, «\xa0\u2067فتح السد “الكبير”{pop}\xa0»,"
            f" \u2068السهل{pop}, 1er mai 2020, https://sahl.example/1"
            " (consulté le 30 novembre 2026).",
        ),
        (
            french, "en", f"“\u2066La crue du barrage السد{pop}”, Le Val, n.d., {home}"
            " (accessed 30 November 2026).",
        ),
        (
            french, "ar", f"«\u2066La crue du barrage السد{pop}»، \u2068Le Val{pop}، د.ت.،"
            f" \u2066{home}{pop} (تاريخ الاطلاع: 30 نونبر 2026).",
        ),
    ):  # fmt: skip
        page = client.get(path, query_string={"ui": ui}).text
        assert unescape(re.search('id="as-text">(.*?)</p>', page)[1]) == expected


def test_references_are_downloaded_for_a_document_and_for_all_matches(client, ids):
    page = client.get(f"/document/{ids[FLOOD]}").text
    results = client.get("/search", query_string={"q": "السد", "sort": "newest", "k": 1}).text
    for ending, mimetype, start in (
        ("bib", "application/x-bibtex", "@article{"),
        ("ris", "application/x-research-info-systems", "TY  - NEWS"),
        ("csl.json", "application/vnd.citationstyles.csl+json", '{"id": "'),
    ):
        one = f"/document/{ids[FLOOD]}/citation.{ending}"
        every = re.search(rf'"(/export\.{ending}\?[^"]*)"', results)[1]
        assert f'href="{one}"' in page
        for address, count in ((one, 1), (unescape(every), 3)):
            answer = client.get(address)
            assert answer.mimetype == mimetype
            assert f'filename="arshif.{ending}"' in answer.headers["Content-Disposition"]
            assert answer.text.count(start) == count, address
            assert FLOOD in answer.text
            assert answer.text.endswith("\n")
        assert client.get(f"/document/none/citation.{ending}").status_code == 404
        assert client.get(f"/export.{ending}").status_code == 400
    every = client.get("/export.csl.json?q=السد&sort=newest")
    assert [item["container-title"] for item in json.loads(every.data)] == [
        "السهل", "السهل", "Le Val",
    ]  # fmt: skip
    assert json.loads(client.get("/export.csl.json?source=nobody").data) == []
    assert json.loads(every.data)[2]["accessed"] == {"date-parts": [[2026, 11, 30]]}


def test_reference_managers_find_each_hit_of_a_page(client):
    page = client.get("/search?q=السد&sort=newest").text
    spans = re.findall('<span class="Z3988" title="([^"]*)" hidden></span>', page)
    fields = [parse_qs(unescape(span), strict_parsing=True) for span in spans]
    assert [(one["rft.type"], one.get("rft.date")) for one in fields] == [
        (["newspaperArticle"], ["2021-01-02"]),
        (["newspaperArticle"], ["2020-05-01"]),
        (["newspaperArticle"], None),
    ]
    assert fields[1]["rft.identifier"] == ["https://sahl.example/1"]


def test_the_head_of_a_document_describes_it(client, ids):
    address = f"/document/{ids[DAM]}"
    page = client.get(address, query_string={"q": "السد"}).text
    home = f"http://localhost{address}"
    assert (
        meta_of(page).items()
        >= {
            "description": "فتح السد أمس بعد المطر",
            "citation_title": "فتح السد «الكبير»",
            "citation_author": "سعيد بن علي",
            "citation_date": "2020/05/01",
            "citation_public_url": "https://sahl.example/1",
            "DC.type": "newspaperArticle",
            "DC.source": "السهل",
            "DC.date": "2020-05-01",
            "DC.identifier": "https://sahl.example/1",
            "og:type": "article",
            "og:url": home,
            "article:published_time": "2020-05-01T18:30:00+00:00",
            "article:section": "محليات",
        }.items()
    )
    assert f'<link rel="canonical" href="{home}">' in page
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    article = json.loads(block)
    assert (
        article.items()
        >= {
            "@type": "NewsArticle",
            "headline": "فتح السد «الكبير»",
            "datePublished": "2020-05-01T18:30:00+00:00",
            "author": {"@type": "Person", "name": "سعيد بن علي"},
            "publisher": {"@type": "NewsMediaOrganization", "name": "السهل"},
            "url": home,
            "isBasedOn": "https://sahl.example/1",
        }.items()
    )


def test_an_undated_document_has_no_day_and_its_text_ends_no_script(client, ids):
    page = client.get(f"/document/{ids[FLOOD]}").text
    meta = meta_of(page)
    assert meta["DC.date"] == "n.d."
    assert "citation_date" not in meta
    [block] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    article = json.loads(block)
    assert "<" not in block
    assert article["description"] == "Le barrage a été ouvert </x-y>."
    assert not {"datePublished", "isBasedOn"} & set(article)


def test_pages_name_their_canonical_address(client):
    for address, canonical in (
        ("/?ui=fr", "/"),
        ("/source/السهل?theme=dark", "/source/السهل"),
        ("/source/السهل/2020/05?ui=en", "/source/السهل/2020/05"),
        ("/day/2020-05-01?page=1", "/day/2020-05-01"),
    ):
        links = re.findall('<link rel="canonical" href="([^"]*)">', client.get(address).text)
        assert [unquote(link) for link in links] == [f"http://localhost{canonical}"]


def locations_of(answer):
    return [element.text for element in ElementTree.fromstring(answer.data).iter(f"{SITEMAP}loc")]


def test_crawlers_find_each_document_and_no_search(client, ids):
    robots = client.get("/robots.txt")
    assert robots.mimetype == "text/plain"
    closed = ("/search", "/api/", "/story/", "/compare/")
    assert {f"Disallow: {path}" for path in closed} <= {*robots.text.splitlines()}
    [index] = re.findall("Sitemap: (.*)", robots.text)
    [file] = locations_of(client.get(index))
    answer = client.get(file)
    pages = locations_of(answer)
    assert len(pages) == 3
    assert f"http://localhost/document/{ids[FLOOD]}" in pages
    changes = ElementTree.fromstring(answer.data).iter(f"{SITEMAP}lastmod")
    today = datetime.now(UTC).date()
    days = [datetime.fromisoformat(change.text).date() for change in changes]
    assert [(today - day).days <= 1 for day in days] == [True] * 3
    assert client.get("/sitemap-2.xml").status_code == 404


def test_an_archive_whose_api_needs_keys_is_closed_to_crawlers(engine):
    client = create_app({"API_KEYS": "0" * 64}, engine=engine).test_client()
    assert client.get("/robots.txt").text == "User-agent: *\nDisallow: /\n"
    for path in ("/sitemap.xml", "/sitemap-1.xml"):
        assert client.get(path).status_code == 404


def test_removed_documents_and_replaced_headlines_are_in_no_sitemap(tmp_path):
    title = "افتتاح سد جديد في أعالي الوادي"
    first = [{"id": "1", "title": "خبر سيحذف", "source": "السهل"}, {"id": "2", "title": title}]
    article = [{"id": "3", "title": title, "body": "افتتح السد الجديد أمس", "date": "2020-03-04"}]
    for number, records in enumerate((first, article)):
        dump = write_jsonl(tmp_path / f"{number}.jsonl", records)
        add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None,
                  show_progress=False)  # fmt: skip
    engine = SearchEngine.open(tmp_path / "a", load=NgramEncoder)
    client = create_app(engine=engine).test_client()
    assert len(locations_of(client.get("/sitemap-1.xml"))) == 2
    assert main(["remove", "--archive", str(tmp_path / "a"), "--source", "السهل"]) == 0
    [page] = locations_of(client.get("/sitemap-1.xml"))
    assert "افتتح السد الجديد أمس" in client.get(page).text


def test_a_million_documents_are_in_files_that_are_written_in_small_blocks():
    read = []

    def storing_times(start, count):
        read.append(count)
        return [(f"d{n}", None) for n in range(start, min(start + count, 1_000_001))]

    index = SimpleNamespace(
        identity=SimpleNamespace(documents=1_000_001), storing_times=storing_times
    )
    assert count_files(index) == 21
    for number, count in ((1, 50_000), (20, 50_000), (21, 1)):
        blocks = list(write_file(index, number, "https://x.example/document/{}".format))
        file = ElementTree.fromstring(b"".join(blocks))
        pages = {element.text for element in file.iter(f"{SITEMAP}loc")}
        assert len(pages) == count
        assert f"https://x.example/document/d{(number - 1) * 50_000}" in pages
        assert max(map(len, blocks)) < 100_000
    assert max(read) <= 1_000
