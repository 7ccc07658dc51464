"""From a typed query to its plan: what the encoder reads, which filters apply, what must match."""

from dataclasses import replace
from types import SimpleNamespace

from search.plan import Alternative, NoneOf, QueryPlan, Scope
from search.query.planning import literal, plan_query
from search.records import Document, Filters, Kind, Mode, Query
from tests.encoder import NgramEncoder
from tests.memory_index import MemoryIndex


def headlines(*titles, sources=()):
    sources = sources or [None] * len(titles)
    return [
        Document(str(number), Kind.HEADLINE, title, source=source)
        for number, (title, source) in enumerate(zip(titles, sources, strict=True))
    ]


DOCUMENTS = headlines(
    "فيضانات كبرى في الغرب",
    "زحزح الباب",
    "diving in the sea",
    "الدار البيضاء",
    sources=("جريدة السهل", "صوت الوادي", "The Morocco Diver", "صوت الوادي المسائية"),
)
PIECES = {
    **{"فيضان": 1, "فيضانات": 1, "فيضنات": 2, "زحزح": 2, "زحزحة": 2},
    **{"drivnig": 3, "driving": 1, "diving": 1},
}
READER = SimpleNamespace(count_pieces=lambda word: PIECES.get(word, 1))


def index_of(documents, passages=None):
    index = MemoryIndex.of(documents, NgramEncoder())
    if passages is not None:
        index.identity = replace(index.identity, passages=passages)
    return index


def plan(text, index=None, mode=Mode.HYBRID, reader=READER):
    return plan_query(Query(text, mode), index or index_of(DOCUMENTS), reader)


def without(word):
    return NoneOf((replace(literal(word), is_quoted=False),))


def test_the_encoder_reads_the_correction_of_a_word_that_it_splits_into_more_pieces():
    assert plan("الفيضنات").text == "فيضانات"
    assert plan("الفيضنات", reader=None).text == "الفيضنات"
    same_pieces = plan("الزحزج")
    assert (same_pieces.text, same_pieces.corrections) == ("الزحزج", (("الزحزج", "زحزح"),))
    assert plan("الدار البيضاء").text == "الدار البيضاء"  # without corrections


def test_beside_known_words_a_word_is_corrected_only_in_a_large_archive():
    expected = {
        None: "الفيضنات الكبرى",
        19_999: "الفيضنات الكبرى",
        20_000: "فيضانات الكبرى",
    }
    texts = {
        passages: plan("الفيضنات الكبرى", index_of(DOCUMENTS, passages)).text
        for passages in expected
    }
    assert texts == expected


def test_a_foreign_word_that_the_encoder_knows_is_not_corrected():
    driving = plan("driving")
    assert (driving.text, driving.corrections) == ("driving", ())
    assert plan("driving", reader=None).corrections == (("driving", "diving"),)
    index = index_of([*DOCUMENTS, Document("5", Kind.HEADLINE, "driving at night")])
    misspelt = plan("drivnig", index)
    assert (misspelt.text, misspelt.corrections) == ("driving", (("drivnig", "driving"),))


def test_the_encoder_reads_the_query_and_its_glosses():
    words = ((Alternative(("lktab",)), Alternative(("كتاب",))),)
    assert QueryPlan("lktab", words, Scope(), glosses=("كتاب",)).text_to_encode == "lktab كتاب"
    assert plan("كتاب").text_to_encode == "كتاب"


def test_terms_of_the_query_are_listed_apart_from_related_terms():
    words = (
        (Alternative(("سد",)), Alternative(("barrage",), 0.8, is_related=True)),
        (Alternative(("ksar",)), Alternative(("قصر", "كبير"), 0.9)),
    )
    of_query = QueryPlan("", words, Scope())
    assert of_query.terms == ["سد", "ksar", "قصر كبير"]
    assert of_query.related_terms == ["barrage"]


def test_a_document_may_lack_one_of_four_or_five_words_and_a_quarter_of_more():
    expected = {0: 0, 1: 1, 3: 3, 4: 3, 5: 4, 6: 5, 7: 6, 8: 6, 12: 9}
    word = (Alternative(("سد",)),)
    least = {
        count: QueryPlan("", (), Scope(), matching_words=(word,) * count).least
        for count in expected
    }
    assert least == expected


def test_a_newspaper_is_named_by_its_whole_name_or_by_one_of_its_words():
    expected = {
        "source:السهل": ("جريدة السهل",),
        'source:"صوت الوادي"': ("صوت الوادي",),  # also part of a longer name
        "source:صوت": ("صوت الوادي", "صوت الوادي المسائية"),
        "source:لا_أحد": (),
    }
    filters = {typed: plan(typed).scope.filters for typed in expected}
    assert filters == {typed: Filters(sources=sources) for typed, sources in expected.items()}


def test_a_newspaper_is_named_by_an_alias_in_the_query_and_in_a_filter():
    index = index_of(headlines("سمكة نادرة", "سمكة أخرى", sources=("عكاظ", "الرياض")))
    assert plan("سمكة source:okaz", index).scope.filters.sources == ("عكاظ",)
    filters = Filters(sources=("Okaz", "الرياض", "لا أحد"))
    scope = plan_query(Query("سمكة", filters=filters), index, READER).scope
    assert scope.filters.sources == ("عكاظ", "الرياض")


def test_a_query_of_filters_alone_lists_every_document_in_its_scope():
    expected = {
        "source:السهل": True,
        "2019..2020": True,
        "الباب source:السهل": False,
        "؟": False,
    }
    assert {text: plan(text).lists_all for text in expected} == expected
    assert plan("-الباب").scope.demands == (without("الباب"),)


def test_translations_are_related_terms_unless_the_mode_is_lexical():
    index = index_of([*DOCUMENTS, Document("5", Kind.HEADLINE, "oil")])
    assert plan("النفط", index).related_terms == ["oil"]
    assert plan("النفط", index, Mode.LEXICAL).related_terms == []


def test_a_pasted_headline_filters_nothing():
    titles = (
        "سمكة نادرة في المرسى -صور",
        "مصدر:الصيد يتوقف أسبوعا",
        "حصيلة 2018..2020 من الأسماك",
    )
    index = index_of(headlines(*titles))
    for title in titles:
        scope = plan(title, index).scope
        assert (scope.demands, scope.filters) == ((), Filters()), title
    assert plan("سمكة -صور", index).scope.demands == (without("صور"),)


def ranked_by_words(query, titles):
    index = index_of(headlines(*titles))
    ranked = index.rank_by_words(plan(query, index, Mode.LEXICAL), 9).candidates
    return {titles[int(doc_id)] for doc_id in ranked.doc_ids()}


def test_a_quoted_name_is_found_joined_or_apart():
    titles = ("عبد الغفور الحداد", "عبدالغفور الحداد", "عبد الحداد الغفور")
    for name in titles[:2]:
        assert ranked_by_words(f'"{name}"', titles) == set(titles[:2]), name


def test_quoted_words_are_found_with_an_article_or_a_preposition_and_no_other_ending():
    titles = ("ممرض ماهر", "الممرض الماهر", "بممرض ماهر", "ممرضة ماهرة", "ممرضون ماهرون")
    assert ranked_by_words('"ممرض ماهر"', titles) == set(titles[:3])
    quoted = plan('"ممرض ماهر"', index_of(headlines(*titles)))
    assert quoted.words == ((Alternative(("ممرض", "ماهر")),),)
    assert quoted.terms == ["ممرض ماهر"]
