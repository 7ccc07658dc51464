"""When the encoder reads a correction instead of what was typed."""

import numpy as np
import pytest
from search.vocabulary import Alternative, LexicalQuery

from search.index.local.columns import Catalogue
from search.query import planning
from search.query.planning import Interpretation, respell
from search.records import Filters

PIECES = {"فيضان": 1, "فيضن": 2, "زحزح": 2, "زحزحة": 2}


@pytest.fixture
def catalogue():
    none = np.empty(0, dtype=np.int32)
    ids = np.arange(10, dtype=np.int64)
    return Catalogue(
        ids, ids, none, none, none, none, (None,), ("ar",), ids, np.zeros(10, dtype=np.int32)
    )


def asked(text, corrections):
    words = tuple((Alternative((word,)),) for word in text.split())
    return Interpretation(text, LexicalQuery(words), Filters(), None, corrections)


def read(text, corrections, catalogue):
    return respell(asked(text, corrections), catalogue, lambda word: PIECES.get(word, 1)).text


def test_a_word_in_pieces_is_read_as_its_correction(catalogue):
    assert read("الفيضنات", (("الفيضنات", "فيضان"),), catalogue) == "فيضان"


def test_a_word_known_as_well_as_its_correction_stays(catalogue):
    assert read("الزحزحة", (("الزحزحة", "زحزح"),), catalogue) == "الزحزحة"


def test_beside_known_words_only_a_large_archive_tells_what_is_no_word(catalogue, monkeypatch):
    corrections = (("الفيضنات", "فيضان"),)
    assert read("الفيضنات الكبرى", corrections, catalogue) == "الفيضنات الكبرى"
    monkeypatch.setattr(planning, "_KNOWS_WORDS_FROM", 10)
    assert read("الفيضنات الكبرى", corrections, catalogue) == "فيضان الكبرى"


def test_without_corrections_nothing_changes(catalogue):
    assert read("سد الوحدة", (), catalogue) == "سد الوحدة"


def test_a_foreign_word_that_the_encoder_knows_is_not_offered_another(catalogue):
    driving = asked("driving", (("driving", "diving"),))
    assert respell(driving, catalogue, lambda word: 1).corrections == ()
    slip = asked("drivnig", (("drivnig", "driving"),))
    in_pieces = respell(slip, catalogue, {"drivnig": 3, "driving": 1}.__getitem__)
    assert in_pieces.corrections == (("drivnig", "driving"),)
    assert in_pieces.text == "driving"


def test_an_encoder_reads_what_was_typed_and_its_glosses():
    lexical = LexicalQuery(((Alternative(("lktab",)), Alternative(("كتاب",))),))
    spelled = Interpretation("lktab", lexical, Filters(), None, (), ("كتاب",))
    assert spelled.meant == "lktab كتاب"
    assert asked("كتاب", ()).meant == "كتاب"
