"""A bad octet, an odd type, a wrong length: it costs its record at most, wherever it stands."""

import gzip
import io
import json
import zlib
from datetime import date, datetime
from decimal import Decimal

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
# With the records that each holds: of a page, five headlines and an article
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
    """List every place near the start, and some of the others; an export's, from its list on."""
    content, _ = FORMATS[name]
    start = content.index(b"[{") + 2 if name == "export" else 0
    return (*range(start, start + 40), *range(start + 40, len(content), len(content) // 80 + 1))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("octet", [b"\xff", b"\xd9", b"\x00"])
def test_an_octet_too_many_costs_one_record_at_most_wherever_it_stands(tmp_path, name, octet):
    content, count = FORMATS[name]
    for place in places(name):
        found = read(tmp_path, content[:place] + octet + content[place:])
        assert len(documents(found)) >= count - 1, place
        assert len(records(found)) >= count, place


@pytest.mark.parametrize("name", FORMATS)
def test_a_damaged_octet_costs_the_records_that_it_touches(tmp_path, name):
    content, count = FORMATS[name]
    for place in places(name):
        found = read(tmp_path, content[:place] + b"\xff" + content[place + 1 :])
        # It may have been what parts two records
        assert len(documents(found)) >= count - 2, place


@pytest.mark.parametrize("name", FORMATS)
def test_what_stands_before_the_end_of_a_stream_that_was_cut_is_kept(tmp_path, name):
    content, count = FORMATS[name]
    found = read(tmp_path, gzip.compress(content)[:-9])
    kept = documents(found)
    # A list without its end cannot be told from one that was cut within a record
    assert len(kept) >= count - 1
    assert found[-1] == Reject("gzip cut off or damaged", found[-1].place)
    assert [outcome for outcome in records(found) if outcome not in kept] == [found[-1]]


def test_an_export_with_a_title_of_its_own_gives_its_records(tmp_path):
    feed = {"version": "1", "title": "جريدة الضفة", "items": RECORDS}
    for indent in (None, 1):
        content = json.dumps(feed, ensure_ascii=False, indent=indent).encode()
        assert len(documents(read(tmp_path, content))) == len(RECORDS)
    series = {"title": "سلسلة السد", "items": [{"size": 1}, {"size": 2}]}
    [told] = documents(read(tmp_path, json.dumps(series, ensure_ascii=False).encode()))
    assert told.title == "سلسلة السد"


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("packing", PACKINGS)
def test_a_bad_octet_within_a_text_is_replaced_and_noted_in_every_packing(tmp_path, name, packing):
    content, count = FORMATS[name]
    sound = "فقرة أولى" if name == "page" else "المهندس"
    damaged = content.replace(sound.encode(), sound.encode()[:-1] + b"\xff", 1)
    found = read(tmp_path, PACKINGS[packing](damaged))
    assert len(documents(found)) == count
    assert [o for o in found if isinstance(o, Note)] == [
        Note("characters that could not be decoded")
    ]


@pytest.mark.parametrize("name", ["jsonl", "page", "warc"])
def test_a_bad_octet_far_into_a_file_is_no_other_than_one_at_its_start(tmp_path, name):
    content, count = FORMATS[name]
    many = content * 60
    word = {"jsonl": "المهندس", "page": "فقرة", "warc": "وانتهى"}[name]
    place = many.rindex(word.encode())
    found = read(tmp_path, many[:place] + b"\xff" + many[place:])
    assert len(documents(found)) == count * 60
    assert Note("characters that could not be decoded") in found


def test_a_bad_octet_in_a_parquet_text_costs_no_record(tmp_path):
    body = pa.array([r["body"].encode() + b"\xff" * (n == 1) for n, r in enumerate(RECORDS)])
    found = read(
        tmp_path, parquet(title=[r["title"] for r in RECORDS], body=body.view(pa.string()))
    )
    assert [d.body for d in documents(found)] == [
        r["body"] + "\ufffd" * (n == 1) for n, r in enumerate(RECORDS)
    ]
    assert Note("characters that could not be decoded") in found


def test_a_damaged_row_group_costs_its_own_rows(tmp_path):
    text = [f"خبر {n} " * 9 for n in range(30)]
    content = bytearray(parquet(row_group_size=10, compression="gzip", title=text, body=text))
    middle = pq.ParquetFile(io.BytesIO(bytes(content))).metadata.row_group(1).column(0)
    start = middle.data_page_offset
    content[start : start + 20] = b"\xff" * 20
    found = read(tmp_path, bytes(content))
    assert [d.title for d in documents(found)] == [t.strip() for t in text[:10] + text[20:]]
    assert [o for o in found if isinstance(o, Reject)] == [
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


@pytest.mark.parametrize("name", PARQUET_VALUES)
def test_a_value_of_any_type_costs_its_field_at_most(tmp_path, name):
    field, column, expected = PARQUET_VALUES[name]
    found = read(tmp_path, parquet(title=["خبر"], body=["نص"], **{field: column}))
    [document] = documents(found)
    assert getattr(document, field) == expected


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


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize("name", EXPORTS)
def test_what_exports_put_around_a_record_is_taken_off(tmp_path, name, indent):
    export = EXPORTS[name]
    written = [json.dumps(export, ensure_ascii=False, indent=indent)]
    written.append("\n".join(written * 2))
    records = export if isinstance(export, list) else export.get("hits", {}).get("hits", [])
    written += ["\n".join(json.dumps(r) for r in records * 2)] if records else []
    for text in written:
        found = read(tmp_path, text.encode())
        assert {(o.title, o.body, o.source, o.date, o.url) for o in found} == {
            ("فيضان", "نص الخبر", "السهل", DAY, "https://sahl.example/1")
        }


def test_a_line_that_only_names_an_action_is_no_record(tmp_path):
    lines = [{"index": {"_id": 1}}, RECORDS[0], {"index": {"_id": 2}}, RECORDS[1]]
    found = read(tmp_path, jsonl(lines))
    assert [d.title for d in documents(found)] == [r["title"] for r in RECORDS[:2]]
    assert len(found) == 4


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


@pytest.mark.parametrize("encoding", ENCODED)
def test_a_page_in_any_content_encoding_is_read(tmp_path, encoding):
    headers = f"Content-Encoding: {encoding.split(',')[0]}\r\n"
    found = read(tmp_path, news_warc([PAGES[0], ENCODED[encoding], PAGES[2]], headers=headers))
    assert [d.body for d in found] == [documents(found)[0].body] * 3


FEED = (
    "<rss><channel><title>السهل</title>"
    "<item><title>خبر</title><description>نص</description></item></channel></rss>"
).encode()
SITEMAP = (
    '<?xml version="1.0"?><urlset xmlns:n="x"><url><loc>https://sahl.example/1</loc>'
    "<n:news><n:title>خبر</n:title></n:news></url></urlset>"
).encode()


@pytest.mark.parametrize(
    "kind", ["application/rss+xml", "text/xml; charset=utf-8", "application/xml", "text/html", ""]
)
def test_a_feed_in_a_warc_is_read_as_a_feed(tmp_path, kind):
    records = [
        warc_record("response", f"{n}", "200 OK", kind, content)
        for n, content in enumerate((FEED, SITEMAP, b"<rss>"))
    ]
    records.append(warc_record("response", "4", "200 OK", "text/xml", b"<kml><name>x</name></kml>"))
    item, headline, empty, other = read(tmp_path, b"".join(records))
    assert (item.title, item.body, item.source, item.url) == ("خبر", "نص", "السهل", None)
    # A headline has the day of the crawl
    assert (headline.title, headline.body, headline.date) == ("خبر", "", date(2021, 3, 4))
    assert empty.reason == "feed without an item"
    assert other == Reject("WARC response that is no HTML", "dump:4")


@pytest.mark.parametrize("is_page_converted", [True, False])
def test_line_ends_that_were_converted_cost_no_record(tmp_path, is_page_converted):
    pages = [page.replace(b"\n", b"\r\n") if is_page_converted else page for page in PAGES]
    converted = news_warc(pages).replace(b"\r\n", b"\n")
    found = read(tmp_path, converted)
    assert [d.url[-1] for d in documents(found)] == ["0", "1", "2"]
    assert len({d.body for d in documents(found)}) == 1
    assert [o for o in found if isinstance(o, Note)] == [
        Note("WARC record of another length than it says")
    ] * 3
    cut = read(tmp_path, converted[: -len(PAGES[2]) // 3])
    assert [d.url[-1] for d in documents(cut)] == ["0", "1"]
    assert cut[-1] == Reject("WARC record cut off", "dump:3")


def test_a_chunked_page_is_joined(tmp_path):
    headers = "Transfer-Encoding: chunked\r\n"
    found = read(tmp_path, news_warc([PAGES[0], CHUNKED, PAGES[2]], headers=headers))
    assert [d.body for d in found] == [documents(found)[0].body] * 3


@pytest.mark.parametrize(
    ("page", "headers", "reason"),
    [
        (b"\xff\xfe\xfd", "Content-Encoding: br\r\n", "page in a damaged content encoding"),
        (b"\x8f\x01<p>", "Content-Encoding: x\r\n", "page in a content encoding not known"),
        (b"", "", "page without text"),
        (PAGES[1], f"X: {'a' * 70_000}\r\n", "WARC response without HTTP headers"),
    ],
)
def test_a_bad_page_costs_its_record(tmp_path, page, headers, reason):
    first, second, third = read(tmp_path, news_warc([PAGES[0], page, PAGES[2]], headers=headers))
    assert second == Reject(reason, "dump:2")
    assert first.body == third.body


@pytest.mark.parametrize("length", [0, 500, 3000, 50_000_000, 10**15, -1, "x", ""])
def test_a_wrong_length_costs_nothing(tmp_path, length):
    found = read(tmp_path, news_warc(PAGES, length=length))
    assert [d.url[-1] for d in documents(found)] == ["0", "1", "2"]
    assert len({d.body for d in documents(found)}) == 1
    assert [o for o in found if isinstance(o, Note)] == [
        Note("WARC record of another length than it says")
    ]


@pytest.mark.parametrize("between", [b"noise\r\n\r\n", b"WARC/1.0\r\nX: " + b"a" * 20_000_000])
def test_what_is_no_record_is_skipped_to_the_next_one(tmp_path, between):
    first, rest = news_warc(PAGES[:1]), news_warc(PAGES[1:])
    found = read(tmp_path, first + between + b"\r\n" + rest)
    assert len(documents(found)) == 3
    assert len(records(found)) == 4


def test_a_record_cut_in_the_middle_does_not_swallow_the_next(tmp_path):
    cut = news_warc(PAGES[:1])[:-1500]
    found = read(tmp_path, cut + news_warc(PAGES[1:]))
    assert [d.url[-1] for d in documents(found)][-2:] == ["1", "2"]
    assert Note("WARC record of another length than it says") in found


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


@pytest.mark.parametrize("name", TABLES)
def test_tables_as_people_write_them_are_read(tmp_path, name):
    content, titles = TABLES[name]
    assert [d.title for d in read(tmp_path, content.encode())] == titles


@pytest.mark.parametrize(
    "header",
    ["title,body,id", '"title","body","id"', "\ufeffTitle,Body,ID", "id,body,title", "id,text"],
)
def test_a_header_repeated_in_a_table_names_the_columns_below_it(tmp_path, header):
    cells = {"title": "ثان", "body": "نص ثان", "text": "نص ثان", "id": "b"}
    names = header.replace('"', "").strip("\ufeff").lower().split(",")
    row = ",".join(cells[name] for name in names)
    found = read(tmp_path, f"title,body,id\nخبر,نص,a\n{header}\n{row}\n".encode())
    assert found[1] == Note("header of a table repeated within it")
    first, second = documents(found)
    assert (first.title, first.body, first.own_id) == ("خبر", "نص", "a")
    assert (second.body, second.own_id) == ("نص ثان", "b")


@pytest.mark.parametrize("above", ["أخبار الجهة 2020\n", "أخبار,,\nسنة 2020,,\n\n"])
def test_a_title_above_the_header_of_a_table_is_noted(tmp_path, above):
    note, document = read(tmp_path, (above + "title,body,date\nخبر,نص,2020-12-26\n").encode())
    assert note == Note("text above the header of a table")
    assert (document.title, document.date) == ("خبر", DAY)
