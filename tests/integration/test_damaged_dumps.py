"""A bad octet, an odd type or a wrong length costs at most the record that holds it."""

import gzip
import io
import json
import zlib
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, cycle, product

import brotli
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indexer.readers.outcome import Note, Reject
from search.records import Document
from tests.dumps import (
    NEWS_PAGE,
    PACKINGS,
    PAGE,
    jsonl,
    news_warc,
    read,
    table,
    warc_record,
)

RECORDS = [
    {"title": f"خبر رقم {n} عن السد", "body": f"فتح المهندسون بوابات السد رقم {n}.", "id": f"d{n}"}
    for n in range(4)
]
PAGES = [NEWS_PAGE.replace("2019/02/flood", str(n)).encode() for n in range(3)]
# Each with the number of its records; a page holds five headlines and an article.
FORMATS = {
    "jsonl": (jsonl(RECORDS), 4),
    "json": (json.dumps(RECORDS, ensure_ascii=False).encode(), 4),
    "json over lines": (json.dumps(RECORDS, ensure_ascii=False, indent=1).encode(), 4),
    "export": (json.dumps({"status": "ok", "articles": RECORDS}, ensure_ascii=False).encode(), 4),
    "csv": (table(",", RECORDS), 4),
    "tsv": (table("\t", RECORDS), 4),
    "page": ((PAGE * 3).encode(), 18),
    "warc": (news_warc(PAGES), 3),
}


def records(outcomes):
    return [outcome for outcome in outcomes if not isinstance(outcome, Note)]


def documents(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Document)]


def places(name):
    """Return the first 40 places of a file, an export's from its list on, and 40 of the others."""
    content, _ = FORMATS[name]
    start = content.index(b"[{") + 2 if name == "export" else 0
    first = range(start, start + 40)
    return first, range(first.stop, len(content), len(content) // 40 + 1)


@pytest.mark.slow
def test_an_inserted_octet_costs_at_most_one_record(tmp_path):
    octets = (b"\xff", b"\xd9", b"\x00")
    lost = []
    for name, (content, count) in FORMATS.items():
        first, others = places(name)
        for place, octet in [*product(first, octets), *zip(others, cycle(octets), strict=False)]:
            outcomes = read(tmp_path, content[:place] + octet + content[place:])
            if len(documents(outcomes)) < count - 1 or len(records(outcomes)) < count:
                lost.append((name, octet, place))
    assert lost == []


@pytest.mark.slow
def test_a_replaced_octet_costs_at_most_the_two_records_it_divides(tmp_path):
    lost = []
    for name, (content, count) in FORMATS.items():
        for place in chain(*places(name)):
            outcomes = read(tmp_path, content[:place] + b"\xff" + content[place + 1 :])
            lost += [(name, place)] if len(documents(outcomes)) < count - 2 else []
    assert lost == []


def test_the_records_before_the_end_of_a_truncated_stream_are_kept(tmp_path):
    for name, (content, count) in FORMATS.items():
        outcomes = read(tmp_path, gzip.compress(content)[:-9])
        whole = documents(outcomes)
        # A list without its end is like a list that ends within a record.
        assert len(whole) >= count - 1, name
        rejects = [outcome for outcome in records(outcomes) if outcome not in whole]
        assert rejects == outcomes[-1:], name
        assert rejects[0].reason == "gzip cut off or damaged", name


def test_the_title_of_an_export_does_not_hide_its_records(tmp_path):
    feed = {"version": "1", "title": "جريدة الضفة", "items": RECORDS}
    for indent in (None, 1):
        content = json.dumps(feed, ensure_ascii=False, indent=indent).encode()
        assert len(documents(read(tmp_path, content))) == len(RECORDS)
    series = {"title": "سلسلة السد", "items": [{"size": 1}, {"size": 2}]}
    [document] = documents(read(tmp_path, json.dumps(series, ensure_ascii=False).encode()))
    assert document.title == "سلسلة السد"


def test_an_octet_that_cannot_be_decoded_is_replaced_and_noted_in_every_packing(tmp_path):
    note = Note("characters that could not be decoded")
    wrong = {}
    for (name, (content, count)), packing in product(FORMATS.items(), PACKINGS):
        word = "فقرة أولى" if name == "page" else "المهندس"
        damaged = content.replace(word.encode(), word.encode()[:-1] + b"\xff", 1)
        outcomes = read(tmp_path, PACKINGS[packing](damaged))
        notes = [outcome for outcome in outcomes if isinstance(outcome, Note)]
        if (len(documents(outcomes)), notes) != (count, [note]):
            wrong[name, packing] = outcomes
    assert wrong == {}


def test_an_octet_that_cannot_be_decoded_is_noted_far_into_a_file_too(tmp_path):
    for name, word, repeated in (
        ("jsonl", "المهندس", 60),
        ("page", "فقرة", 60),
        ("warc", "وانتهى", 12),
    ):
        content, count = FORMATS[name]
        long = content * repeated
        place = long.rindex(word.encode())
        outcomes = read(tmp_path, long[:place] + b"\xff" + long[place:])
        assert len(documents(outcomes)) == count * repeated, name
        assert Note("characters that could not be decoded") in outcomes, name


def test_an_octet_that_cannot_be_decoded_costs_no_record_of_a_parquet_file(tmp_path):
    body = pa.array([r["body"].encode() + b"\xff" * (n == 1) for n, r in enumerate(RECORDS)])
    titles = [record["title"] for record in RECORDS]
    outcomes = read(tmp_path, parquet(title=titles, body=body.view(pa.string())))
    assert [document.body for document in documents(outcomes)] == [
        record["body"] + "\ufffd" * (n == 1) for n, record in enumerate(RECORDS)
    ]
    assert Note("characters that could not be decoded") in outcomes


def test_a_damaged_row_group_costs_its_own_rows(tmp_path):
    text = [f"خبر {n} " * 9 for n in range(30)]
    content = bytearray(parquet(row_group_size=10, compression="gzip", title=text, body=text))
    middle = pq.ParquetFile(io.BytesIO(bytes(content))).metadata.row_group(1).column(0)
    start = middle.data_page_offset
    content[start : start + 20] = b"\xff" * 20
    outcomes = read(tmp_path, bytes(content))
    assert [d.title for d in documents(outcomes)] == [t.strip() for t in text[:10] + text[20:]]
    assert [o for o in outcomes if isinstance(o, Reject)] == [
        Reject("Parquet cut off or damaged", f"dump:{number}") for number in range(11, 21)
    ]


def parquet(*, row_group_size=None, compression="snappy", **columns):
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, row_group_size=row_group_size, compression=compression)
    return file.getvalue()


