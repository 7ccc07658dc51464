"""Documents that match terms over time, counted by hand: command line, endpoint and page."""

import csv
import io
import json
import re
from datetime import date
from xml.etree import ElementTree

import pytest

import search.trends.cli
from indexer.ingest import add_dumps
from search.engine import SearchEngine
from search.records import Filters
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from web import create_app
from web.parameters import read_query

PLAIN, HILL = "جريدة السهل", "صوت الجبل"
PLAIN_TERM = f'source:"{PLAIN}"'
RECORDS = [
    ("فيضان يغمر الحقول", PLAIN, "2019-01-05"),
    ("السكان يعودون بعد الفيضان إلى بيوتهم", PLAIN, "2019-01-20"),
    ("سوق الأسبوع يفتح أبوابه", HILL, "2019-01-20"),
    ("فيضان آخر في الوادي", HILL, "2019-03-02"),
    ("معرض الكتاب ينطلق غدا", PLAIN, "2019-03-02"),
    ("لجنة تحقق في فيضان الربيع", HILL, "2020-05-01"),
    ("حكاية الفيضان الكبير كما يرويها الشيوخ", PLAIN, None),
    ("صورة قديمة من القرية", HILL, None),
]
# January to March 2019, fourteen months, May 2020: no document is of February 2019
MONTHS = [3, 0, 2, *[0] * 13, 1]
FLOODS = [2, 0, 1, *[0] * 13, 1]


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trends")
    records = [
        {"title": title, "body": f"{title}. تفاصيل الخبر رقم {n}.", "source": source, "date": day}
        for n, (title, source, day) in enumerate(RECORDS)
    ]
    dump = write_jsonl(folder / "dump.jsonl", records)
    add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return folder / "a"


@pytest.fixture(scope="module")
def client(archive):
    engine = SearchEngine.open(archive, load=NgramEncoder)
    return create_app(engine=engine).test_client()


def run(capsys, *arguments):
    status = search.trends.cli.main(list(map(str, arguments)))
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def trends_json(client, **parameters):
    answer = client.get("/api/trends", query_string=parameters)
    assert answer.status_code == 200
    return answer.get_json()


def test_the_command_counts_by_month_with_gaps_and_undated_documents(archive, capsys):
    status, out, err = run(capsys, "فيضان", "فيل", "--archive", archive, "--json")
    answer = json.loads(out)
    assert (status, err) == (0, "")
    assert (answer["by"], answer["share"], answer["undated"]) == ("month", False, 2)
    assert answer["periods"][:3] == ["2019-01", "2019-02", "2019-03"]
    assert answer["periods"][-1] == "2020-05"
    assert answer["documents"] == MONTHS
    assert answer["trends"] == [
        {"query": "فيضان", "total": 4, "undated": 1, "counts": FLOODS, "shares": None},
        {"query": "فيل", "total": 0, "undated": 0, "counts": [0] * 17, "shares": None},
    ]


def test_a_share_is_of_all_documents_of_a_period_and_empty_in_a_gap(archive, capsys):
    arguments = ["فيضان", PLAIN_TERM, "--archive", archive, "--share", "--to", "2019-12-31"]
    _, out, _ = run(capsys, *arguments, "--csv")
    assert list(csv.reader(io.StringIO(out))) == [
        ["month", "documents", "فيضان", PLAIN_TERM],
        ["2019-01", "3", str(2 / 3), str(2 / 3)],
        ["2019-02", "0", "", ""],
        ["2019-03", "2", "0.5", "0.5"],
        ["undated", "2", "0.5", "0.5"],
    ]
    _, out, _ = run(capsys, *arguments, "--json")
    assert json.loads(out)["trends"][1] == {
        "query": PLAIN_TERM, "total": 3, "undated": 1,
        "counts": [2, 0, 1], "shares": [2 / 3, None, 0.5],
    }  # fmt: skip
    _, out, _ = run(capsys, *arguments)
    assert out.splitlines() == [
        "  month  documents      (1)      (2)",
        "2019-01          3  66.67 %  66.67 %",
        "2019-02          0        –        –",
        "2019-03          2  50.00 %  50.00 %",
        "undated          2  50.00 %  50.00 %",
        "(1) فيضان: 3 documents match, and 1 that have no date",
        f"(2) {PLAIN_TERM}: 3 documents match, and 1 that have no date",
    ]


# The parameters, and the periods with the number of all documents and of the matching ones
COUNTS_BY_PERIOD = (
    ({"by": "year"}, {"2019": (5, 3), "2020": (1, 1)}),
    ({"by": "year", "source": HILL}, {"2019": (2, 1), "2020": (1, 1)}),
    ({"by": "year", "source": [HILL, PLAIN], "kind": "headline"}, {}),
    ({"by": "month", "from": "2019-01-06", "to": "2019-03-01"}, {"2019-01": (2, 1)}),
    (
        {"by": "day", "from": "2019-01-01", "to": "2019-01-22"},
        {
            "2019-01-05": (1, 1),
            **{f"2019-01-{day:02}": (0, 0) for day in range(6, 20)},
            "2019-01-20": (2, 1),
        },
    ),
)


