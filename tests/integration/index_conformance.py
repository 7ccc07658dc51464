"""What every index must answer, whatever stands behind the seam.

A test module gives an implementation by a subclass of `IndexConformance`, with what builds an
archive of a corpus and what removes documents from it. Where no value is written down here, the
index in memory says it: counts and ids must be equal, and the order too wherever scores differ by
more than rounding.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from indexer.duplicates import LEAST, grams_of, jaccard
from indexer.encoding import encode_context
from indexer.readers.dumps import read_dump
from indexer.readers.identity import title_id
from indexer.readers.origin import Origin
from search.encoders.identity import Encoder, PieceReader
from search.encoders.loading import load_encoder
from search.encoders.two_level import TwoLevelEncoder
from search.engine import SearchEngine
from search.errors import ArchiveError, EncoderError, QueryError
from search.index import Index, Level, Matches, Period
from search.index.archive import Archive
from search.index.candidates import KINDS, NO_DAY, Candidates
from search.index.live import LiveArchive
from search.language.analysis import terms
from search.plan import AllOf, Alternative, AnyOf, AtLeast, Field, NoneOf, QueryPlan, Scope
from search.query.planning import literal, plan_query
from search.records import (
    Document,
    Filters,
    Kind,
    MissingPhrase,
    Mode,
    Query,
    SearchPage,
    Sort,
    Version,
)
from tests.conftest import TINY_DUMP, write_jsonl
from tests.encoder import NgramEncoder
from tests.memory_index import IndexArchive, MemoryIndex, Stored

SAMPLE = Path(__file__).parents[2] / "data" / "sample"
DEEP = 10_000  # more passages than any corpus here has
# Tantivy computes BM25 in 32 bits: over the queries below it differs by 2e-7 of itself.
BM25_ROUNDING = 1e-6
COSINE_ROUNDING = 1e-6
FUSED_ROUNDING = 1e-5  # scores are standardised: divided by their deviation, which may be small

_LONG = [
    "وقال المهندس المشرف إن أشغال السد بلغت نصفها وإن المياه ستصل إلى القرى قبل الصيف.",
    "وأضاف أن الطريق المؤدية إلى الورش عبدت، وأن السكان المجاورين استفادوا من فرص الشغل.",
    "وتساءل فلاحون عن حصة كل حقل من مياه الري، وعن ثمن المتر المكعب في سنوات الجفاف.",
    "ووعدت الوزارة بنشر دراسة عن أثر المشروع على الواحات وعلى أشجار النخيل المعمرة.",
    "وختم الحفل بوصلات من أهازيج المنطقة، ووزعت شهادات على تلاميذ المدرسة الجماعاتية.",
]  # fmt: skip
_FILLER = " ".join(["كلام كثير عن أشياء أخرى في المدينة والبادية."] * 25)
_RENAMED = "https://sahl.example/zafaran"

FIRST_DUMP: list[dict[str, object]] = [
    {"id": "dam", "title": "سد الوحدة يمتلئ", "body": "بلغت حقينة السد نسبة قياسية.",
     "source": "صوت الوادي", "date": "2019-03-01"},
    {"id": "name", "title": "الوحدة قرب السد", "body": "تعاونية تحمل اسم الوحدة قرب السد القديم.",
     "source": "جريدة السهل", "date": "2021-06-01"},
    {"id": "long", "title": "أشغال السد الكبير", "body": "\n".join(_LONG * 9),
     "source": "جريدة السهل", "date": "2020-12-05"},
    {"id": "last words", "title": "الماء والري", "source": "ملاعبنا", "date": "2020-11-30",
     "body": f"مياه الري تسقي الحقول. {_FILLER} رائحة الزعفران تعم السوق."},
    {"id": "south", "title": "فيضانات في الجنوب", "date": "2009-02-01",
     "body": "الفيضانات تغمر الحقول. الزعفران ينجو من السد."},
    {"id": "changed", "title": "فيضانات في الشمال", "body": "الفيضانات تغمر الحقول.",
     "source": "صوت الوادي", "date": "2016-11-01"},
    {"id": "fr", "title": "Le marché de Dakhla", "body": "Le poulpe se vend cher à Dakhla. La neige"
     " du col est loin, et la route du marché est longue.", "source": "Le Messager du Col"},
    {"id": "en", "title": "Snow closes the mountain road", "language": "en",
     "body": "Heavy snow closed the road over the pass.", "date": "2015-12-21"},
    {"id": "no words", "title": "؟؟؟", "body": "... !!", "source": "ملاعبنا"},
    {"title": "موسم الزعفران يبدأ هذا الأسبوع", "source": "جريدة السهل", "date": "2020-10-02",
     "url": _RENAMED},
    {"title": "موسم الزعفران يبدأ هذا الأسبوع", "source": "صوت الوادي", "date": "2020-10-01",
     "url": _RENAMED},
    {"title": "انقطاع الماء عن أحياء المدينة غدا", "source": "ملاعبنا", "date": "2020-10-03"},
    {"title": "انقطاع الماء عن أحياء المدينة غدا", "source": "جريدة السهل"},
    {"title": "الزعفران، الزعفران، الزعفران"},
]  # fmt: skip
# A later version of one article, and the article that a headline told of.
SECOND_DUMP: list[dict[str, object]] = [
    {"id": "changed", "title": "فيضانات في الشمال", "body": "الفيضانات تغمر الحقول والطرق من جديد.",
     "source": "صوت الوادي", "date": "2016-11-02"},
    {"id": "saffron", "title": "موسم الزعفران يبدأ هذا الأسبوع", "source": "جريدة السهل",
     "date": "2020-10-02", "url": _RENAMED, "body": "يجني فلاحو تالوين الزعفران قبل الشروق."},
]  # fmt: skip

QUERIES = (
    "السد", "سد الوحدة", "فيضانات", "الفيضنات", "ثلوج الجبل", "neige sur la route", "snow",
    "أخبار", "مياه الري والنخيل", "dakhla", "الداخلة", "lfaydanat f chamal", "الزعفارن تعم",
    "موسم الزعفران", "مباراة كرة القدم", "قققققق", "؟", "زلزال", "فيضانات 2009", "السد قبل 2020",
    "ماء المدينة 2020", "school vaccination", "في من على", "رمضان",
)  # fmt: skip
DEMANDS = (
    '"سد الوحدة"', '"مياه الري" "رائحة الزعفران"', "السد -الوحدة", '"السد" -"السد القديم"',
    '"السدود الوحدة"', '"سد الوحدة" "القديم"', "السد source:السهل", 'السد مصدر:"صوت الوادي"',
    "source:السهل", "-السد", "السد 2019..2020", "السد source:لا_أحد", "2009..2010",
    "source:السهل -الزعفران", '"الطريق"',
)  # fmt: skip
OPERATORS = (
    literal("السد"), literal("السد القديم"), replace(literal("سد"), field=Field.TITLE),
    AnyOf((literal("الزعفران"), literal("neige"))), NoneOf((literal("السد"), literal("الماء"))),
    AllOf((literal("السد"), AnyOf((literal("الوحدة"), NoneOf((literal("الماء"),)))))),
    replace(literal("فيضان"), is_prefix=True), replace(literal("الحقول تغمر"), distance=2),
    replace(literal("كاتب"), field=Field.AUTHOR), literal("قققق"),
    replace(literal("السد"), field=Field.LEAD),
    AtLeast(2, (literal("السد"), literal("الماء"), replace(literal("الوحدة"), field=Field.LEAD))),
)  # fmt: skip
FILTERS = (
    Filters(undated=True),
    Filters(),
    Filters(sources=("جريدة السهل",)),
    Filters(sources=("جريدة السهل", "صوت الوادي")),
    Filters(sources=("لا أحد",)),
    Filters(sources=()),
    Filters(kinds=(Kind.HEADLINE,)),
    Filters(kinds=(Kind.ARTICLE,)),
    Filters(languages=("fr", "en")),
    Filters(since=date(2019, 1, 1)),
    Filters(until=date(2015, 12, 21)),
    Filters(("جريدة السهل",), (Kind.ARTICLE,), date(2019, 1, 1), date(2020, 12, 31), ("ar",)),
)


@dataclass(frozen=True)
class Corpus:
    """Dumps to be added one after another, and what must then be stored, in this order."""

    dumps: Sequence[Path]
    encoder: Encoder
    documents: Sequence[Document]
    stored: Stored = field(default_factory=Stored)

    def memory_index(self) -> MemoryIndex:
        return MemoryIndex.of(self.documents, self.encoder, self.stored)


Build = Callable[[Corpus], Archive]
Remove = Callable[[Archive, Sequence[str]], None]


def hand_made(folder: Path) -> Corpus:
    """Return the corpus whose copies, versions and names are written down here."""
    dumps = [
        TINY_DUMP,
        write_jsonl(folder / "first.jsonl", FIRST_DUMP),
        write_jsonl(folder / "second.jsonl", SECOND_DUMP),
    ]
    tiny, first, [changed, saffron] = (list(_documents(dump)) for dump in dumps)
    documents: dict[str, Document] = {}
    for document in [*tiny, *first]:
        documents.setdefault(document.doc_id, document)
    old = documents[changed.doc_id]
    [headline] = {document.doc_id for document in first if document.url == _RENAMED}
    del documents[headline]  # the article that takes its place is stored last
    documents |= {changed.doc_id: changed, saffron.doc_id: saffron}
    return Corpus(
        dumps,
        load_encoder(),
        list(documents.values()),
        Stored(
            copy_of={tiny[2].doc_id: tiny[1].doc_id},
            names={headline: saffron.doc_id, title_id(saffron.title): saffron.doc_id},
            versions={changed.doc_id: (Version(old.title, old.body, old.date),)},
        ),
    )


def sample() -> Corpus:
    """Return the corpus of the sample; two of its articles are copies where their texts are."""
    first_of: dict[str, Document] = {}
    for document in _documents(*sorted(SAMPLE.iterdir())):
        first_of.setdefault(document.doc_id, document)
    documents = list(first_of.values())
    articles = [document for document in documents if document.kind is Kind.ARTICLE]
    articles.sort(key=lambda article: (article.date or date.max, article.doc_id))
    grams = [grams_of(document.body) for document in articles]
    copy_of: dict[str, str] = {}
    for place, article in enumerate(articles):
        for other in range(place):
            if jaccard(grams[place], grams[other]) >= LEAST:
                first = articles[other].doc_id
                copy_of.setdefault(article.doc_id, copy_of.get(first, first))
    return Corpus([SAMPLE], load_encoder(), documents, Stored(copy_of))


def _documents(*dumps: Path) -> Iterator[Document]:
    for dump in dumps:
        for outcome in read_dump(dump, Origin(dump.name)):
            if isinstance(outcome, Document):
                yield outcome


class IndexConformance:
    """The suite; a subclass has the fixtures `build` and `remove`."""

    @pytest.fixture(scope="class", params=["hand-made", "sample"])
    @classmethod
    def corpus(cls, request: pytest.FixtureRequest, tmp_path_factory) -> Corpus:
        if request.param == "sample":
            return sample()
        return hand_made(tmp_path_factory.mktemp("dumps"))

    @pytest.fixture(scope="class")
    @classmethod
    def archive(cls, corpus: Corpus, build: Build) -> Archive:
        return build(corpus)

    @pytest.fixture(scope="class")
    @classmethod
    def index(cls, archive: Archive) -> Index:
        return archive.open()

    @pytest.fixture(scope="class")
    @classmethod
    def reference(cls, corpus: Corpus) -> MemoryIndex:
        return corpus.memory_index()

    @pytest.fixture(scope="class")
    @classmethod
    def engines(cls, archive, reference, corpus) -> tuple[SearchEngine, SearchEngine]:
        return engine_of(archive, corpus.encoder), engine_of(IndexArchive(reference))

    # One state, and what is counted of it.

    def test_it_says_what_it_is(self, archive, index, corpus):
        identity = index.identity
        assert identity.documents == len(corpus.documents)
        assert identity.encoder == corpus.encoder.identity
        assert identity.mark == archive.mark() == archive.open().identity.mark
        assert identity.commit >= 1

    def test_it_counts_what_the_archive_holds(self, archive, reference):
        status, expected = archive.status(), reference.status()
        for name in ("documents", "passages", "encoder", "kinds", "sources", "years"):
            assert getattr(status, name) == getattr(expected, name)

    def test_terms_are_counted_by_passages(self, index, reference, corpus):
        assert index.terms.passages == index.identity.passages == reference.terms.passages
        words = {term for document in corpus.documents for term in terms(document.title)[:2]}
        for term in [*words, *terms(" ".join(_LONG)), "zzz", ""]:
            assert index.terms.frequency(term) == reference.terms.frequency(term), term
        for prefix in ("س", "سد", "ne", "zzz", "20"):
            listed = index.terms.terms_with_prefix(prefix)
            assert len(listed) == len(dict(listed))
            assert dict(listed) == dict(reference.terms.terms_with_prefix(prefix))

    def test_newspapers_come_as_first_stored_and_by_size(self, index, reference):
        assert list(index.source_names) == reference.source_names
        assert index.sources() == reference.sources()

    def test_lists_of_documents(self, index, reference):
        for count in (0, 1, 5, DEEP):
            assert index.newest(count) == reference.newest(count)
            assert index.titles(count) == reference.titles(count)

    # Documents by their ids.

    def test_documents_come_by_their_ids(self, index, corpus):
        by_id = {document.doc_id: document for document in corpus.documents}
        assert index.documents([*by_id, "unknown"]) == by_id
        assert index.documents([]) == {}
        with index.reading():
            assert index.documents(list(by_id)[:2]) == dict(list(by_id.items())[:2])

    def test_copies_and_versions(self, index, reference, corpus):
        doc_ids = [document.doc_id for document in corpus.documents]
        copies = index.copies_of([*doc_ids, "unknown"])
        assert copies == reference.copies_of(doc_ids)
        assert len(copies) >= 2
        for doc_id in (*corpus.stored.versions, *doc_ids[:3], "unknown"):
            assert index.versions_of(doc_id) == reference.versions_of(doc_id)

    def test_a_document_is_found_by_any_of_its_names(self, index, reference, corpus):
        for document in corpus.documents[:5]:
            assert index.find(document.doc_id) == document
        for name in (*corpus.stored.names, "unknown", ""):
            assert index.find(name) == reference.find(name)

    # Passages.

    def test_passages_come_in_order_and_say_what_their_document_is(self, index, reference, corpus):
        for document in corpus.documents:
            passages = index.passages_of(document.doc_id)
            assert described(passages) == described(reference.passages_of(document.doc_id))
            assert passages.ordinal.tolist() == list(range(len(passages)))
            assert index.passages(passages) == reference.passages(passages)
        assert len(index.passages_of("unknown")) == 0
        assert index.passages(Candidates.none()) == []

    def test_copies_are_of_one_group(self, index, corpus):
        doc_ids = [document.doc_id for document in corpus.documents]
        groups: dict[int, list[str]] = {}
        for doc_id in doc_ids:
            [group] = set(index.passages_of(doc_id).group.tolist())
            groups.setdefault(group, []).append(doc_id)
        together = {tuple(sorted(group)) for group in groups.values() if len(group) > 1}
        copies = index.copies_of(doc_ids)
        assert together == {tuple(sorted([one, *others])) for one, others in copies.items()}

    def test_vectors_and_similarities(self, index, reference, corpus):
        vector = corpus.encoder.encode_queries(["السد والمياه"])[0]
        for document in corpus.documents[::3]:
            passages = index.passages_of(document.doc_id).take(slice(None, None, -1))
            vectors, cosines = index.vectors(passages), index.similarities(vector, passages)
            assert (vectors.dtype, cosines.dtype) == (np.float32, np.float32)
            assert vectors.shape == (len(passages), corpus.encoder.identity.dimension)
            assert vectors == pytest.approx(reference.vectors(passages), abs=COSINE_ROUNDING)
            expected = reference.similarities(vector, passages)
            assert cosines == pytest.approx(expected, abs=COSINE_ROUNDING)
        assert index.similarities(vector, Candidates.none()).shape == (0,)

    @pytest.mark.parametrize("reach", [0, 1, 2])
    def test_word_pieces_around_a_passage(self, index, reference, corpus, reach):
        vector = corpus.encoder.encode_queries(["السد والمياه"])[0]
        best = index.rank_by_vector(vector, index.scope(Filters()), 60).candidates
        around, expected = index.tokens(best, reach), reference.tokens(best, reach)
        assert around.begins.tolist() == expected.begins.tolist()
        assert around.own.tolist() == expected.own.tolist()
        pairs = zip(around.tokens.split(), expected.tokens.split(), strict=True)
        assert all(sorted(held.tolist()) == sorted(same.tolist()) for held, same in pairs)
        assert sum(around.tokens.counts.tolist()) > 0

    def test_an_encoder_without_pieces_leaves_none(self, build, tmp_path):
        dump = write_jsonl(tmp_path / "d.jsonl", FIRST_DUMP[:3])
        index = build(Corpus([dump], NgramEncoder(), list(_documents(dump)))).open()
        passages = index.passages_of(index.newest(2)[1].doc_id)
        around = index.tokens(passages, 2)
        assert around.tokens.counts.tolist() == [0] * len(around.tokens.counts)
        assert len(around.begins) == len(around.own) == len(passages)

    def test_vectors_of_the_second_level_come_later(self, build, tmp_path):
        plain = hand_made(tmp_path)
        corpus = replace(plain, encoder=TwoLevelEncoder(load_encoder(), NgramEncoder()))
        archive = build(corpus)
        index = archive.open()
        [base], [context] = (
            encoder.encode_queries(["السد والمياه"])
            for encoder in (corpus.encoder, corpus.encoder.context)
        )
        passages = index.rank_by_vector(base, index.scope(Filters()), DEEP).candidates
        assert (index.identity.encoded, archive.status().encoded) == (0, 0)
        assert np.isnan(index.similarities(context, passages, Level.CONTEXT)).all()
        scope = index.scope(Filters())
        assert not len(index.rank_by_vector(context, scope, DEEP, Level.CONTEXT).candidates)
        assert encode_context(archive, corpus.encoder, show_progress=False) == len(passages)
        index, reference = archive.open(), corpus.memory_index()
        assert index.identity.encoded == index.identity.passages == archive.status().encoded
        passages = index.rank_by_vector(base, index.scope(Filters()), DEEP).candidates
        assert index.similarities(context, passages, Level.CONTEXT) == pytest.approx(
            reference.similarities(context, passages, Level.CONTEXT), abs=COSINE_ROUNDING
        )
        nearest, same = (
            one.rank_by_vector(context, one.scope(Filters()), 9, Level.CONTEXT).candidates
            for one in (index, reference)
        )
        assert nearest.score == pytest.approx(same.score, abs=COSINE_ROUNDING)
        assert encode_context(archive, corpus.encoder, show_progress=False) == 0
        engines = [engine_of(one, corpus.encoder) for one in (archive, IndexArchive(reference))]
        query = Query("تخزين المياه خلف السد", Mode.SEMANTIC)
        first, second = (
            [hit.document.doc_id for hit in engine.search(query).hits] for engine in engines
        )
        assert len(first) > 3
        assert first == second

    # What a query demands.

    @pytest.mark.parametrize("text", DEMANDS)
    def test_a_scope_says_what_is_demanded(self, index, reference, text):
        scope, expected = scopes_of(text, index, reference)
        assert as_told(scope) == as_told(expected)
        vector = np.zeros(index.identity.encoder.dimension, np.float32)
        ranked = index.rank_by_vector(vector, scope, DEEP)
        same = reference.rank_by_vector(vector, expected, DEEP)
        assert ranked.searched == same.searched == len(ranked.candidates)
        assert set(keys_of(ranked.candidates)) == set(keys_of(same.candidates))

    def test_a_phrase_stands_within_the_other_demands(self, index):
        dam, nowhere, water = literal("السد"), literal("قققق"), literal("ماء")
        everywhere = index.scope(Filters(), (), [dam])
        assert (everywhere.demands, everywhere.missing) == ((dam,), ())
        scope = index.scope(Filters(), (), [nowhere, dam])
        assert (scope.demands, scope.missing) == ((dam,), (MissingPhrase("قققق"),))
        # Where nothing passes, no phrase is told as missing.
        closed = index.scope(Filters(sources=()), [NoneOf((water,))], [dam])
        assert (closed.demands, closed.missing) == ((NoneOf((water,)), dam), ())

    # What matches.

    @pytest.mark.parametrize("filters", FILTERS, ids=str)
    def test_matching_documents_are_counted_alike(self, index, reference, corpus, filters):
        for text in ("السد", "السد الماء", "أخبار المدينة الطريق الماء", "neige route", "-السد"):
            query = Query(text, filters=filters)
            plan, same = plans_of(query, index, reference, corpus)
            assert counted(index.match(plan)) == counted(reference.match(same)), text
            assert index.count_matches(plan) == index.match(plan).total
            for period in Period:
                assert index.count_by(plan, period) == reference.count_by(same, period)

    @pytest.mark.parametrize("demand", OPERATORS, ids=str)
    def test_operators_are_matched_alike(self, index, reference, demand):
        plan, same = (
            QueryPlan("", (), one.scope(Filters(), [demand])) for one in (index, reference)
        )
        assert counted(index.match(plan)) == counted(reference.match(same))
        for order in (Sort.NEWEST, Sort.OLDEST):
            listed, expected = (
                one.list_matches(made, order, 0, DEEP).doc_ids()
                for one, made in ((index, plan), (reference, same))
            )
            assert listed == expected

    def test_matches_are_listed_by_date_at_any_depth(self, index, reference, corpus):
        plan, same = plans_of(Query("-قققق"), index, reference, corpus)
        total = index.match(plan).total
        assert total == len(corpus.documents)
        for order in (Sort.NEWEST, Sort.OLDEST):
            listed = index.list_matches(plan, order, 0, DEEP)
            assert listed.doc_ids() == reference.list_matches(same, order, 0, DEEP).doc_ids()
            assert not listed.ordinal.any()
            parts = [index.list_matches(plan, order, start, 3) for start in range(0, total, 3)]
            assert [one for part in parts for one in part.doc_ids()] == listed.doc_ids()

    def test_what_was_ranked_is_passed_over_with_its_copies(self, index, reference, corpus):
        plan, same = plans_of(Query("السد"), index, reference, corpus)
        ranked = index.rank_by_words(plan, 3).candidates
        is_match, documents = index.match_texts(plan, index.match(plan), ranked)
        others = index.list_matches(plan, Sort.RELEVANCE, 0, DEEP, without=ranked)
        assert len(others) == index.match(plan).total - documents
        assert not {*others.group.tolist()} & {*ranked.group.tolist()}
        again, count = reference.match_texts(
            same, reference.match(same), reference.rank_by_words(same, 3).candidates
        )
        assert (is_match.tolist(), documents) == (again.tolist(), count)

    # Rankings.

    @pytest.mark.parametrize("text", [*QUERIES, *DEMANDS])
    def test_words_rank_alike(self, index, reference, corpus, text):
        plan, same = plans_of(Query(text), index, reference, corpus)
        ranked, expected = index.rank_by_words(plan, DEEP), reference.rank_by_words(same, DEEP)
        assert ranked.is_exact
        assert ranked.strength == pytest.approx(expected.strength, rel=BM25_ROUNDING)
        assert_same_ranking(ranked.candidates, expected.candidates, relative=BM25_ROUNDING)

    @pytest.mark.parametrize("filters", FILTERS, ids=str)
    def test_words_and_vectors_are_ranked_within_filters(self, index, reference, corpus, filters):
        query = Query("السد أخبار المدينة الماء الطريق neige route", filters=filters)
        plan, same = plans_of(query, index, reference, corpus)
        words, expected = index.rank_by_words(plan, DEEP), reference.rank_by_words(same, DEEP)
        assert_same_ranking(words.candidates, expected.candidates, relative=BM25_ROUNDING)
        assert (words.is_exact, words.strength > 0) == (True, len(words.candidates) > 0)
        vector = corpus.encoder.encode_queries([plan.meant])[0]
        for depth in (3, 50, DEEP):
            near = index.rank_by_vector(vector, plan.scope, depth)
            nearest = reference.rank_by_vector(vector, same.scope, depth)
            assert near.searched == nearest.searched
            assert len(near.candidates) == min(depth, near.searched)
            assert_same_ranking(near.candidates, nearest.candidates, absolute=COSINE_ROUNDING)

    def test_no_more_are_ranked_than_the_depth(self, index):
        plan = plan_of(Query("السد الماء المدينة"), index)
        all_of_them = index.rank_by_words(plan, DEEP)
        count = len(all_of_them.candidates)
        assert count > 3
        for depth in (1, 3, count - 1, count):
            ranked = index.rank_by_words(plan, depth)
            assert len(ranked.candidates) == depth
            assert ranked.is_exact is (depth == count)
            assert ranked.strength == pytest.approx(all_of_them.strength)
            scores = ranked.candidates.score
            assert scores == pytest.approx(all_of_them.candidates.score[:depth])

    def test_of_alternatives_the_best_counts_and_words_add_up(self, index, reference):
        scope, same = scopes_of("", index, reference)
        for words in (
            ((Alternative(("سد",)),),),
            ((Alternative(("سد",)), Alternative(("ماء",), 0.5)),),
            ((Alternative(("سد",)), Alternative(("ماء",), 0.5)), (Alternative(("ماء",)),)),
            ((Alternative(("zzz",)), Alternative(("سد", "وحد"), 0.7)),),
            ((Alternative(("zzz",)),),),
        ):
            ranked = index.rank_by_words(QueryPlan("", words, scope), DEEP)
            expected = reference.rank_by_words(QueryPlan("", words, same), DEEP)
            assert_same_ranking(ranked.candidates, expected.candidates, relative=BM25_ROUNDING)
            assert ranked.strength == pytest.approx(expected.strength, rel=BM25_ROUNDING)

    def test_without_words_nothing_or_everything_is_ranked(self, index):
        scope = index.scope(Filters(kinds=(Kind.HEADLINE,)))
        nothing = index.rank_by_words(QueryPlan("", (), scope), DEEP)
        assert (len(nothing.candidates), nothing.strength, nothing.is_exact) == (0, 0.0, True)
        everything = index.rank_by_words(QueryPlan("", (), scope, lists_all=True), DEEP)
        kinds = {KINDS[code] for code in everything.candidates.kind.tolist()}
        assert (kinds, everything.candidates.score.any()) == ({Kind.HEADLINE}, False)

    # Whole queries.

    @pytest.mark.parametrize("text", [*QUERIES, *DEMANDS])
    def test_whole_queries_are_answered_alike(self, engines, text):
        for mode in Mode:
            assert_same_pages(*(all_pages(engine, Query(text, mode)) for engine in engines))

    @pytest.mark.parametrize("filters", FILTERS, ids=str)
    @pytest.mark.parametrize("sort", [Sort.NEWEST, Sort.OLDEST])
    def test_narrowed_queries_are_answered_alike(self, engines, filters, sort):
        query = Query("أخبار السد والمدينة", filters=filters)
        assert_same_pages(*(all_pages(engine, query) for engine in engines))
        by_date = [all_pages(engine, replace(query, sort=sort)) for engine in engines]
        days, expected = ([hit.document.date for hit in page.hits] for page in by_date)
        assert days == expected

    def test_similar_documents_and_the_nearest_passage(self, engines, corpus):
        engine, reference = engines
        for document in corpus.documents[::4]:
            near = engine.similar(document.doc_id, 5)
            assert [one.doc_id for one in near] == [
                one.doc_id for one in reference.similar(document.doc_id, 5)
            ]
            passage = engine.nearest_passage(document.doc_id, "مياه الري")
            assert passage == reference.nearest_passage(document.doc_id, "مياه الري")
        assert engine.similar("unknown", 5) == ()

    # Errors, and documents that go.

    def test_errors_are_the_same(self, engines, build, tmp_path):
        for query in (Query(""), Query("سد", k=0), Query("سد", page=0)):
            for engine in engines:
                with pytest.raises(QueryError):
                    engine.search(query)
        nothing = build(Corpus([], NgramEncoder(), []))
        assert nothing.encoder_identity() is None
        for fail in (nothing.open, nothing.mark, nothing.status):
            with pytest.raises(ArchiveError, match="no archive at"):
                fail()

    def test_an_archive_of_another_encoder_is_refused(self, archive):
        with pytest.raises(EncoderError, match="was built with encoder"):
            engine_of(archive, NgramEncoder())

    def test_a_removed_document_is_absent_from_a_state_that_was_opened_before(
        self, build, remove, tmp_path
    ):
        corpus = hand_made(tmp_path)
        archive = build(corpus)
        index = archive.open()
        mark, [first, second, *_] = index.identity.mark, corpus.documents
        passages = index.passages_of(first.doc_id).joined(index.passages_of(second.doc_id))
        remove(archive, [first.doc_id])
        assert archive.mark() != mark == index.identity.mark
        assert index.documents([first.doc_id, second.doc_id]) == {second.doc_id: second}
        gone, *kept = index.passages(passages)
        assert (gone, kept[-1][1]) == (None, second)
        fresh = archive.open()
        assert fresh.identity.documents == index.identity.documents - 1
        assert len(fresh.passages_of(first.doc_id)) == 0
        assert fresh.find(first.doc_id) is None

    def test_a_commit_is_served_from_the_next_query_on(self, build, remove, tmp_path):
        corpus = hand_made(tmp_path)
        archive = build(corpus)
        engine = engine_of(archive, corpus.encoder)
        query = Query("محصول القمح والشعير", Mode.LEXICAL)
        [hit] = engine.search(query).hits
        remove(archive, [hit.document.doc_id])
        page = engine.search(query)
        assert (page.hits, page.total) == ((), 0)
        assert engine.live.status().documents == len(corpus.documents) - 1
        assert engine.live.failure is None

    def test_copies_outlive_the_one_that_was_stored_first(self, build, remove, tmp_path):
        corpus = hand_made(tmp_path)
        archive = build(corpus)
        [(copy, first)] = corpus.stored.copy_of.items()
        assert archive.open().copies_of([first, copy]) == {first: (copy,), copy: (first,)}
        remove(archive, [first])
        assert archive.open().copies_of([first, copy]) == {}


def engine_of(archive: Archive, encoder: Encoder | None = None) -> SearchEngine:
    loaded = encoder or load_encoder()
    return SearchEngine(LiveArchive(archive, lambda name: loaded))


def plan_of(query: Query, index: Index, reader: PieceReader | None = None) -> QueryPlan:
    return plan_query(query, index, reader)


def scopes_of(text: str, *indexes: Index) -> list[Scope]:
    return [plan_of(Query(text), index).scope for index in indexes]


def plans_of(query: Query, index: Index, reference: Index, corpus: Corpus) -> list[QueryPlan]:
    """Make the plan of both; all but what is each one's own must be equal."""
    plans = [plan_of(query, one, corpus.encoder.pieces) for one in (index, reference)]
    first, second = (replace(plan, scope=Scope(*as_told(plan.scope))) for plan in plans)
    assert first == second
    return plans


