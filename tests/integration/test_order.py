"""The documents of an archive depend on the records and not on the order of the dumps."""

import json
import random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from indexer.ingest import add_dumps
from search.index.local.database.schema import connect
from search.index.opening import open_index
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder

TITLES = ("افتتاح جسر المشاة فوق النهر", "سوق الكتاب يعود إلى الساحة", "بريد القراء")
BODIES = [
    " ".join(f"{word}{at}" for at in range(first, first + 24))
    for word, first in (("جسر", 0), ("جسر", 4), ("جسر", 8), ("كتاب", 0), ("كتاب", 9))
]
RECORDS = st.fixed_dictionaries(
    {"title": st.sampled_from(TITLES)},
    optional={
        "body": st.sampled_from(BODIES),
        "id": st.sampled_from(["4", "5", "NULL"]),
        "url": st.sampled_from(
            [
                "https://nahr.example/1",
                "https://nahr.example/2",
                "https://nahr.example/",
                "https://wadi.example/1",
            ]
        ),
        "source": st.sampled_from(["ضفاف", "الساحة", "الساحه"]),
        "date": st.sampled_from(["2018-04-02", "2018-04-03", "2019-11-20"]),
    },
)
QUERY = """
SELECT first.doc_id, own.doc_id, own.kind, own.title, own.body, own.source, own.day, own.url,
    own.own_id, own.row FROM documents AS own
JOIN documents AS first ON first.row = coalesce(own.copy_of, own.row) ORDER BY own.doc_id
"""
SIGHTINGS = (
    "SELECT title, source, day, url, own_id FROM sightings WHERE document = ? ORDER BY digest"
)
VERSIONS = (
    "SELECT title, body, source, day, url, own_id FROM superseded WHERE document = ?"
    " ORDER BY digest, own_id"
)


def contents(archive):
    """Return all documents with their sightings, versions and copies."""
    with connect(archive) as database:
        return [
            [fields, *(database.execute(sql, (row,)).fetchall() for sql in (SIGHTINGS, VERSIONS))]
            for *fields, row in database.execute(QUERY).fetchall()
        ]


@pytest.mark.slow
def test_a_text_in_many_newspapers_has_one_first_article_in_whatever_order(tmp_path):
    body = " ".join(f"خبر{at}" for at in range(60))
    days = [f"2018-{month:02}-{day:02}" for month in (1, 2, 3, 4) for day in range(1, 28)]
    for change in ("", "عاجل"):  # the same text, and a word of each newspaper's own at its end
        records = [
            {
                "id": f"c{number}",
                "title": "بيان",
                "body": f"{body} {change}{number if change else ''}",
                "source": f"صحيفة {number}",
                "date": day,
            }
            for number, day in enumerate(days)
        ]
        for seed in (1, 2):
            folder = tmp_path / f"{change}{seed}"
            folder.mkdir()
            random.Random(seed).shuffle(records)
            stored = add(folder, records[:50], records[50:])
            firsts = {first for (first, *_), *_ in stored}
            [(first, own, *_)] = [row for row, *_ in stored if row[6] == days[0]]
            assert firsts == {first} == {own}, (change, seed)


def add(folder, *dumps):
    for number, records in enumerate(dumps):
        dump = write_jsonl(folder / f"{number}.jsonl", list(records))
        add_dumps([str(dump)], folder / "a", NgramEncoder(), captured_on=None, show_progress=False)
    return contents(folder / "a")


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
)
@given(records=st.lists(RECORDS, min_size=2, max_size=9), data=st.data())
def test_any_order_of_the_records_gives_the_same_documents(tmp_path_factory, records, data):
    order = data.draw(st.permutations(records))
    cut = data.draw(st.integers(0, len(records)))
    one, other = tmp_path_factory.mktemp("one"), tmp_path_factory.mktemp("other")
    expected = add(one, records)
    assert add(other, order[:cut], order[cut:]) == expected, json.dumps(order)
    assert open_index(other / "a").check() == []
    assert add(other, [*records, *order]) == expected
