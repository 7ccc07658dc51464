"""The suite that every implementation of `search.index.Index` passes.

A test module derives from `IndexConformance` and provides two fixtures: `build` makes an archive of
a corpus, `remove` removes documents from an archive. Expected values that are not written here come
from the index in memory: counts and ids must be equal, and so must the order of results, except
where scores differ by rounding alone.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from indexer.duplicates import GROUP_SIMILARITY, grams_of, jaccard
from indexer.encoding import encode_context
from indexer.readers.dumps import read_dump
from indexer.readers.identity import title_id
from indexer.readers.origin import Origin
from search.encoders.identity import Encoder, PieceEncoder, PieceLists
from search.encoders.loading import load_encoder
from search.encoders.two_level import TwoLevelEncoder
from search.engine import SearchEngine
from search.errors import ArchiveError, EncoderError
from search.index import Index, Level, Matches, Period, WordRanking
from search.index.archive import Archive, Status
from search.index.candidates import KINDS, NO_DAY, Candidates
from search.index.live import LiveArchive
from search.language.analysis import terms
from search.plan import AllOf, Alternative, AnyOf, AtLeast, Field, NoneOf, QueryPlan, Scope
from search.query.planning import literal, plan_query
from search.records import Document, Filters, Kind, Mode, Query, SearchPage, Sort, Version
from search.understood import MissingPhrase
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
            if jaccard(grams[place], grams[other]) >= GROUP_SIMILARITY:
                first = articles[other].doc_id
                copy_of.setdefault(article.doc_id, copy_of.get(first, first))
    return Corpus([SAMPLE], load_encoder(), documents, Stored(copy_of))


def _documents(*dumps: Path) -> Iterator[Document]:
    for dump in dumps:
        for outcome in read_dump(dump, Origin(dump.name)):
            if isinstance(outcome, Document):
                yield outcome


class IndexConformance:
    """The suite; a subclass provides the fixtures `build` and `remove`."""

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

    # The identity of a state, and its counts.

    def test_the_identity_names_the_commit_the_encoder_and_the_size(self, archive, index, corpus):
        identity = index.identity
        assert identity.documents == len(corpus.documents)
        assert identity.encoder == corpus.encoder.identity
        assert identity.mark == archive.mark() == archive.open().identity.mark
        assert identity.commit >= 1

    def test_the_status_counts_documents_by_kind_source_and_year(self, archive, reference):
        def counts(status: Status) -> tuple[object, ...]:
            size = (status.documents, status.passages, status.encoder)
            return *size, status.kinds, status.sources, status.years

        assert counts(archive.status()) == counts(reference.status())

    def test_the_frequency_of_a_term_is_its_number_of_passages(self, index, reference, corpus):
        assert index.terms.passages == index.identity.passages == reference.terms.passages
        of_titles = [term for document in corpus.documents for term in terms(document.title)[:2]]
        for term in {*of_titles, *terms(" ".join(_LONG)), "zzz", ""}:
            assert index.terms.frequency(term) == reference.terms.frequency(term), term
        for prefix in ("س", "سد", "ne", "zzz", "20"):
            frequencies = index.terms.terms_with_prefix(prefix)
            assert len(frequencies) == len(dict(frequencies)), prefix
            assert dict(frequencies) == dict(reference.terms.terms_with_prefix(prefix)), prefix

    def test_newspapers_are_listed_as_first_stored_and_by_size(self, index, reference):
        assert list(index.source_names) == reference.source_names
        assert index.sources() == reference.sources()

    def test_the_newest_documents_and_the_last_titles_are_listed(self, index, reference):
        for count in (0, 1, 5, DEEP):
            assert index.newest(count) == reference.newest(count)
            assert index.titles(count) == reference.titles(count)

    def test_all_documents_are_listed_with_the_time_of_storing_unless_they_changed(
        self, index, reference, corpus
    ):
        times = index.storing_times(0, DEEP)
        assert [doc_id for doc_id, _ in times] == [
            doc_id for doc_id, _ in reference.storing_times(0, DEEP)
        ]
        assert {doc_id for doc_id, time in times if time is None} == {*corpus.stored.versions}
        assert index.storing_times(3, 4) == times[3:7]
        assert index.storing_times(len(times), 1) == []

    # Documents by their ids.

    def test_documents_are_read_by_their_ids(self, index, corpus):
        by_id = {document.doc_id: document for document in corpus.documents}
        assert index.documents([*by_id, "unknown"]) == by_id
        assert index.documents([]) == {}
        with index.read_session():
            assert index.documents(list(by_id)[:2]) == dict(list(by_id.items())[:2])

    def test_a_document_keeps_its_copies_and_versions(self, index, reference, corpus):
        doc_ids = [document.doc_id for document in corpus.documents]
        copies = index.copies_of([*doc_ids, "unknown"])
        assert copies == reference.copies_of(doc_ids)
        assert len(copies) >= 2
        for doc_id in (*corpus.stored.versions, *doc_ids[:3], "unknown"):
            assert index.versions_of(doc_id) == reference.versions_of(doc_id)

    def test_a_document_is_found_by_each_of_its_names(self, index, reference, corpus):
        for document in corpus.documents[:5]:
            assert index.find(document.doc_id) == document
        for name in (*corpus.stored.names, "unknown", ""):
            assert index.find(name) == reference.find(name)

    # Passages.

    def test_passages_are_in_order_with_the_fields_of_their_document(
        self, index, reference, corpus
    ):
        for document in corpus.documents:
            passages = index.passages_of(document.doc_id)
            assert fields_of(passages) == fields_of(reference.passages_of(document.doc_id))
            assert passages.ordinal.tolist() == list(range(len(passages)))
            assert index.passages(passages) == reference.passages(passages)
        assert len(index.passages_of("unknown")) == 0
        assert index.passages(Candidates.none()) == []

    def test_the_passages_of_copies_are_of_one_group(self, index, corpus):
        doc_ids = [document.doc_id for document in corpus.documents]
        groups: dict[int, list[str]] = {}
        for doc_id in doc_ids:
            [group] = set(index.passages_of(doc_id).group.tolist())
            groups.setdefault(group, []).append(doc_id)
        shared = {tuple(sorted(group)) for group in groups.values() if len(group) > 1}
        copies = index.copies_of(doc_ids)
        assert shared == {tuple(sorted([doc_id, *others])) for doc_id, others in copies.items()}

    def test_vectors_and_cosines_are_those_of_the_encoder(self, index, reference, corpus):
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

    def test_word_pieces_are_read_with_those_of_the_passages_around(self, index, reference, corpus):
        vector = corpus.encoder.encode_queries(["السد والمياه"])[0]
        best = index.rank_by_vector(vector, index.scope(Filters()), 60).candidates
        for reach in (0, 1, 2):
            around, expected = index.tokens(best, reach), reference.tokens(best, reach)
            assert around.begins.tolist() == expected.begins.tolist()
            assert around.own.tolist() == expected.own.tolist()
            assert sorted_pieces(around.tokens) == sorted_pieces(expected.tokens)
            assert sum(around.tokens.counts.tolist()) > 0

    def test_an_encoder_without_word_pieces_stores_none(self, build, tmp_path):
        dump = write_jsonl(tmp_path / "d.jsonl", FIRST_DUMP[:3])
        index = build(Corpus([dump], NgramEncoder(), list(_documents(dump)))).open()
        passages = index.passages_of(index.newest(2)[1].doc_id)
        around = index.tokens(passages, 2)
        assert around.tokens.counts.tolist() == [0] * len(around.tokens.counts)
        assert len(around.begins) == len(around.own) == len(passages)

    def test_vectors_of_the_second_level_are_added_later(self, build, tmp_path):
        corpus = replace(
            hand_made(tmp_path), encoder=TwoLevelEncoder(load_encoder(), NgramEncoder())
        )
        archive = build(corpus)
        index = archive.open()
        [base], [context] = (
            encoder.encode_queries(["السد والمياه"])
            for encoder in (corpus.encoder, corpus.encoder.context)
        )
        scope = index.scope(Filters())
        passages = index.rank_by_vector(base, scope, DEEP).candidates
        assert (index.identity.encoded, archive.status().encoded) == (0, 0)
        assert np.isnan(index.similarities(context, passages, Level.CONTEXT)).all()
        assert np.isnan(index.vectors(passages, Level.CONTEXT)).all()
        assert not len(index.rank_by_vector(context, scope, DEEP, Level.CONTEXT).candidates)
        assert encode_context(archive, corpus.encoder, show_progress=False) == len(passages)
        index, reference = archive.open(), corpus.memory_index()
        assert index.identity.encoded == index.identity.passages == archive.status().encoded
        passages = index.rank_by_vector(base, index.scope(Filters()), DEEP).candidates
        assert index.similarities(context, passages, Level.CONTEXT) == pytest.approx(
            reference.similarities(context, passages, Level.CONTEXT), abs=COSINE_ROUNDING
        )
        assert index.vectors(passages, Level.CONTEXT) == pytest.approx(
            reference.vectors(passages, Level.CONTEXT), abs=COSINE_ROUNDING
        )
        nearest, expected = (
            state.rank_by_vector(context, state.scope(Filters()), 9, Level.CONTEXT).candidates
            for state in (index, reference)
        )
        assert nearest.score == pytest.approx(expected.score, abs=COSINE_ROUNDING)
        assert encode_context(archive, corpus.encoder, show_progress=False) == 0
        query = Query("تخزين المياه خلف السد", Mode.SEMANTIC)
        titles, expected_titles = (
            [hit.document.title for hit in engine_of(state, corpus.encoder).search(query).hits]
            for state in (archive, IndexArchive(reference))
        )
        assert len(titles) > 3
        assert titles == expected_titles

    # What a query demands.

    def test_a_scope_holds_the_demands_and_the_passages_that_satisfy_them(self, index, reference):
        vector = np.zeros(index.identity.encoder.dimension, np.float32)
        for text in DEMANDS:
            scopes = [plan_of(Query(text), state).scope for state in (index, reference)]
            demands, expected_demands = map(demands_of, scopes)
            assert demands == expected_demands, text
            ranking, expected = (
                state.rank_by_vector(vector, scope, DEEP)
                for state, scope in zip((index, reference), scopes, strict=True)
            )
            assert set(keys_of(ranking.candidates)) == set(keys_of(expected.candidates)), text
            assert ranking.searched == expected.searched == len(ranking.candidates), text

    def test_a_phrase_is_missing_if_no_document_within_the_other_demands_holds_it(self, index):
        dam, absent, water = literal("السد"), literal("قققق"), literal("ماء")
        scope = index.scope(Filters(), (), [dam])
        assert (scope.demands, scope.missing) == ((dam,), ())
        scope = index.scope(Filters(), (), [absent, dam])
        assert (scope.demands, scope.missing) == ((dam,), (MissingPhrase("قققق"),))
        # No phrase is missing where the filters alone leave no document.
        scope = index.scope(Filters(sources=()), [NoneOf((water,))], [dam])
        assert (scope.demands, scope.missing) == ((NoneOf((water,)), dam), ())

    # What matches.

    def test_matching_documents_are_counted_within_filters(self, index, reference, corpus):
        texts = ("السد", "السد الماء", "أخبار المدينة الطريق الماء", "neige route", "-السد")
        for query in (Query(text, filters=filters) for filters in FILTERS for text in texts):
            plan, plan_in_memory = plans_of(query, index, reference, corpus)
            assert counts_of(index.match(plan)) == counts_of(reference.match(plan_in_memory)), query
            assert index.count_matches(plan) == index.match(plan).total, query
            for period in Period:
                expected = reference.count_by(plan_in_memory, period)
                assert index.count_by(plan, period) == expected, (query, period)

    def test_operators_match_the_same_documents(self, index, reference):
        for demand in OPERATORS:
            plan, plan_in_memory = (
                QueryPlan("", (), state.scope(Filters(), [demand])) for state in (index, reference)
            )
            expected = counts_of(reference.match(plan_in_memory))
            assert counts_of(index.match(plan)) == expected, demand
            for order in (Sort.NEWEST, Sort.OLDEST):
                doc_ids = index.list_matches(plan, order, 0, DEEP).doc_ids()
                expected = reference.list_matches(plan_in_memory, order, 0, DEEP).doc_ids()
                assert doc_ids == expected, (demand, order)

    def test_all_matches_are_listed_by_date_in_parts_or_at_once(self, index, reference, corpus):
        plan, plan_in_memory = plans_of(Query("-قققق"), index, reference, corpus)
        total = index.match(plan).total
        assert total == len(corpus.documents)
        for order in (Sort.NEWEST, Sort.OLDEST):
            matches = index.list_matches(plan, order, 0, DEEP)
            expected = reference.list_matches(plan_in_memory, order, 0, DEEP)
            assert matches.doc_ids() == expected.doc_ids()
            assert not matches.ordinal.any()
            size = total // 4
            parts = [
                index.list_matches(plan, order, start, size) for start in range(0, total, size)
            ]
            assert [doc_id for part in parts for doc_id in part.doc_ids()] == matches.doc_ids()

    def test_matches_behind_the_ranked_candidates_leave_out_their_copies(
        self, index, reference, corpus
    ):
        plan, plan_in_memory = plans_of(Query("السد"), index, reference, corpus)
        ranked = index.rank_by_words(plan, 3).candidates
        is_match, documents = index.match_texts(plan, index.match(plan), ranked)
        others = index.list_matches(plan, Sort.RELEVANCE, 0, DEEP, without=ranked)
        assert len(others) == index.match(plan).total - documents
        assert not {*others.group.tolist()} & {*ranked.group.tolist()}
        is_match_in_memory, documents_in_memory = reference.match_texts(
            plan_in_memory,
            reference.match(plan_in_memory),
            reference.rank_by_words(plan_in_memory, 3).candidates,
        )
        assert is_match.tolist() == is_match_in_memory.tolist()
        assert documents == documents_in_memory

    # Rankings.

    def test_passages_are_ranked_by_words(self, index, reference, corpus):
        for text in (*QUERIES, *DEMANDS):
            plan, plan_in_memory = plans_of(Query(text), index, reference, corpus)
            ranking = index.rank_by_words(plan, DEEP)
            assert ranking.is_exact, text
            assert_same_words_ranking(ranking, reference.rank_by_words(plan_in_memory, DEEP), text)

    def test_words_and_vectors_are_ranked_within_filters(self, index, reference, corpus):
        text = "السد أخبار المدينة الماء الطريق neige route"
        [vector] = corpus.encoder.encode_queries([text])
        for filters in FILTERS:
            plan, plan_in_memory = plans_of(Query(text, filters=filters), index, reference, corpus)
            words = index.rank_by_words(plan, DEEP)
            assert_same_words_ranking(words, reference.rank_by_words(plan_in_memory, DEEP), filters)
            assert words.is_exact, filters
            assert (words.strength > 0) == (len(words.candidates) > 0), filters
            for depth in (3, 50, DEEP):
                near = index.rank_by_vector(vector, plan.scope, depth)
                expected = reference.rank_by_vector(vector, plan_in_memory.scope, depth)
                assert near.searched == expected.searched, filters
                assert len(near.candidates) == min(depth, near.searched), filters
                assert_same_ranking(
                    near.candidates, expected.candidates, filters, absolute=COSINE_ROUNDING
                )

    def test_no_more_passages_are_ranked_than_the_depth(self, index):
        plan = plan_of(Query("السد الماء المدينة"), index)
        whole = index.rank_by_words(plan, DEEP)
        count = len(whole.candidates)
        assert count > 3
        for depth in (1, 3, count - 1, count):
            ranking = index.rank_by_words(plan, depth)
            assert len(ranking.candidates) == depth
            assert ranking.is_exact is (depth == count)
            assert ranking.strength == pytest.approx(whole.strength)
            assert ranking.candidates.score == pytest.approx(whole.candidates.score[:depth])

    def test_a_word_scores_as_its_best_alternative_and_words_add_up(self, index, reference):
        dam, water, none = Alternative(("سد",)), Alternative(("ماء",)), Alternative(("zzz",))
        for words in (
            ((dam,),),
            ((dam, replace(water, weight=0.5)),),
            ((dam, replace(water, weight=0.5)), (water,)),
            ((none, Alternative(("سد", "وحد"), 0.7)),),
            ((none,),),
        ):
            ranking, expected = (
                state.rank_by_words(QueryPlan("", words, state.scope(Filters())), DEEP)
                for state in (index, reference)
            )
            assert_same_words_ranking(ranking, expected, words)

    def test_without_words_nothing_is_ranked_unless_everything_is_listed(self, index):
        scope = index.scope(Filters(kinds=(Kind.HEADLINE,)))
        nothing = index.rank_by_words(QueryPlan("", (), scope), DEEP)
        assert (len(nothing.candidates), nothing.strength, nothing.is_exact) == (0, 0.0, True)
        everything = index.rank_by_words(QueryPlan("", (), scope, lists_all=True), DEEP)
        kinds = {KINDS[code] for code in everything.candidates.kind.tolist()}
        assert (kinds, everything.candidates.score.any()) == ({Kind.HEADLINE}, False)

    # Whole queries.

    def test_queries_have_the_same_hits_counts_and_facets(self, engines):
        for query in (Query(text, mode) for text in (*QUERIES, *DEMANDS) for mode in Mode):
            assert_same_pages(*(all_pages(engine, query) for engine in engines), query)

    def test_filtered_queries_have_the_same_hits_and_dates(self, engines):
        for filters in FILTERS:
            query = Query("أخبار السد والمدينة", filters=filters)
            assert_same_pages(*(all_pages(engine, query) for engine in engines), query)
            for sort in (Sort.NEWEST, Sort.OLDEST):
                pages = [all_pages(engine, replace(query, sort=sort)) for engine in engines]
                dates, expected = ([hit.document.date for hit in page.hits] for page in pages)
                assert dates == expected, (filters, sort)

    def test_similar_documents_stories_and_the_nearest_passage_are_the_same(self, engines, corpus):
        engine, reference = engines
        for document in corpus.documents[::4]:
            similar, expected = (
                [other.doc_id for other in state.similar(document.doc_id, 5)] for state in engines
            )
            assert similar == expected
            assert engine.story(document.doc_id) == reference.story(document.doc_id)
            passage = engine.nearest_passage(document.doc_id, "مياه الري")
            assert passage == reference.nearest_passage(document.doc_id, "مياه الري")
        assert (engine.similar("unknown", 5), engine.story("unknown")) == ((), None)

    # Refusals, and documents that are removed.

    def test_an_archive_without_documents_is_not_opened(self, build):
        archive = build(Corpus([], NgramEncoder(), []))
        assert archive.encoder_identity() is None
        for use in (archive.open, archive.mark, archive.status):
            with pytest.raises(ArchiveError, match="no archive at"):
                use()

    def test_an_archive_of_another_encoder_is_refused(self, archive):
        with pytest.raises(EncoderError, match="was built with encoder"):
            engine_of(archive, NgramEncoder())

    def test_a_removed_document_is_absent_from_states_opened_before(self, build, remove, tmp_path):
        corpus = hand_made(tmp_path)
        archive = build(corpus)
        index = archive.open()
        mark, [first, second, *_] = index.identity.mark, corpus.documents
        passages = index.passages_of(first.doc_id).joined(index.passages_of(second.doc_id))
        remove(archive, [first.doc_id])
        assert archive.mark() != mark == index.identity.mark
        assert index.documents([first.doc_id, second.doc_id]) == {second.doc_id: second}
        assert first.doc_id not in dict(index.storing_times(0, DEEP))
        removed, *kept = index.passages(passages)
        assert (removed, kept[-1][1]) == (None, second)
        fresh = archive.open()
        assert fresh.identity.documents == index.identity.documents - 1
        assert len(fresh.passages_of(first.doc_id)) == 0
        assert fresh.find(first.doc_id) is None

    def test_an_engine_serves_a_commit_from_the_next_query_on(self, build, remove, tmp_path):
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

    def test_a_copy_stays_when_the_document_stored_first_is_removed(self, build, remove, tmp_path):
        corpus = hand_made(tmp_path)
        archive = build(corpus)
        [(copy, first)] = corpus.stored.copy_of.items()
        assert archive.open().copies_of([first, copy]) == {first: (copy,), copy: (first,)}
        remove(archive, [first])
        assert archive.open().copies_of([first, copy]) == {}
        assert archive.open().find(copy) is not None


def engine_of(archive: Archive, encoder: Encoder | None = None) -> SearchEngine:
    loaded = encoder or load_encoder()
    return SearchEngine(LiveArchive(archive, lambda name: loaded))


def plan_of(query: Query, index: Index, reader: PieceEncoder | None = None) -> QueryPlan:
    return plan_query(query, index, reader)


def plans_of(query: Query, index: Index, reference: Index, corpus: Corpus) -> list[QueryPlan]:
    """Return the plans of both; they may differ only in the scope's own representation."""
    plans = [plan_of(query, state, corpus.encoder.pieces) for state in (index, reference)]
    own, expected = (replace(plan, scope=Scope(*demands_of(plan.scope))) for plan in plans)
    assert own == expected, query
    return plans


