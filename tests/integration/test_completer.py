"""Completions while their archive changes."""

import threading
import time

import pytest

from search.errors import ArchiveError
from search.index.live import LiveArchive
from search.query.autocomplete import Completer
from search.records import Document, Kind
from tests.encoder import NgramEncoder
from tests.memory_index import IndexArchive, MemoryArchive, MemoryIndex

ARABIC = [
    Document(f"{number}", Kind.HEADLINE, title, source=source)
    for number, (title, source) in enumerate(
        (
            ("سوق عكاظ يفتح أبوابه", "عكاظ"),
            ("قطر تستضيف المؤتمر", "سبق"),
            ("قطار جديد يربط المدينتين", "سبق"),
            ("بنكيران يلتقي الوزراء", "أريفينو"),
            ("القنيطرة تحتفي بالكتاب", "أريفينو"),
            ("غرق مهاجرين في البحر وإنقاذ مهاجر", "أريفينو"),
            ("La route du lac est fermée", "Le Lac"),
        )
    )
]
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


def wait_until_read():
    ends_at = time.monotonic() + 30
    while any(thread.name == "arshif-completions" for thread in threading.enumerate()):
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_a_new_commit_is_read_in_a_thread_while_the_old_completions_answer(archive):
    completer = completer_of(archive)
    before = completer.completions()
    archive.add([NEW])
    assert completer.completions() is before
    wait_until_read()
    assert titles(completer, "الزنج") == [NEW.title]


def test_a_first_reader_shares_the_completions_of_the_thread_that_reads_them(archive):
    completer = completer_of(archive)
    reading = threading.Thread(target=completer.warm)
    reading.start()
    completions = completer.completions()
    reading.join(60)
    assert not reading.is_alive()
    assert completer.completions() is completions


def test_a_query_does_not_wait_for_the_first_completions():
    is_read_on = threading.Event()

    class SlowIndex(MemoryIndex):
        def titles(self, count):
            is_read_on.wait(30)
            return super().titles(count)

    completer = completer_of(IndexArchive(SlowIndex.of([OLD], NgramEncoder())))
    assert completer.known_keyboard_readings("hgsd,g") == []
    is_read_on.set()
    wait_until_read()
    assert completer.cached() is not None


def test_completions_that_cannot_be_read_do_not_replace_the_old_ones():
    class BrokenIndex(MemoryIndex):
        def titles(self, count):
            raise ArchiveError("the disk went away")

    archive = IndexArchive(MemoryIndex.of([OLD], NgramEncoder()))
    completer = completer_of(archive)
    before = completer.completions()
    archive.index = BrokenIndex.of([OLD, NEW], NgramEncoder(), commit=2)
    completer.completions()
    wait_until_read()
    assert completer.completions() is before
    wait_until_read()
    archive.index = MemoryIndex.of([OLD, NEW], NgramEncoder(), commit=3)
    completer.completions()
    wait_until_read()
    assert titles(completer, "الزنج") == [NEW.title]


def test_a_removed_title_is_not_completed(archive):
    archive.add([NEW])
    completer = completer_of(archive)
    assert titles(completer, "الزنج") == [NEW.title]
    archive.remove([NEW.doc_id])
    assert titles(completer, "الزنج") == []


def test_another_archive_at_the_same_address_is_read_anew():
    archive = IndexArchive(MemoryIndex.of([OLD], NgramEncoder()))
    completer = completer_of(archive)
    completer.completions()
    archive.index = MemoryIndex.of([NEW], NgramEncoder())  # its commit has the same number
    completer.completions()
    wait_until_read()
    assert titles(completer, "الزنج") == [NEW.title]


def test_a_phrase_of_two_words_is_as_common_as_a_word_that_titles_have_twice_as_often(archive):
    written = ["مهرجان مراكش"] * 4 + ["مهرجانات"] * 5
    archive.add(
        [Document(f"{n}", Kind.HEADLINE, f"{title} {n}") for n, title in enumerate(written)]
    )
    assert titles(completer_of(archive), "مهرج")[:3] == ["مهرجان مراكش", "مهرجانات", "مهرجان"]


def test_latin_letters_are_completed_by_names_newspapers_and_what_they_spell(archive):
    archive.add(ARABIC)
    completer = completer_of(archive)
    for text, origin, completion in (
        ("okaz", "source", "عكاظ"),  # an alias of the newspaper
        ("Oka", "source", "عكاظ"),
        ("sab9", "source", "سبق"),  # as it sounds
        ("arif", "source", "أريفينو"),
        ("عكاظ", "source", "عكاظ"),  # it filters by the word that is typed
        ("qata", "phrase", "قطر"),  # a country
        ("qata", "title", "قطر تستضيف المؤتمر"),
        ("benki", "phrase", "بنكيران"),  # a person, by the name that a title has
        ("benki", "title", "بنكيران يلتقي الوزراء"),
        ("9nit", "title", "القنيطرة تحتفي بالكتاب"),
        ("7rag", "phrase", "حراق"),  # Moroccan Arabic for «مهاجر», which a title has
        ("حرا", "phrase", "حراك"),
        ("أخبار Qata", "phrase", "أخبار قطر"),  # what was typed before stays as it is
        ("alqitar", "title", "قطار جديد يربط المدينتين"),
        ("el qitar", "title", "قطار جديد يربط المدينتين"),
        ("la rou", "title", "La route du lac est fermée"),
    ):
        offers = [(offer.origin, offer.text) for offer in completer.complete(text)]
        assert (origin, completion) in offers, text
        assert len(offers) == len(set(offers)), text
    # Names of which the archive knows nothing are not offered.
    for text in ("norv", "mend", "zzz", "2015", "-"):
        assert titles(completer, text) == [], text