def as_told(scope: Scope) -> tuple[object, ...]:
    return scope.filters, scope.demands, scope.missing


def counted(matches: Matches) -> tuple[object, ...]:
    texts = (matches.texts, matches.texts_is_exact)
    return matches.total, texts, matches.undated, matches.counts


def keys_of(candidates: Candidates) -> list[tuple[str, int]]:
    return list(zip(candidates.doc_ids(), candidates.ordinal.tolist(), strict=True))


def described(candidates: Candidates) -> list[tuple[object, ...]]:
    """Return what is said of each passage, but its group, which each state numbers for itself."""
    return [
        (
            *key,
            candidates.source_names[source],
            None if day == NO_DAY else date.fromordinal(day),
            KINDS[kind],
            candidates.language_names[language],
        )
        for key, source, day, kind, language in zip(
            keys_of(candidates),
            candidates.source.tolist(),
            candidates.day.tolist(),
            candidates.kind.tolist(),
            candidates.language.tolist(),
            strict=True,
        )
    ]


def assert_same_ranking(
    ranked: Candidates, expected: Candidates, *, relative: float = 0.0, absolute: float = 0.0
) -> None:
    """Hold that both rank the same passages with the same scores, and order what differs."""
    descriptions = dict(zip(keys_of(expected), described(expected), strict=True))
    assert dict(zip(keys_of(ranked), described(ranked), strict=True)) == descriptions
    scores = dict(zip(keys_of(expected), expected.score.tolist(), strict=True))
    own = ranked.score.tolist()
    assert own == sorted(own, reverse=True)
    expected_scores = [scores[key] for key in keys_of(ranked)]
    assert own == pytest.approx(expected_scores, rel=relative, abs=absolute)
    assert_in_order(expected_scores, [max(absolute, relative * one) for one in expected_scores])


