"""Completions while the archive they are read from changes under them."""

import threading
import time

import pytest

from search.errors import ArchiveError
from search.index.live import LiveArchive
from search.query.autocomplete import Completer
from search.records import Document, Kind
from tests.encoder import NgramEncoder
from tests.memory_index import IndexArchive, MemoryArchive, MemoryIndex

OLD = Document("old", Kind.HEADLINE, "افتتاح متحف جديد وسط المدينة")
NEW = Document("new", Kind.HEADLINE, "الزنجبيل يغلو")


@pytest.fixture
def archive():
    archive = MemoryArchive(NgramEncoder())
    archive.add([OLD])
    return archive


def completer_of(archive):
    return Completer(LiveArchive(archive, NgramEncoder))


def titles(completer, text):
    return [completion.text for completion in completer.complete(text)]


def until_read():
    ends_at = time.monotonic() + 30
    while any(thread.name == "arshif-completions" for thread in threading.enumerate()):
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_nobody_waits_for_the_completions_of_a_new_commit(archive):
    completer = completer_of(archive)
    before = completer.completions()
    archive.add([NEW])
    assert completer.completions() is before
    until_read()
    assert titles(completer, "الزنج") == [NEW.title]


def test_completions_read_at_leisure_are_there_as_soon_as_somebody_waits(archive):
    completer = completer_of(archive)
    reading = threading.Thread(target=completer.warm)
    reading.start()
    completions = completer.completions()
    reading.join(60)
    assert not reading.is_alive()
    assert completer.completions() is completions


def test_who_does_not_type_does_not_wait_for_the_first_completions():
    going_on = threading.Event()

    class SlowIndex(MemoryIndex):
        def titles(self, count):
            going_on.wait(30)
            return super().titles(count)

    completer = completer_of(IndexArchive(SlowIndex.of([OLD], NgramEncoder())))
    assert completer.meant("hgsd,g") == []
    going_on.set()
    until_read()
    assert completer.at_hand() is not None


def test_completions_that_cannot_be_read_stay_those_before():
    class BrokenIndex(MemoryIndex):
        def titles(self, count):
            raise ArchiveError("the disk went away")

    archive = IndexArchive(MemoryIndex.of([OLD], NgramEncoder()))
    completer = completer_of(archive)
    before = completer.completions()
    archive.index = BrokenIndex.of([OLD, NEW], NgramEncoder(), commit=2)
    completer.completions()
    until_read()
    assert completer.completions() is before
    until_read()


def test_a_removed_title_is_completed_no_more(archive):
    archive.add([NEW])
    completer = completer_of(archive)
    assert titles(completer, "الزنج") == [NEW.title]
    archive.remove([NEW.doc_id])
    assert titles(completer, "الزنج") == []


def test_an_archive_put_in_its_place_is_completed_from():
    archive = IndexArchive(MemoryIndex.of([OLD], NgramEncoder()))
    completer = completer_of(archive)
    completer.completions()
    archive.index = MemoryIndex.of([NEW], NgramEncoder())  # its commit has the same number
    completer.completions()
    until_read()
    assert titles(completer, "الزنج") == [NEW.title]