def demands_of(scope: Scope) -> tuple[object, ...]:
    return scope.filters, scope.demands, scope.missing


def counts_of(matches: Matches) -> tuple[object, ...]:
    texts = (matches.texts, matches.texts_is_exact)
    return matches.total, texts, matches.undated, matches.counts


def keys_of(candidates: Candidates) -> list[tuple[str, int]]:
    return list(zip(candidates.doc_ids(), candidates.ordinal.tolist(), strict=True))


def sorted_pieces(tokens: PieceLists) -> list[list[int]]:
    return [sorted(pieces.tolist()) for pieces in tokens.split()]


def fields_of(candidates: Candidates) -> list[tuple[object, ...]]:
    """Return the fields of each passage, except its group, which each state numbers for itself."""
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


def assert_same_words_ranking(ranking: WordRanking, expected: WordRanking, case: object) -> None:
    assert ranking.strength == pytest.approx(expected.strength, rel=BM25_ROUNDING), case
    assert_same_ranking(ranking.candidates, expected.candidates, case, relative=BM25_ROUNDING)


def assert_same_ranking(
    ranking: Candidates,
    expected: Candidates,
    case: object,
    *,
    relative: float = 0.0,
    absolute: float = 0.0,
) -> None:
    """Require the same passages with the same scores, best first.

    Passages whose scores differ by rounding alone may be in any order.
    """
    expected_fields = dict(zip(keys_of(expected), fields_of(expected), strict=True))
    assert dict(zip(keys_of(ranking), fields_of(ranking), strict=True)) == expected_fields, case
    score_by_key = dict(zip(keys_of(expected), expected.score.tolist(), strict=True))
    scores = ranking.score.tolist()
    assert scores == sorted(scores, reverse=True), case
    expected_scores = [score_by_key[key] for key in keys_of(ranking)]
    assert scores == pytest.approx(expected_scores, rel=relative, abs=absolute), case