def all_pages(engine: SearchEngine, query: Query) -> SearchPage:
    """Return the first page of an answer with the hits of all its pages."""
    pages = [engine.search(replace(query, k=100))]
    while len(pages[-1].hits) == 100:
        pages.append(engine.search(replace(query, k=100, page=len(pages) + 1)))
    return replace(pages[0], hits=tuple(hit for page in pages for hit in page.hits))


def assert_same_pages(page: SearchPage, expected: SearchPage) -> None:
    assert (page.total, page.texts, page.near) == (expected.total, expected.texts, expected.near)
    assert (page.listed, page.undated) == (expected.listed, expected.undated)
    assert page.facets == expected.facets
    assert (page.understood, page.suggestion) == (expected.understood, expected.suggestion)
    assert page.is_doubtful == expected.is_doubtful
    hits = {hit.document.doc_id: hit for hit in expected.hits}
    same = [hits[hit.document.doc_id] for hit in page.hits]
    assert len(same) == len(hits)
    scores = [hit.score for hit in same]
    assert_in_order(scores, [FUSED_ROUNDING] * len(scores))
    for hit, twin in zip(page.hits, same, strict=True):
        assert hit.document == twin.document
        assert hit.copies == twin.copies
        assert hit.evidence.keys() == twin.evidence.keys()
        assert hit.score == pytest.approx(twin.score, abs=FUSED_ROUNDING)
        if hit.passage == twin.passage:
            assert (hit.snippet, hit.highlights, hit.related) == (
                twin.snippet, twin.highlights, twin.related,
            )  # fmt: skip


def assert_in_order(scores: Sequence[float], rounding: Sequence[float]) -> None:
    """Hold that no score is exceeded by a later one by more than what both are rounded by."""
    for place, score in enumerate(scores):
        later = max(scores[place + 1 :], default=score)
        assert score >= later - 2 * rounding[place]