DAY = date(2020, 12, 26)
MOMENT = 1_608_976_800  # seconds, of that day at 10:00
PARQUET_VALUES = {
    "nanoseconds": ("date", pa.array([MOMENT * 10**9 + 1], pa.timestamp("ns")), DAY),
    "a zone": ("date", pa.array([MOMENT * 10**9 + 1], pa.timestamp("ns", "Asia/Amman")), DAY),
    "no known zone": ("date", pa.array([MOMENT], pa.timestamp("s", "Mars/Base")), DAY),
    "a day": ("date", pa.array([DAY]), DAY),
    "a list of moments": ("date", pa.array([[datetime(2020, 12, 26)]]), DAY),
    "a moment out of range": ("date", pa.array([2**62], pa.timestamp("us")), None),
    "a category": ("source", pa.array(["السهل"]).dictionary_encode(), "السهل"),
    "a large text": ("source", pa.array(["السهل"], pa.large_string()), "السهل"),
    "octets": ("source", pa.array(["السهل".encode()]), "السهل"),
    "an object": ("source", pa.array([{"id": 1, "name": "السهل"}]), "السهل"),
    "a list": ("source", pa.array([["السهل", "الجبل"]]), "السهل"),
    "a truth": ("source", pa.array([True]), None),
    "nothing": ("source", pa.nulls(1), None),
    "a decimal": ("source", pa.array([Decimal("1.50")]), "1.50"),
    "a map": ("source", pa.array([[("a", "b")]], pa.map_(pa.string(), pa.string())), None),
}


def test_a_parquet_value_of_any_type_costs_at_most_its_field(tmp_path):
    values = {}
    for name, (field, column, _) in PARQUET_VALUES.items():
        [document] = documents(
            read(tmp_path, parquet(title=["خبر"], body=["نص"], **{field: column}))
        )
        values[name] = getattr(document, field)
    assert values == {name: expected for name, (_, _, expected) in PARQUET_VALUES.items()}


