"""JSON as other programs write it: what stands around the records costs none of them."""

import json
from collections import Counter
from datetime import date

import pytest

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
# With what is told of that which is no record
ODD = {
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


@pytest.mark.parametrize("name", ODD)
def test_what_is_no_record_costs_none(tmp_path, name):
    content, told = ODD[name]
    found = read(tmp_path, content.encode())
    assert [d.title for d in documents(found)] == [r["title"] for r in RECORDS]
    others = [o.reason if isinstance(o, Reject) else o for o in found if o not in documents(found)]
    assert Counter(others) == Counter(told)


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


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("name", SHARED)
def test_a_record_has_what_its_export_says_of_all(tmp_path, name, indent):
    content = json.dumps(SHARED[name], ensure_ascii=False, indent=indent)
    for written in (content, f"[{content}]", f"cb({content});"):
        found = documents(read(tmp_path, written.encode()))
        assert [(d.own_id, d.source, d.date) for d in found] == [
            (r["id"], SOURCE, DAY) for r in RECORDS
        ]


def test_each_export_of_a_file_says_something_of_its_own_records(tmp_path):
    for separator in ("\n", ",", "\n\n"):
        exports = [
            json.dumps({"articles": [record], "source": f"جريدة {n}"}, ensure_ascii=False)
            for n, record in enumerate(RECORDS)
        ]
        found = documents(read(tmp_path, separator.join(exports).encode()))
        assert [d.source for d in found] == [f"جريدة {n}" for n in range(4)]


def test_an_export_says_nothing_of_a_record_that_says_it_and_nothing_but_what_all_share(tmp_path):
    own = {**RECORDS[0], "source": "جريدة التل", "date": "2019-01-02", "language": "fr"}
    export = {"source": SOURCE, "date": "2020-12-26", "language": "ar", "articles": [own]}
    [told] = read(tmp_path, json.dumps(export).encode())
    assert (told.source, told.date, told.language) == ("جريدة التل", date(2019, 1, 2), "fr")
    # The time of an answer is not that of its articles, nor are its address and id theirs
    export = {"date": "2020-12-26T10:00:00Z", "url": "https://sahl.example/1", "id": "x"}
    told = documents(read(tmp_path, json.dumps({**export, "articles": RECORDS}).encode()))
    assert [(d.date, d.url, d.own_id) for d in told] == [(None, None, r["id"]) for r in RECORDS]


def test_an_export_of_any_size_names_its_newspaper(tmp_path):
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


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("name", TABLES)
def test_records_are_found_in_any_order_of_rows_and_columns(tmp_path, name, indent):
    content = json.dumps(TABLES[name], ensure_ascii=False, indent=indent)
    found = read(tmp_path, content.encode())
    assert [(d.title, d.body, d.own_id) for d in found] == [tuple(r.values()) for r in RECORDS]
    days = {"by day": [DAY, DAY, date(2020, 12, 27), date(2020, 12, 27)]}
    assert [d.date for d in found] == days.get(name, [None] * 4)


def test_an_object_that_is_one_record_is_not_taken_apart(tmp_path):
    for record in (
        {"title": {"rendered": "خبر"}, "content": {"rendered": "نص"}},
        {"title": ["خبر"], "body": ["نص"]},
        {"title": "خبر", "body": "نص", "items": [{"title": "آخر"}], "fields": {"x": 1}},
        {"title": "خبر", "description": "نص", "items": [{"title": "آخر"}]},
        {"url": "https://sahl.example/1", "article": {"title": "خبر", "text": "نص"}},
    ):
        [told] = read(tmp_path, json.dumps(record, ensure_ascii=False).encode())
        assert (told.title, told.body) == ("خبر", "نص")
    assert told.url == "https://sahl.example/1"


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


@pytest.mark.parametrize(
    ("export", "title"),
    [
        ({"response": {"status": "ok", "results": [GUARDIAN]}}, "خبر السد"),
        ({"status": "OK", "response": {"docs": [TIMES], "meta": {"hits": 1}}}, "خبر السد"),
        ([WORDPRESS], "خبر “السد”"),
    ],
)
def test_fields_that_stand_within_an_object_are_found(tmp_path, export, title):
    [told] = read(tmp_path, json.dumps(export, ensure_ascii=False).encode())
    assert (told.title, told.body, told.date) == (title, "نص الخبر", DAY)
    assert (told.url, told.own_id) == ("https://sahl.example/1", "a/1")
    assert (told.author, told.section) == ("سعيد", "محليات")


@pytest.mark.parametrize("number", [12, 12.0, "12", [3, 5], "١٢"])
def test_a_number_names_no_author_and_no_section(tmp_path, number):
    [told] = read(
        tmp_path, json.dumps({**RECORDS[0], "author": number, "section": number}).encode()
    )
    assert (told.author, told.section) == (None, None)
