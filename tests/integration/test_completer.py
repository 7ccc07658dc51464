"""Completions while the archive they are read from changes under them."""

import threading
import time

import pytest

from indexer.ingest import add_dumps
from search.errors import ArchiveError
from search.index.local.reader import ArchiveReader
from search.query.autocomplete import Completer
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder


@pytest.fixture
def folder(tmp_path):
    add(tmp_path / "a", TINY_DUMP)
    return tmp_path / "a"


def add(folder, dump):
    add_dumps([str(dump)], folder, NgramEncoder(), captured_on=None, show_progress=False)


def titles(completer, text):
    return [one.text for one in completer.complete(text)]


def reading():
    return [one for one in threading.enumerate() if one.name == "arshif-completions"]


def until_read():
    ends_at = time.monotonic() + 30
    while reading():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_nobody_waits_for_the_completions_of_a_new_commit(folder, tmp_path):
    completer = Completer(ArchiveReader(folder))
    before = completer.completions()
    add(folder, write_jsonl(tmp_path / "new.jsonl", [{"title": "الزنجبيل يغلو"}]))
    assert completer.completions() is before
    until_read()
    assert titles(completer, "الزنج") == ["الزنجبيل يغلو"]


def test_completions_read_at_leisure_are_there_as_soon_as_somebody_waits(folder):
    completer = Completer(ArchiveReader(folder))
    reading = threading.Thread(target=completer.warm)
    reading.start()
    found = completer.completions()
    reading.join(60)
    assert not reading.is_alive()
    assert completer.completions() is found


def test_who_does_not_type_does_not_wait_for_the_first_completions(folder):
    going_on = threading.Event()

    class Slow(ArchiveReader):
        def titles(self, count):
            going_on.wait(30)
            return super().titles(count)

    completer = Completer(Slow(folder))
    assert completer.meant("hgsd,g") == []
    going_on.set()
    until_read()
    assert completer.at_hand() is not None


def test_completions_that_cannot_be_read_stay_those_before(folder, tmp_path):
    class Broken(ArchiveReader):
        def titles(self, count):
            raise ArchiveError("the disk went away")

    completer = Completer(ArchiveReader(folder))
    before = completer.completions()
    completer._archive = Broken(folder)
    add(folder, write_jsonl(tmp_path / "new.jsonl", [{"title": "الزنجبيل يغلو"}]))
    completer.completions()
    until_read()
    assert completer.completions() is before
    until_read()


def test_an_archive_put_in_its_place_is_completed_from(folder, tmp_path):
    completer = Completer(ArchiveReader(folder))
    completer.completions()
    other = tmp_path / "other"
    add(other, write_jsonl(tmp_path / "new.jsonl", [{"title": "الزنجبيل يغلو"}]))
    folder.rename(tmp_path / "away")
    other.rename(folder)  # its commit has the same number
    completer.completions()
    until_read()
    assert titles(completer, "الزنج") == ["الزنجبيل يغلو"]
