"""Reading judgements; the arithmetic of the measures is ir-measures' own."""

import pytest

from search.errors import SearchError
from search.evaluation.evaluate import evaluate
from search.evaluation.judgements import EvaluationQuery, Qrel, read_qrels, read_queries
from search.records import Mode


def test_queries_and_qrels_are_read(tmp_path):
    (tmp_path / "q.jsonl").write_text(
        '{"query_id": "q1", "text": "سد", "type": "topic", "x": 1}\n', "utf-8"
    )
    (tmp_path / "r.tsv").write_text("query_id\tdoc_id\trelevance\nq1\td1\t3\n", "utf-8")
    assert read_queries(tmp_path / "q.jsonl") == [EvaluationQuery("q1", "سد", "topic")]
    assert read_qrels(tmp_path / "r.tsv") == [Qrel("q1", "d1", 3)]


def test_a_line_that_is_no_query_or_judgement_is_named(tmp_path):
    files = {
        read_queries: (tmp_path / "q.jsonl", '{"query_id": "a", "text": "b"}'),
        read_qrels: (tmp_path / "r.tsv", "query_id\tdoc_id\trelevance"),
    }
    lines = {
        read_queries: ("[]", "{}", "x", '{"query_id": 1}'),
        read_qrels: ("q1\td1", "q1\td1\tmuch", "q1"),
    }
    for read, (path, first) in files.items():
        for line in lines[read]:
            path.write_text(f"{first}\n{line}\n", "utf-8")
            with pytest.raises(SearchError, match=rf"{path.name}:2: expected"):
                read(path)


def test_measures_run_over_the_judged_queries(engine):
    queries = [
        EvaluationQuery("q1", "ثلوج الجبل", "good"),
        EvaluationQuery("q2", "زنجبيل", "bad"),
        EvaluationQuery("q3", "غير محكم"),
    ]
    titles = {hit.title: hit.doc_id for hit in everything(engine)}
    qrels = [
        Qrel("q1", titles["ثلوج كثيفة تقطع طريق الجبل"], 3),
        Qrel("q2", titles["معرض الكتاب يفتح أبوابه للأطفال"], 1),
    ]
    result = evaluate(engine, queries, qrels, Mode.LEXICAL)
    assert result.queries == 2
    assert result.measures == {"nDCG@10": 0.5, "RR@10": 0.5, "recall@100": 0.5}
    assert result.by_type == {"good": 1.0, "bad": 0.0}


def test_a_copy_ranks_next_to_the_hit_that_stands_for_it(engine):
    copies = [
        document for document in everything(engine) if document.title.startswith("السيول تعزل")
    ]
    qrels = [Qrel("q", document.doc_id, 1) for document in copies]
    query = EvaluationQuery("q", "السيول تعزل دواوير السهل")
    assert evaluate(engine, [query], qrels, Mode.LEXICAL).measures["nDCG@10"] == 1.0


def test_queries_without_any_judgement_are_refused(engine):
    with pytest.raises(SearchError, match="no query has a judgement"):
        evaluate(engine, [EvaluationQuery("q", "سد")], [Qrel("other", "d", 1)], Mode.LEXICAL)


def everything(engine):
    doc_ids = [doc_id for doc_id, _ in engine.index.titles(100)]
    copies = engine.index.copies_of(doc_ids)
    return list(engine.index.documents([*doc_ids, *sum(copies.values(), ())]).values())
