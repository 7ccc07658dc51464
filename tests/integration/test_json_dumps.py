"""JSON as other programs write it: whatever surrounds the records, all of them are read."""

import json
from collections import Counter
from datetime import date
from itertools import product

from indexer.readers.outcome import Note, Reject
from search.records import Document
from tests.dumps import read

RECORDS = [
    {"title": f"خبر رقم {n} عن السد", "body": f"فتح المهندسون بوابات السد رقم {n}.", "id": f"d{n}"}
    for n in range(4)
]
LINES = [json.dumps(record, ensure_ascii=False) for record in RECORDS]
JSONL = "\n".join(LINES) + "\n"
ARRAY = json.dumps(RECORDS, ensure_ascii=False)
PRETTY = json.dumps(RECORDS, ensure_ascii=False, indent=1)
BAD, NO_OBJECT = "not JSON (cut off or damaged)", "not a JSON object"
PROGRAM = Note("program around JSON")
# Name: content, and the reasons and notes for what is not a record
SURROUNDED = {
    "null first": (f"null\n{JSONL}", [NO_OBJECT]),
    "a number and a text first": (f'4\n"x"\n{JSONL}', [NO_OBJECT] * 2),
    "a header first": (f'["title", "body"]\n{JSONL}', [NO_OBJECT]),
    "comments first": (f"# a\n// b\n{JSONL}", [BAD] * 2),
    "many comments first": ("# a\n" * 200 + JSONL, [BAD] * 200),
    "a line of a log first": (f"2020-12-26 10:00:00 INFO start\n{JSONL}", [BAD]),
    "a line of a log in brackets": (f"[2020-12-26 10:00:00] start\n{JSONL}", [BAD]),
    "a log before an array": (f"start\n{PRETTY}", [BAD]),
    "a log between": (f"{LINES[0]}\n12:00 next\n" + "\n".join(LINES[1:]), [BAD]),
    "null between": (f"{LINES[0]}\nnull\n" + "\n".join(LINES[1:]), [NO_OBJECT]),
    "null in an array": (f"[null,{','.join(LINES)}]", [NO_OBJECT]),
    "RFC 7464": ("".join(f"\x1e{line}\n" for line in LINES), []),
    "RFC 7464 over lines": (
        "".join(f"\x1e{json.dumps(r, ensure_ascii=False, indent=1)}\n" for r in RECORDS),
        [],
    ),
    "server-sent events": ("".join(f"data: {line}\n\n" for line in LINES), []),
    "numbered lines": ("".join(f"{n}\t{line}\n" for n, line in enumerate(LINES)), []),
    "arrays in lines": (f"{ARRAY}\n{ARRAY}\n"[: len(ARRAY) + 1], []),
    "no line feeds": ("".join(LINES), []),
    "commas": (",\n".join(LINES) + ",", []),
    "CR": (JSONL.replace("\n", "\r"), []),
    "CR and CRLF": ("\r".join(LINES[:2]) + "\r\n" + "\n".join(LINES[2:]), []),
    "var": (f"var data = {ARRAY};\n", [PROGRAM]),
    "var over lines": (f"var data = {PRETTY};\n", [PROGRAM]),
    "var of an object": (f'window["data"] = {{"articles": {ARRAY}}};', [PROGRAM]),
    "JSONP": (f"/**/jQuery1_2({ARRAY});", [PROGRAM]),
    "JSONP of an object": (f'cb({{"status": "ok", "articles": {ARRAY}}})', [PROGRAM]),
    "a call in each line": ("".join(f"add({line});\n" for line in LINES), [PROGRAM]),
    "null in an export": (f'{{"articles": [null, {",".join(LINES)}, null]}}', [NO_OBJECT] * 2),
    "a module": (f"export default {PRETTY}", [PROGRAM]),
    "no script": (f")]}}',\n{ARRAY}", [PROGRAM]),
}


def documents(outcomes):
    return [outcome for outcome in outcomes if isinstance(outcome, Document)]


def test_everything_but_the_records_is_rejected_or_noted(tmp_path):
    read_by_name = {}
    for name, (content, _) in SURROUNDED.items():
        outcomes = read(tmp_path, content.encode())
        titles = [document.title for document in documents(outcomes)]
        others = [outcome for outcome in outcomes if not isinstance(outcome, Document)]
        reasons = [other.reason if isinstance(other, Reject) else other for other in others]
        read_by_name[name] = titles, Counter(reasons)
    expected_titles = [record["title"] for record in RECORDS]
    assert read_by_name == {
        name: (expected_titles, Counter(reasons)) for name, (_, reasons) in SURROUNDED.items()
    }