EXPORTS = {
    "NewsAPI": {
        "status": "ok",
        "totalResults": 1,
        "articles": [
            {
                "source": {"id": None, "name": "السهل"},
                "title": "فيضان",
                "description": "ملخص",
                "url": "https://sahl.example/1",
                "publishedAt": "2020-12-26T10:00:00Z",
                "content": "نص الخبر… [+123 chars]",
            }
        ],
    },
    "WordPress": [
        {
            "id": 7,
            "date": "2020-12-26T10:00:00",
            "guid": {"rendered": "https://sahl.example/?p=1"},
            "link": "https://sahl.example/1",
            "title": {"rendered": "فيضان"},
            "content": {"rendered": "نص الخبر", "protected": False},
            "excerpt": {"rendered": "ملخص"},
            "site_name": "السهل",
        }
    ],
    "Elasticsearch": {
        "took": 1,
        "hits": {
            "total": {"value": 1},
            "hits": [
                {
                    "_index": "news",
                    "_id": "x",
                    "_source": {
                        "title": "فيضان",
                        "text": "نص الخبر",
                        "link": "https://sahl.example/1",
                        "newspaper": "السهل",
                        "date": MOMENT * 1000,
                    },
                }
            ],
        },
        "aggregations": {},
    },
    "mongoexport": [
        {
            "_id": {"$oid": "5fe"},
            "title": "فيضان",
            "body": "نص الخبر",
            "url": "https://sahl.example/1",
            "source": "السهل",
            "date": {"$date": {"$numberLong": str(MOMENT * 1000)}},
            "score": {"$numberDouble": "0.5"},
        }
    ],
    "Solr": {
        "response": {
            "numFound": 1,
            "docs": [
                {
                    "id": "x",
                    "title": ["فيضان"],
                    "content": ["نص الخبر"],
                    "url": ["https://sahl.example/1"],
                    "source": ["السهل"],
                    "date": ["2020-12-26T00:00:00Z"],
                }
            ],
        }
    },
}


def test_records_are_taken_out_of_what_exports_put_around_them(tmp_path):
    facts = ("فيضان", "نص الخبر", "السهل", DAY, "https://sahl.example/1")
    wrong = {}
    for (name, export), indent in product(EXPORTS.items(), (None, 2)):
        whole = json.dumps(export, ensure_ascii=False, indent=indent)
        records = export if isinstance(export, list) else export.get("hits", {}).get("hits", [])
        lines = "\n".join(json.dumps(record) for record in records * 2)
        for text in filter(None, (whole, f"{whole}\n{whole}", lines)):
            outcomes = read(tmp_path, text.encode())
            facts_found = {(d.title, d.body, d.source, d.date, d.url) for d in documents(outcomes)}
            if facts_found != {facts} or documents(outcomes) != outcomes:
                wrong[name, indent] = outcomes
    assert wrong == {}


def test_a_line_of_a_bulk_export_that_only_names_an_action_is_rejected(tmp_path):
    lines = [{"index": {"_id": 1}}, RECORDS[0], {"index": {"_id": 2}}, RECORDS[1]]
    outcomes = read(tmp_path, jsonl(lines))
    assert [d.title for d in documents(outcomes)] == [r["title"] for r in RECORDS[:2]]
    assert len(outcomes) == 4


CHUNKED = b"".join(
    b"%x\r\n%b\r\n" % (len(part), part) for part in (PAGES[1][:99], PAGES[1][99:], b"")
)
ENCODED = {
    "br": brotli.compress(PAGES[1]),
    "gzip": gzip.compress(PAGES[1]),
    "deflate": zlib.compress(PAGES[1]),
    "deflate, raw": zlib.compress(PAGES[1])[2:-4],
    "br, of a page already unpacked": PAGES[1],
    "UTF-8": PAGES[1],
    "x, of no known kind": PAGES[1],
    "text/html": PAGES[1],
    "x, of a page in gzip": gzip.compress(PAGES[1]),
}


def test_a_page_in_any_content_encoding_is_read(tmp_path):
    wrong = {}
    for encoding, page in ENCODED.items():
        headers = f"Content-Encoding: {encoding.split(',')[0]}\r\n"
        outcomes = read(tmp_path, news_warc([PAGES[0], page, PAGES[2]], headers=headers))
        bodies = [document.body for document in documents(outcomes)]
        if bodies != bodies[:1] * 3 or len(outcomes) != 3:
            wrong[encoding] = outcomes
    assert wrong == {}


FEED = (
    "<rss><channel><title>السهل</title>"
    "<item><title>خبر</title><description>نص</description></item></channel></rss>"
).encode()
SITEMAP = (
    '<?xml version="1.0"?><urlset xmlns:n="x"><url><loc>https://sahl.example/1</loc>'
    "<n:news><n:title>خبر</n:title></n:news></url></urlset>"
).encode()