def test_the_endpoint_counts_within_filters(client):
    for parameters, expected in COUNTS_BY_PERIOD:
        answer = trends_json(client, q="فيضان", **parameters)
        [trend] = answer["trends"]
        counts = zip(answer["documents"], trend["counts"], strict=True)
        assert dict(zip(answer["periods"], counts, strict=True)) == expected, parameters


def test_each_count_is_the_total_of_its_search(client):
    answer = trends_json(client, q=["الفيضان", PLAIN_TERM, "الفيضان -الربيع", "flood"], by="year")
    for trend in answer["trends"]:
        for year, count in zip(answer["periods"], trend["counts"], strict=True):
            days = {"q": trend["query"], "from": f"{year}-01-01", "to": f"{year}-12-31"}
            assert client.get("/api/search", query_string=days).get_json()["total"] == count
    assert [trend["counts"] for trend in answer["trends"]] == [[3, 1], [3, 0], [3, 0], [3, 1]]


def test_no_term_in_the_table_is_a_formula(client):
    answer = client.get("/trends.csv", query_string={"q": "=فيضان", "by": "year"})
    assert answer.headers["Content-Disposition"] == 'attachment; filename="arshif-trends.csv"'
    assert answer.data.decode("utf-8-sig").splitlines() == [
        "year,documents,'=فيضان", "2019,5,3", "2020,1,1", "undated,2,1",
    ]  # fmt: skip


REFUSALS = {
    "": "q is empty",
    "q=%20&q=": "q is empty",
    "q=a&q=b&q=c&q=d&q=e&q=f": "q is given 6 times: at most 5 terms are compared",
    "q=a&q=" + "b" * 1001: "q has 1001 characters",
    "q=a&by=week": "by is 'week': expected one of day, month, year",
    "q=a&by=day&by=year": "by is given 2 times",
    "q=a&share=maybe": "share is 'maybe': expected 1 or 0",
}


def test_the_endpoint_refuses_parameters_with_the_reason(client):
    for address, detail in REFUSALS.items():
        answer = client.get(f"/api/trends?{address}")
        assert (answer.status_code, answer.mimetype) == (400, "application/problem+json"), address
        assert detail in answer.get_json()["detail"]


def test_too_many_periods_are_refused_with_a_remedy(tmp_path, capsys):
    records = [{"title": "خبر قديم", "date": "1990-01-01"}, {"title": "خبر", "date": "2020-01-01"}]
    dump = write_jsonl(tmp_path / "dump.jsonl", [{**one, "body": "نص"} for one in records])
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    status, out, err = run(capsys, "خبر", "--archive", tmp_path / "a", "--by", "day")
    assert (status, out) == (1, "")
    assert "10958 days lie between 1990-01-01 and 2020-01-01, at most 4000" in err
    assert "count by month or year, or choose a shorter period" in err
    client = create_app(engine=SearchEngine.open(tmp_path / "a", load=NgramEncoder)).test_client()
    page = client.get("/trends", query_string={"q": "خبر", "by": "day"})
    assert page.status_code == 400
    assert "هذه المدة أطول من أن تُعد بهذا التفصيل" in page.get_data(as_text=True)
    assert 'value="خبر"' in page.get_data(as_text=True)  # the form keeps what was typed


def page_of(client, **parameters):
    answer = client.get("/trends", query_string=parameters)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_page_shades_gaps_and_links_each_point_to_its_documents(client):
    page = page_of(client, q=["فيضان", PLAIN_TERM])
    # Time runs from right to left: seventeen months, and a margin of a twentieth behind them.
    gaps = re.findall(r'<rect class="gap" x="([\d.]+)%" y="24" width="([\d.]+)%"', page)
    assert [(float(x), float(width)) for x, width in gaps] == [
        (pytest.approx(100 * 15 / 17.85, abs=0.001), pytest.approx(100 / 17.85, abs=0.001)),
        (pytest.approx(100 / 17.85, abs=0.001), pytest.approx(1300 / 17.85, abs=0.001)),
    ]
    links = re.findall(r'<a href="/search\?([^"]*)" tabindex="-1"><title>([^<]*)', page)
    queries = [read_query(address.replace("&amp;", "&").encode()) for address, _ in links]
    spans = [
        (date(2019, 1, 1), date(2019, 1, 31)),
        (date(2019, 3, 1), date(2019, 3, 31)),
        (date(2020, 5, 1), date(2020, 5, 31)),
    ]
    assert [(query.text, query.filters) for query in queries] == [
        *(("فيضان", Filters(since=since, until=until)) for since, until in spans),
        *((PLAIN_TERM, Filters(since=since, until=until)) for since, until in spans[:2]),
    ]
    assert links[0][1] == "\u2068فيضان\u2069 · يناير 2019: وثيقتان"
    assert "4 وثائق، ووثيقة واحدة بلا تاريخ" in " ".join(re.sub("<[^>]*>", "", page).split())


