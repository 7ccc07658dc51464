import logging
import tracemalloc

from indexer.readers.columns import Columns


def test_columns_are_recognised_by_the_names_that_other_programs_use():
    record = {
        "Headline": "ع",
        "content": "ن",
        "newspaper": "ج",
        "date_extracted": "2020-12-26",
        "link": "u",
        "lang": "ar",
    }
    assert Columns().fields(record) == {
        "title": "ع",
        "body": "ن",
        "source": "ج",
        "date": "2020-12-26",
        "url": "u",
        "language": "ar",
    }


def test_a_chosen_column_goes_before_every_other():
    record = {"corps": "ن", "body": "ملخص", "titre": "ع"}
    assert Columns({"body": "corps"}).fields(record) == {"body": "ن", "title": "ع"}


def test_of_two_columns_the_better_known_counts_unless_it_is_empty_or_a_placeholder():
    columns = Columns()
    assert columns.fields({"text": "", "content": "ن"}) == {"body": "ن"}
    assert columns.fields({"text": "أول", "content": "ن"}) == {"body": "ن"}
    assert columns.fields({"text": "أول", "content": None}) == {"body": "أول"}
    urls = {"url": "NULL", "link": "https://e.example/7"}
    assert columns.fields(urls) == {"url": "https://e.example/7"}


def test_ignored_columns_are_logged_once(caplog):
    columns = Columns()
    for _ in range(3):
        columns.fields({"title": "ع", "crawler": 1, "votes": 2})
    with caplog.at_level(logging.INFO):
        columns.log_ignored("dump.csv")
        columns.log_ignored("dump.csv")
    assert caplog.messages == ["dump.csv: 2 columns ignored: crawler, votes"]


def test_the_memory_for_column_names_is_bounded():
    columns = Columns()
    tracemalloc.start()
    try:
        for number in range(2500):
            columns.fields({f"column {number} {'x' * 2000}": "x"})
        size_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size_bytes < 4_000_000  # all names together take five million bytes