def test_a_feed_in_a_warc_is_read_as_a_feed_whatever_its_content_type_is(tmp_path):
    other = warc_record("response", "4", "200 OK", "text/xml", b"<kml><name>x</name></kml>")
    for kind in (
        *("application/rss+xml", "text/xml; charset=utf-8", "application/xml", "text/html", ""),
    ):
        feeds = [
            warc_record("response", f"{n}", "200 OK", kind, content)
            for n, content in enumerate((FEED, SITEMAP, b"<rss>"))
        ]
        item, headline, empty, rejected = read(tmp_path, b"".join([*feeds, other]))
        facts = (item.title, item.body, item.source, item.url)
        assert facts == ("خبر", "نص", "السهل", None), kind
        # A headline has the day of the crawl.
        facts = (headline.title, headline.body, headline.date)
        assert facts == ("خبر", "", date(2021, 3, 4)), kind
        assert empty.reason == "feed without an item", kind
        assert rejected == Reject("WARC response that is not HTML", "dump:4")


def test_converted_line_ends_of_a_warc_cost_no_record(tmp_path):
    note = Note("WARC record whose length differs from its header")
    for pages in (PAGES, [page.replace(b"\n", b"\r\n") for page in PAGES]):
        converted = news_warc(pages).replace(b"\r\n", b"\n")
        outcomes = read(tmp_path, converted)
        assert urls(outcomes) == ["0", "1", "2"]
        assert len({document.body for document in documents(outcomes)}) == 1
        assert [outcome for outcome in outcomes if isinstance(outcome, Note)] == [note] * 3
        cut = read(tmp_path, converted[: -len(PAGES[2]) // 3])
        assert urls(cut) == ["0", "1"]
        assert cut[-1] == Reject("WARC record cut off", "dump:3")


def urls(outcomes):
    """Return the last letter of each address, which numbers the page."""
    return [document.url[-1] for document in documents(outcomes)]


def test_a_chunked_page_is_joined(tmp_path):
    headers = "Transfer-Encoding: chunked\r\n"
    outcomes = read(tmp_path, news_warc([PAGES[0], CHUNKED, PAGES[2]], headers=headers))
    assert [d.body for d in outcomes] == [documents(outcomes)[0].body] * 3


def test_a_page_that_cannot_be_read_costs_its_record(tmp_path):
    bad_pages = {
        "page in a damaged content encoding": (b"\xff\xfe\xfd", "Content-Encoding: br\r\n"),
        "page in a content encoding not known": (b"\x8f\x01<p>", "Content-Encoding: x\r\n"),
        "page without text": (b"", ""),
        "WARC response without HTTP headers": (PAGES[1], f"X: {'a' * 70_000}\r\n"),
    }
    for reason, (page, headers) in bad_pages.items():
        dump = news_warc([PAGES[0], page, PAGES[2]], headers=headers)
        first, second, third = read(tmp_path, dump)
        assert second == Reject(reason, "dump:2")
        assert first.body == third.body


def test_a_wrong_length_of_a_warc_record_costs_nothing(tmp_path):
    note = Note("WARC record whose length differs from its header")
    for length in (0, 500, 3000, 50_000_000, 10**15, -1, "x", ""):
        outcomes = read(tmp_path, news_warc(PAGES, length=length))
        assert urls(outcomes) == ["0", "1", "2"], length
        assert len({document.body for document in documents(outcomes)}) == 1, length
        assert [outcome for outcome in outcomes if isinstance(outcome, Note)] == [note], length


def test_bytes_between_warc_records_are_skipped(tmp_path):
    first, rest = news_warc(PAGES[:1]), news_warc(PAGES[1:])
    for between in (b"noise\r\n\r\n", b"WARC/1.0\r\nX: " + b"a" * 20_000_000):
        outcomes = read(tmp_path, first + between + b"\r\n" + rest)
        assert (len(documents(outcomes)), len(records(outcomes))) == (3, 4), between[:20]


def test_a_truncated_warc_record_does_not_swallow_the_next(tmp_path):
    cut = news_warc(PAGES[:1])[:-1500]
    outcomes = read(tmp_path, cut + news_warc(PAGES[1:]))
    assert urls(outcomes)[-2:] == ["1", "2"]
    assert Note("WARC record whose length differs from its header") in outcomes


TABLES = {
    "a mark that begins a field of TSV": (
        'title\tbody\n"قصة لم تكتمل\tنص\nخبر\tنص\n"بيت" أم "سلة"؟\tنص\n',
        ['"قصة لم تكتمل', "خبر", '"بيت" أم "سلة"؟'],
    ),
    "a mark that ends a field far below": (
        'title\tbody\nخبر\t"نص\nقصة"\tنص\nثان\tنص\n',
        ["خبر", 'قصة"', "ثان"],
    ),
    "TSV with every mark closed": (
        'title\tbody\n"خبر ""اليوم"""\t"سطر\nسطر"\nثان\tنص\n',
        ['خبر "اليوم"', "ثان"],
    ),
    "a mark in CSV that is not closed": (
        'title,body\n"قصة لم تكتمل,نص\nخبر,نص\n"بيت" أم "سلة"؟,نص\n',
        ['"قصة لم تكتمل', "خبر", '"بيت" أم "سلة"؟'],
    ),
    "lines within marks": ('title,body\nخبر,"سطر, سطر\nسطر"\nثان,نص\n', ["خبر", "ثان"]),
    "sep=": ("\ufeffsep=;\r\ntitle;body\r\nخبر;نص\r\n", ["خبر"]),
    "sep= of a sign of its own": ('"sep=^"\ntitle^body\nخبر^"نص"\n', ["خبر"]),
    "blank lines": ("\n \r\n\ntitle,body\nخبر,نص\n\nثان,نص\n", ["خبر", "ثان"]),
    "CR": ("title,body\rخبر,نص\rثان,نص\r", ["خبر", "ثان"]),
    "CR, and line feeds within marks": ('title;body\rخبر;"سطر\nسطر"\rثان;نص', ["خبر", "ثان"]),
    "CR within a field": ('title,body\n"خبر\rعاجل",نص\nثان,نص\n', ["خبر عاجل", "ثان"]),
    "line ends of other systems within a field": (
        "title\tbody\nخبر\tسطر\u2028سطر\u2029سطر\u0085سطر\nثان\tنص\n",
        ["خبر", "ثان"],
    ),
    "marks behind backslashes": (
        'title,body\n"خبر \\"عا\\", جدا","نص"\n"ثان","سطر \\"أ\\"\nسطر, \\"ب\\""\n"ثالث","د:\\"\n',
        ['خبر "عا", جدا', "ثان", "ثالث"],
    ),
    "tabs and line feeds behind backslashes": (
        "title\tbody\nخبر\\\tعاجل\tنص\nثان\tسطر\\\nسطر\nثالث\t\\N\n",
        ["خبر عاجل", "ثان", "ثالث"],
    ),
    "empty rows": ('title,body\n,\nخبر,نص\n"",""\nثان,نص\n', ["خبر", "ثان"]),
}


def test_tables_as_people_write_them_are_read(tmp_path):
    titles = {
        name: [document.title for document in read(tmp_path, content.encode())]
        for name, (content, _) in TABLES.items()
    }
    assert titles == {name: expected for name, (_, expected) in TABLES.items()}


def test_a_header_repeated_in_a_table_names_the_columns_below_it(tmp_path):
    cells = {"title": "ثان", "body": "نص ثان", "text": "نص ثان", "id": "b"}
    for header in (
        *(
            "title,body,id",
            '"title","body","id"',
            "\ufeffTitle,Body,ID",
            "id,body,title",
            "id,text",
        ),
    ):
        names = header.replace('"', "").strip("\ufeff").lower().split(",")
        row = ",".join(cells[name] for name in names)
        outcomes = read(tmp_path, f"title,body,id\nخبر,نص,a\n{header}\n{row}\n".encode())
        assert outcomes[1] == Note("header of a table repeated within it"), header
        first, second = documents(outcomes)
        assert (first.title, first.body, first.own_id) == ("خبر", "نص", "a"), header
        assert (second.body, second.own_id) == ("نص ثان", "b"), header


def test_a_title_above_the_header_of_a_table_is_noted(tmp_path):
    for above in ("أخبار الجهة 2020\n", "أخبار,,\nسنة 2020,,\n\n"):
        content = f"{above}title,body,date\nخبر,نص,2020-12-26\n"
        note, document = read(tmp_path, content.encode())
        assert note == Note("text above the header of a table"), above
        assert (document.title, document.date) == ("خبر", DAY), above