def test_the_axis_is_linear_from_zero_and_labelled_with_round_numbers(client):
    page = page_of(client, q="فيضان", by="year", share="1")
    values = re.findall(r'<text class="value"[^>]* y="([\d.]+)"[^>]*>([^<]*)<', page)
    assert values == [
        ("274.0", "0٪"), ("224.0", "20٪"), ("174.0", "40٪"),
        ("124.0", "60٪"), ("74.0", "80٪"), ("24.0", "100٪"),
    ]  # fmt: skip
    # 2019 stands right of 2020, at three fifths; 2020 at the top
    assert re.search(r'<path d="([^"]*)" fill="none"', page)[1] == "M1 400L0 0"
    assert 'href="/trends?q=%D9%81%D9%8A%D8%B6%D8%A7%D9%86&amp;share=1"' in page  # by month


def test_the_table_has_the_same_numbers(client):
    page = page_of(client, q=["فيضان", PLAIN_TERM], by="month", to="2019-12-31", share="1")
    rows = re.findall("<tr.*?</tr>", page, re.DOTALL)
    cells = [re.sub("<[^>]*>", "|", row) for row in rows]
    numbers = [[cell for cell in row.split("|") if cell.strip()] for row in cells]
    assert numbers == [
        ["المدة", "كل الوثائق", "فيضان", PLAIN_TERM.replace('"', "&#34;")],
        ["يناير 2019", "3", "66.7٪", "66.7٪"],
        ["فبراير 2019", "0"],
        ["مارس 2019", "2", "50٪", "50٪"],
        ["بلا تاريخ", "2", "50٪", "50٪"],
    ]


def test_shares_are_written_as_each_language_writes_numbers(client):
    for ui, share in (("fr", "66,7\u00a0%"), ("en", "66.7%"), ("ar", "66.7٪")):
        assert f">{share}</a>" in page_of(client, q="فيضان", by="month", share="1", ui=ui), ui


def test_the_chart_is_served_as_an_svg_file(client):
    answer = client.get(
        "/trends.svg", query_string={"q": ["<فيضان>\x01", PLAIN_TERM], "by": "year"}
    )
    assert answer.mimetype == "image/svg+xml"
    root = ElementTree.fromstring(answer.data)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    texts = ["".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts[1] == "\u2068<فيضان>\u2069 · \u20684 وثائق\u2069"
    assert not list(root.iter("{http://www.w3.org/2000/svg}a"))


def test_only_the_highest_of_many_points_are_links(tmp_path):
    records = [
        {"title": f"خبر رقم {n}", "body": f"نص {n}", "date": f"{1990 + n // 12}-{n % 12 + 1:02}-01"}
        for n in range(300)
    ]
    dump = write_jsonl(tmp_path / "dump.jsonl", records)
    add_dumps([str(dump)], tmp_path / "a", NgramEncoder(), captured_on=None, show_progress=False)
    client = create_app(engine=SearchEngine.open(tmp_path / "a", load=NgramEncoder)).test_client()
    page = page_of(client, q="خبر")
    assert page.count('tabindex="-1"><title>') == 240
    assert page.count("<tr>") == 301


def test_the_page_without_terms_is_a_form_with_an_example(client):
    page = page_of(client)
    assert page.count('name="q" type="search" dir="auto" maxlength="1000" list="newspapers"') == 5
    assert "<figure" not in page
    example = re.search(r'<a href="(/trends\?q=[^"]*)"', page)[1].replace("&amp;", "&")
    trends = client.get(example.replace("/trends", "/api/trends")).get_json()["trends"]
    assert [(trend["query"], trend["total"]) for trend in trends] == [
        (f'مصدر:"{PLAIN}"', 3), (f'مصدر:"{HILL}"', 3),
    ]  # fmt: skip


def test_documents_without_any_date_make_no_chart(client):
    page = page_of(client, q="فيضان", kind="headline")
    assert "ليس لأي من هذه الوثائق تاريخ" in page
    assert client.get("/trends.svg", query_string={"q": "a", "kind": "headline"}).status_code == 404


def test_time_runs_from_left_to_right_in_french_and_english(client):
    for ui in ("fr", "en"):
        reader = client.application.test_client()  # the choice of a language is kept in a cookie
        page = page_of(reader, q="فيضان", by="year", ui=ui)
        assert re.search(r'<path d="([^"]*)" fill="none"', page)[1] == "M0 0L1 667", ui
