"""When the encoder reads a correction instead of what was typed."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from search.plan import Alternative, NoneOf, QueryPlan, Scope
from search.query.planning import literal, plan_query
from search.records import Document, Filters, Kind, Mode, Query
from tests.encoder import NgramEncoder
from tests.memory_index import MemoryIndex

DOCUMENTS = [
    Document(str(number), Kind.HEADLINE, title, source=source)
    for number, (title, source) in enumerate(
        (
            ("فيضانات كبرى في الغرب", "جريدة السهل"),
            ("زحزح الباب", "صوت الوادي"),
            ("diving in the sea", "The Morocco Diver"),
            ("الدار البيضاء", "صوت الوادي المسائية"),
        )
    )
]
PIECES = {
    **{"فيضان": 1, "فيضانات": 1, "فيضنات": 2, "زحزح": 2, "زحزحة": 2},
    **{"drivnig": 3, "driving": 1, "diving": 1},
}
READER = SimpleNamespace(count_pieces=lambda word: PIECES.get(word, 1))


def index_of(documents=DOCUMENTS, passages=None):
    index = MemoryIndex.of(documents, NgramEncoder())
    if passages is not None:
        index.identity = replace(index.identity, passages=passages)
    return index


def plan(text, index=None, mode=Mode.HYBRID, reader=READER):
    return plan_query(Query(text, mode), index or index_of(), reader)


def test_a_word_in_pieces_is_read_as_its_correction():
    assert plan("الفيضنات").text == "فيضانات"
    assert plan("الفيضنات", reader=None).text == "الفيضنات"  # no pieces tell a slip


def test_a_word_known_as_well_as_its_correction_stays():
    found = plan("الزحزج")
    assert (found.text, found.corrections) == ("الزحزج", (("الزحزج", "زحزح"),))


def test_beside_known_words_only_a_large_archive_tells_what_is_no_word():
    assert plan("الفيضنات الكبرى").text == "الفيضنات الكبرى"
    assert plan("الفيضنات الكبرى", index_of(passages=19_999)).text == "الفيضنات الكبرى"
    assert plan("الفيضنات الكبرى", index_of(passages=20_000)).text == "فيضانات الكبرى"


def test_without_corrections_nothing_changes():
    assert plan("الدار البيضاء").text == "الدار البيضاء"


def test_a_foreign_word_that_the_encoder_knows_is_not_offered_another():
    driving = plan("driving")
    assert (driving.text, driving.corrections) == ("driving", ())
    assert plan("driving", reader=None).corrections == (("driving", "diving"),)
    documents = [*DOCUMENTS, Document("5", Kind.HEADLINE, "driving at night")]
    slip = plan("drivnig", index_of(documents))
    assert (slip.text, slip.corrections) == ("driving", (("drivnig", "driving"),))


def test_an_encoder_reads_what_was_typed_and_its_glosses():
    words = ((Alternative(("lktab",)), Alternative(("كتاب",))),)
    assert QueryPlan("lktab", words, Scope(), glosses=("كتاب",)).meant == "lktab كتاب"
    assert plan("كتاب").meant == "كتاب"


def test_terms_are_told_apart_by_whether_they_are_words_of_the_query():
    words = (
        (Alternative(("سد",)), Alternative(("barrage",), 0.8, is_related=True)),
        (Alternative(("ksar",)), Alternative(("قصر", "كبير"), 0.9)),
    )
    found = QueryPlan("", words, Scope())
    assert found.terms == ["سد", "ksar", "قصر كبير"]
    assert found.related_terms == ["barrage"]


@pytest.mark.parametrize(
    ("typed", "sources"),
    [
        ("source:السهل", ("جريدة السهل",)),
        ('source:"صوت الوادي"', ("صوت الوادي",)),  # the whole name of one
        ("source:صوت", ("صوت الوادي", "صوت الوادي المسائية")),
        ("source:لا_أحد", ()),
    ],
)
def test_a_newspaper_is_named_whole_or_by_a_word(typed, sources):
    assert plan(typed).scope.filters == Filters(sources=sources)


def test_demands_alone_list_everything_in_scope():
    assert plan("source:السهل").lists_all
    assert plan("2019..2020").lists_all
    assert plan("-الباب").scope.demands == (NoneOf((replace(literal("الباب"), is_quoted=False),)),)
    assert not plan("الباب source:السهل").lists_all
    assert not plan("؟").lists_all


def test_words_alone_are_not_looked_for_by_meaning():
    index = index_of([*DOCUMENTS, Document("5", Kind.HEADLINE, "oil")])
    assert plan("النفط", index).related_terms == ["oil"]
    assert plan("النفط", index, Mode.LEXICAL).related_terms == []


PASTED_HEADLINES = (
    "سمكة نادرة في المرسى -صور",
    "مصدر:الصيد يتوقف أسبوعا",
    "حصيلة 2018..2020 من الأسماك",
)


def test_a_pasted_headline_narrows_nothing():
    documents = [
        Document(str(number), Kind.HEADLINE, title) for number, title in enumerate(PASTED_HEADLINES)
    ]
    for title in PASTED_HEADLINES:
        scope = plan(title, index_of(documents)).scope
        assert (scope.demands, scope.filters) == ((), Filters()), title
    assert plan("سمكة -صور", index_of(documents)).scope.demands == (
        NoneOf((replace(literal("صور"), is_quoted=False),)),
    )


def test_a_newspaper_is_asked_for_by_any_of_its_names():
    documents = [
        Document("1", Kind.HEADLINE, "سمكة نادرة", source="عكاظ"),
        Document("2", Kind.HEADLINE, "سمكة أخرى", source="الرياض"),
    ]
    index = index_of(documents)
    assert plan("سمكة source:okaz", index).scope.filters.sources == ("عكاظ",)
    filters = Filters(sources=("Okaz", "الرياض", "لا أحد"))
    scope = plan_query(Query("سمكة", filters=filters), index, READER).scope
    assert scope.filters.sources == ("عكاظ", "الرياض")


def test_a_quoted_name_is_found_joined_or_apart():
    titles = ("عبد الغفور الحداد", "عبدالغفور الحداد", "عبد الحداد الغفور")
    index = index_of(
        [Document(str(number), Kind.HEADLINE, title) for number, title in enumerate(titles)]
    )
    for title in titles[:2]:
        found = plan(f'"{title}"', index, Mode.LEXICAL)
        ranked = index.rank_by_words(found, 9).candidates
        assert sorted(ranked.doc_ids()) == ["0", "1"], title


def test_quoted_words_are_looked_for_as_they_stand():
    documents = [
        Document(str(number), Kind.HEADLINE, title)
        for number, title in enumerate(
            ("ممرض ماهر", "الممرض الماهر", "ممرضة ماهرة", "بممرض ماهر", "ممرضون ماهرون")
        )
    ]
    index = index_of(documents)
    found = plan('"ممرض ماهر"', index)
    assert found.words == ((Alternative(("ممرض", "ماهر")),),)
    assert found.terms == ["ممرض ماهر"]
    ranked = index.rank_by_words(found, 9).candidates
    assert sorted(ranked.doc_ids()) == ["0", "1", "3"]