SOURCE, DAY = "جريدة السهل", date(2020, 12, 26)
SHARED = {
    "before": {"source": SOURCE, "date": "2020-12-26", "articles": RECORDS},
    "behind": {"articles": RECORDS, "newspaper": SOURCE, "date": "26/12/2020"},
    "an object": {"source": {"name": SOURCE}, "date": "2020-12-26", "articles": RECORDS},
    "above": {"meta": {"source": SOURCE, "date": "2020-12-26"}, "data": {"items": RECORDS}},
    "channel": {"rss": {"channel": {"title": SOURCE, "date": "2020-12-26", "item": RECORDS}}},
    "with a description": {
        **{"title": "أخبار", "description": "أخبار السهل كل يوم"},
        **{"source": SOURCE, "date": "2020-12-26", "articles": RECORDS},
    },
    "around": {"newspaper": {"name": SOURCE, "date": "2020-12-26", "articles": RECORDS}},
    "a list of exports": {
        "publications": [{"source": SOURCE, "date": "2020-12-26", "articles": RECORDS}]
    },
    "by key": {"site": SOURCE, "date": "2020-12-26", "posts": {r["id"]: r for r in RECORDS}},
}


def test_a_record_takes_source_and_date_from_the_export_around_it(tmp_path):
    read_by_case = {}
    for name, indent in product(SHARED, (None, 1)):
        content = json.dumps(SHARED[name], ensure_ascii=False, indent=indent)
        for written in (content, f"[{content}]", f"cb({content});"):
            read_by_case[name, indent, written[:1]] = [
                (document.own_id, document.source, document.date)
                for document in documents(read(tmp_path, written.encode()))
            ]
    expected = [(record["id"], SOURCE, DAY) for record in RECORDS]
    assert read_by_case == dict.fromkeys(read_by_case, expected)


def test_each_export_of_a_file_describes_its_own_records(tmp_path):
    exports = [
        json.dumps({"articles": [record], "source": f"جريدة {n}"}, ensure_ascii=False)
        for n, record in enumerate(RECORDS)
    ]
    for separator in ("\n", ",", "\n\n"):
        found = documents(read(tmp_path, separator.join(exports).encode()))
        assert [document.source for document in found] == [f"جريدة {n}" for n in range(4)]


def test_the_fields_of_a_record_precede_those_of_its_export(tmp_path):
    own = {**RECORDS[0], "source": "جريدة التل", "date": "2019-01-02", "language": "fr"}
    export = {"source": SOURCE, "date": "2020-12-26", "language": "ar", "articles": [own]}
    [document] = read(tmp_path, json.dumps(export).encode())
    fields = (document.source, document.date, document.language)
    assert fields == ("جريدة التل", date(2019, 1, 2), "fr")


def test_the_time_address_and_id_of_an_export_are_not_those_of_its_records(tmp_path):
    export = {"date": "2020-12-26T10:00:00Z", "url": "https://sahl.example/1", "id": "x"}
    found = documents(read(tmp_path, json.dumps({**export, "articles": RECORDS}).encode()))
    assert [(document.date, document.url, document.own_id) for document in found] == [
        (None, None, record["id"]) for record in RECORDS
    ]


def test_a_large_export_names_the_newspaper_of_all_its_records(tmp_path):
    many = [{"title": f"خبر {n}", "body": "نص " * 900, "id": f"{n}"} for n in range(4000)]
    content = json.dumps({"source": SOURCE, "articles": many}, ensure_ascii=False).encode()
    assert len(content) > 16_000_000
    found = documents(read(tmp_path, content))
    assert (len(found), {d.source for d in found}) == (4000, {SOURCE})


TABLES = {
    "by column": {name: {str(n): r[name] for n, r in enumerate(RECORDS)} for name in RECORDS[0]},
    "lists by column": {name: [r[name] for r in RECORDS] for name in RECORDS[0]},
    "split": {
        "columns": [*RECORDS[0]],
        "index": [0, 1, 2, 3],
        "data": [[*r.values()] for r in RECORDS],
    },
    "fields and rows": {
        "fields": [{"name": name} for name in RECORDS[0]],
        "rows": [[*r.values()] for r in RECORDS],
    },
    "schema": {"schema": {"fields": [{"name": "title"}]}, "data": RECORDS},
    "by id": {r["id"]: r for r in RECORDS},
    "by day": {"2020-12-26": RECORDS[:2], "2020-12-27": RECORDS[2:]},
    "GraphQL": {"data": {"posts": {"edges": [{"node": record} for record in RECORDS]}}},
    "CouchDB": {"rows": [{"id": r["id"], "key": 1, "doc": r} for r in RECORDS]},
    "by id in a list's place": {"status": "ok", "articles": {r["id"]: r for r in RECORDS}},
}