def all_pages(engine: SearchEngine, query: Query) -> SearchPage:
    """Return the first page of an answer with the hits of all its pages."""
    pages = [engine.search(replace(query, k=100))]
    while len(pages[-1].hits) == 100:
        pages.append(engine.search(replace(query, k=100, page=len(pages) + 1)))
    return replace(pages[0], hits=tuple(hit for page in pages for hit in page.hits))


def assert_same_pages(page: SearchPage, expected: SearchPage, query: Query) -> None:
    """Require the same answer; hits whose scores differ by rounding alone may be in any order."""
    summary, expected_summary = (
        replace(answer, hits=(), took_ms=0.0, stages_ms={}) for answer in (page, expected)
    )
    assert summary == expected_summary, query
    hit_by_id = {hit.document.doc_id: hit for hit in expected.hits}
    assert sorted(hit.document.doc_id for hit in page.hits) == sorted(hit_by_id), query
    scores = [hit.score for hit in page.hits]
    assert scores == sorted(scores, reverse=True), query
    for hit in page.hits:
        twin = hit_by_id[hit.document.doc_id]
        assert hit.score == pytest.approx(twin.score, abs=FUSED_ROUNDING), query
        fields = (hit.document, hit.copies, hit.evidence.keys())
        assert fields == (twin.document, twin.copies, twin.evidence.keys()), query
        if hit.passage == twin.passage:
            shown = (hit.snippet, hit.highlights, hit.related)
            assert shown == (twin.snippet, twin.highlights, twin.related), query
