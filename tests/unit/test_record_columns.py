import logging

from indexer.readers.columns import Columns


def test_common_names_of_others_are_ours():
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


def test_of_two_columns_the_filled_one_is_taken():
    columns = Columns()
    assert columns.fields({"text": "", "content": "ن"}) == {"body": "ن"}
    assert columns.fields({"text": "أول", "content": "ن"}) == {"body": "ن"}
    assert columns.fields({"text": "أول", "content": None}) == {"body": "أول"}


def test_columns_of_no_use_are_logged_once(caplog):
    columns = Columns()
    for _ in range(3):
        columns.fields({"title": "ع", "crawler": 1, "votes": 2})
    with caplog.at_level(logging.INFO):
        columns.log_ignored("dump.csv")
        columns.log_ignored("dump.csv")
    assert caplog.messages == ["dump.csv: 2 columns ignored: crawler, votes"]


def test_endless_new_columns_do_not_fill_the_memory():
    columns = Columns()
    for number in range(5000):
        columns.fields({f"column {number}": "x"})
    assert len(columns._layouts) <= 1000
    assert len(columns._ignored) <= 1000