def test_records_are_read_from_rows_columns_and_mappings(tmp_path):
    read_by_case = {}
    for name, indent in product(TABLES, (None, 1)):
        content = json.dumps(TABLES[name], ensure_ascii=False, indent=indent)
        read_by_case[name, indent] = [
            (document.title, document.body, document.own_id, document.date)
            for document in read(tmp_path, content.encode())
        ]
    dates = {"by day": [DAY, DAY, date(2020, 12, 27), date(2020, 12, 27)]}
    assert read_by_case == {
        (name, indent): [
            (*record.values(), day)
            for record, day in zip(RECORDS, dates.get(name, [None] * 4), strict=True)
        ]
        for name, indent in product(TABLES, (None, 1))
    }


def test_an_object_that_is_one_record_is_not_split(tmp_path):
    records = [
        {"title": {"rendered": "خبر"}, "content": {"rendered": "نص"}},
        {"title": ["خبر"], "body": ["نص"]},
        {"title": "خبر", "body": "نص", "items": [{"title": "آخر"}], "fields": {"x": 1}},
        {"title": "خبر", "description": "نص", "items": [{"title": "آخر"}]},
        {"url": "https://sahl.example/1", "article": {"title": "خبر", "text": "نص"}},
    ]
    found = [read(tmp_path, json.dumps(record, ensure_ascii=False).encode()) for record in records]
    assert [
        [(document.title, document.body, document.url) for document in outcomes]
        for outcomes in found
    ] == [*[[("خبر", "نص", None)]] * 4, [("خبر", "نص", "https://sahl.example/1")]]


GUARDIAN = {
    "id": "a/1",
    "webTitle": "خبر السد",
    "webPublicationDate": "2020-12-26T10:00:00Z",
    "webUrl": "https://sahl.example/1",
    "sectionName": "محليات",
    "fields": {"trailText": "ملخص", "byline": "سعيد", "body": "<p>نص الخبر</p>"},
}
TIMES = {
    "_id": "a/1",
    "headline": {"main": "خبر السد", "kicker": None},
    "pub_date": "2020-12-26T10:00:00+0000",
    "web_url": "https://sahl.example/1",
    "section_name": "محليات",
    "byline": {"original": "سعيد", "person": []},
    "abstract": "ملخص",
    "lead_paragraph": "نص الخبر",
}
WORDPRESS = {
    "id": "a/1",
    "title": {"rendered": "خبر &#8220;السد&#8221;"},
    "content": {"rendered": "<p>نص الخبر</p>"},
    "excerpt": {"rendered": "ملخص"},
    "date": "2020-12-26T10:00:00",
    "link": "https://sahl.example/1",
    "author": 12,
    "categories": [3, 5],
    "yoast_head_json": {"title": "عنوان آخر", "author": "كاتب آخر"},
    "_embedded": {
        "author": [{"id": 12, "name": "سعيد"}],
        "wp:term": [[{"name": "محليات"}], [{"name": "وسم"}]],
    },
}


def test_fields_within_an_object_are_read(tmp_path):
    exports = {
        "Guardian": {"response": {"status": "ok", "results": [GUARDIAN]}},
        "Times": {"status": "OK", "response": {"docs": [TIMES], "meta": {"hits": 1}}},
        "WordPress": [WORDPRESS],
    }
    fields = {}
    for name, export in exports.items():
        [document] = read(tmp_path, json.dumps(export, ensure_ascii=False).encode())
        fields[name] = (
            *(document.title, document.body, document.date, document.url),
            *(document.own_id, document.author, document.section),
        )
    others = ("نص الخبر", DAY, "https://sahl.example/1", "a/1", "سعيد", "محليات")
    assert fields == {
        "Guardian": ("خبر السد", *others),
        "Times": ("خبر السد", *others),
        "WordPress": ("خبر “السد”", *others),
    }


def test_a_number_is_neither_an_author_nor_a_section(tmp_path):
    for number in (12, 12.0, "12", [3, 5], "١٢"):
        record = {**RECORDS[0], "author": number, "section": number}
        [document] = read(tmp_path, json.dumps(record).encode())
        assert (document.author, document.section) == (None, None), number
