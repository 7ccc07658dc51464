"""Training at small scale: it learns, resumes to the same table, and writes a model to load."""

import gzip
import json
import math
import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import indexer.training.cli
from indexer.training import contrastive
from indexer.training.batches import Batch, BatchSource, TokenisedSet, _hide
from indexer.training.contrastive import Schedule, State, cross_entropies
from indexer.training.export import quantise
from indexer.training.interaction import late_interaction_scores
from indexer.training.neighbours import Neighbourhoods, NeighbourSource
from indexer.training.pairs import PairSet
from indexer.training.recipe import Recipe
from indexer.training.texts import Texts, lay_out
from indexer.training.variants import Variants
from search.encoders.identity import PieceLists
from search.encoders.loading import load_encoder
from search.encoders.profile import EncoderProfile

WORDS = "ماء شمس قمر بحر جبل طريق مدرسة سوق قطار طفل مطر ثلج زيتون قمح خبز ملح".split()


@pytest.fixture
def data(tmp_path):
    """Return a folder with translations of sixteen words, in sentences of three."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "data"
    folder.mkdir()
    with gzip.open(folder / "parallel.jsonl.gz", "wt", encoding="utf-8") as out:
        for _ in range(600):
            chosen = rng.choice(len(WORDS), 3, replace=False)
            arabic = " ".join(WORDS[word] for word in chosen)
            foreign = " ".join(f"zz{chr(97 + word)}" for word in chosen)
            out.write(json.dumps({"a": arabic, "b": foreign}) + "\n")
    return folder


@pytest.fixture
def news(data):
    """Return a folder with articles too, because their batches depend on the table."""
    rng = np.random.default_rng(1)
    with gzip.open(data / "news.jsonl.gz", "wt", encoding="utf-8") as out:
        for _ in range(100):
            title = " ".join(rng.choice(WORDS, 4))
            body = " ".join(rng.choice(WORDS, 60))
            out.write(json.dumps({"title": title, "body": f"{title} {body}"}) + "\n")
    return data


def train(data, work, out, **options):
    numbers = {
        "runs": 2,
        "steps": 100,
        "finish": 50,
        "batch": 16,
        "vocabulary": 200,
        "dimension": 32,
    } | options
    flags = [text for name, value in numbers.items() for text in (f"--{name}", str(value))]
    arguments = [
        "--data",
        data,
        "--benchmarks",
        data.parent / "none",
        "--work",
        work,
        "--out",
        out,
        *flags,
    ]
    return indexer.training.cli.main([str(argument) for argument in arguments])


@pytest.mark.slow
def test_training_learns_to_find_translations(data, tmp_path):
    assert train(data, tmp_path / "work", tmp_path / "model") == 0
    encoder = load_encoder(str(tmp_path / "model"))
    foreign = [f"zz{chr(97 + word)}" for word in range(len(WORDS))]
    nearest = (encoder.encode_queries(WORDS) @ encoder.encode_passages(foreign).T).argmax(axis=1)
    assert nearest.tolist() == list(range(len(WORDS)))


@pytest.mark.slow
def test_training_from_a_model_keeps_its_tokens_and_its_profile(data, tmp_path):
    train(data, tmp_path / "work", tmp_path / "first", runs=1, steps=1, finish=0)
    # A field of an early profile has another name today.
    profile = {"related_word": 0.5, "answered_by_reading": 9.0}
    (tmp_path / "first" / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
    first = load_encoder(str(tmp_path / "first"))
    options = {"from": tmp_path / "first", "dimension": 256}  # the model's dimension is used
    assert train(data, tmp_path / "more", tmp_path / "second", finish=300, **options) == 0
    second = load_encoder(str(tmp_path / "second"))
    assert not (tmp_path / "more" / "run-0.pt").exists()
    tokens = [(tmp_path / name / "tokenizer.json").read_bytes() for name in ("first", "second")]
    assert tokens[0] == tokens[1]
    assert second.profile == first.profile
    assert first.profile == replace(EncoderProfile(), related_word=0.5, answered_by_interaction=9.0)
    foreign = [f"zz{chr(97 + word)}" for word in range(len(WORDS))]

    def share_of_translations_found(encoder):
        similarities = encoder.encode_queries(WORDS) @ encoder.encode_passages(foreign).T
        return (similarities.argmax(axis=1) == np.arange(len(WORDS))).mean()

    assert share_of_translations_found(first) < 0.7
    assert share_of_translations_found(second) == 1


@pytest.mark.slow
def test_training_of_no_steps_writes_the_model_that_it_starts_from(data, tmp_path):
    train(data, tmp_path / "work", tmp_path / "first", steps=5, finish=0)
    train(data, tmp_path / "more", tmp_path / "second", finish=0, **{"from": tmp_path / "first"})
    first, second = (load_encoder(str(tmp_path / name)) for name in ("first", "second"))
    assert np.allclose(first.encode_queries(WORDS), second.encode_queries(WORDS), atol=1e-6)


def test_a_start_that_is_not_a_static_model_is_refused(data, tmp_path, capsys):
    options = {"from": data}
    assert train(data, tmp_path / "work", tmp_path / "model", **options) == 1
    assert "is not a static model" in capsys.readouterr().err
    assert not (tmp_path / "work").exists()


@pytest.mark.slow
def test_a_work_folder_with_a_finished_run_leads_to_the_same_model(news, tmp_path):
    train(news, tmp_path / "work", tmp_path / "expected", steps=12, finish=6)
    for name in ("run-1.pt", "finish.pt"):
        (tmp_path / "work" / name).unlink()
    train(news, tmp_path / "work", tmp_path / "resumed", steps=12, finish=6)
    expected, resumed = (
        (tmp_path / name / "model.safetensors").read_bytes() for name in ("expected", "resumed")
    )
    assert resumed == expected


@pytest.mark.slow
def test_a_run_resumes_from_its_checkpoint_to_the_same_table(data, tmp_path):
    train(data, tmp_path / "work", tmp_path / "model", runs=1, steps=0, finish=0)
    rng = np.random.default_rng(1)
    titles = [" ".join(rng.choice(WORDS, 4)) for _ in range(50)]
    bodies = [f"{title} {' '.join(rng.choice(WORDS, 30))}" for title in titles]
    pairs = PairSet("news", "title", 1.0, titles, bodies)
    counter = load_encoder(str(tmp_path / "model")).pieces.counter
    checkpoint, copy = tmp_path / "run.pt", tmp_path / "copy.pt"

    class CopyingSource(BatchSource):
        """Copies the checkpoint, which is the state of a run that is killed at this step."""

        def draw(self, step):
            if step == 503:
                shutil.copy(checkpoint, copy)
            return super().draw(step)

    def draw_neighbours(step):
        rng = np.random.default_rng(step)
        return Neighbourhoods(rng.integers(50, size=8), rng.integers(50, size=(8, 8)))

    def run(state):
        variants = Variants(counter._tokenizer, seed=0)
        source = CopyingSource([TokenisedSet(pairs, counter)], variants, size=4, seed=0)
        return contrastive.train(
            state,
            source,
            SimpleNamespace(draw=draw_neighbours),
            Schedule(506, 0.05),
            Recipe(),
            checkpoint=checkpoint,
            show_progress=False,
        )

    size = counter._tokenizer.get_vocab_size()
    rows = torch.randn(size, 8, generator=torch.Generator().manual_seed(0))
    expected = run(State.start(rows)).table.rows
    killed = State.load(copy)
    assert killed.step == 500
    assert not torch.equal(killed.table.rows, expected)
    assert torch.equal(run(killed).table.rows, expected)


@pytest.mark.slow
def test_a_work_folder_of_another_recipe_is_refused(data, tmp_path, capsys):
    train(data, tmp_path / "work", tmp_path / "model", steps=2)
    capsys.readouterr()
    assert train(data, tmp_path / "work", tmp_path / "model", steps=3) == 1
    assert "holds a run of another recipe" in capsys.readouterr().err


def test_missing_data_is_refused(tmp_path, capsys):
    assert train(tmp_path / "nowhere", tmp_path / "work", tmp_path / "model") == 1
    assert "no .jsonl.gz file below" in capsys.readouterr().err


def test_data_without_a_pair_is_refused(tmp_path, capsys):
    with gzip.open(tmp_path / "data.jsonl.gz", "wt", encoding="utf-8") as out:
        out.write(json.dumps({"text": "ماء"}) + "\n")
    assert train(tmp_path, tmp_path / "work", tmp_path / "model") == 1
    assert "no pair of texts to train on" in capsys.readouterr().err


def test_the_loss_is_the_mean_of_both_cross_entropies():
    nothing = torch.zeros(2, 2, dtype=torch.bool)
    # Each row: its partner's cosine is 1, the other's 0, at scale 2.
    loss = float(cross_entropies(2 * torch.eye(2), nothing))
    assert loss == pytest.approx(math.log(1 + math.exp(-2)))


def test_equal_texts_are_no_wrong_answers_and_other_queries_are():
    scores, alike = 2 * torch.eye(2), ~torch.eye(2, dtype=torch.bool)
    assert float(cross_entropies(scores, alike)) == 0
    nothing = torch.zeros(2, 2, dtype=torch.bool)
    wide = float(cross_entropies(scores, nothing, torch.zeros(2, 2)))
    rows, columns = math.log(1 + 2 * math.exp(-2)), math.log(1 + math.exp(-2))
    assert wide == pytest.approx((rows + columns) / 2)


def test_late_interaction_scores_in_training_are_those_of_a_search():
    encoder = load_encoder()
    texts = ["ثلوج كثيفة تقطع الطرق", "سعر القمح في السوق"]
    queries = ["ثلج فوق الجبال", "prix du blé"]  # no piece twice: training counts it twice
    table = encoder.pieces
    by_text = table.counter.tokenise([*queries, *texts])
    tokens, places = np.unique(np.concatenate(by_text), return_inverse=True)
    ends = np.cumsum([len(one) for one in by_text])[:-1]
    rows = torch.from_numpy(table._rows(tokens) * table._weights[tokens][:, None])
    parts = np.split(places, ends)
    scores = late_interaction_scores(rows, parts[:2], parts[2:]).numpy()
    lists = PieceLists.joined([pieces for pieces, _ in table.counter.count(texts)])
    for query, row in zip(queries, scores, strict=True):
        assert row == pytest.approx(
            table.prepare_query(query).score_pieces(lists).sum(axis=1), abs=1e-4
        )


def test_the_learning_rate_rises_and_falls():
    schedule = Schedule(steps=1000, rate=1.0)
    rates = [schedule.rate_at(step) for step in (0, 49, 50, 525, 999)]
    assert rates == pytest.approx([1 / 50, 1.0, 1.0, 0.5, 1 / 950])


def test_hidden_tokens_are_left_out_and_no_text_becomes_empty():
    texts = Texts(np.arange(1000), np.arange(0, 1000, 2))
    left = _hide(texts, 0.5, np.random.default_rng(0))
    assert left.tokens[left.offsets].tolist() == texts.tokens[texts.offsets].tolist()
    assert 700 < len(left.tokens) < 800  # half of every second one is hidden
    assert np.array_equal(_hide(texts, 0.0, np.random.default_rng(0)).tokens, texts.tokens)


def test_variants_split_words_into_other_pieces_of_the_same_text():
    tokenizer = load_encoder().pieces.counter._tokenizer
    variants = Variants(tokenizer, seed=0)
    words = [tokenizer.token_to_id(word) for word in ("مدرسه", "طريق", "في")]
    texts = lay_out([np.array(words * 20)] * 40)
    spoilt = variants.perturb(texts, np.random.default_rng(0))
    parts = np.split(spoilt.tokens, spoilt.offsets[1:])
    changed = [part for part in parts if not np.array_equal(part, words * 20)]
    assert 3 < len(changed) < 20  # a quarter of them
    pieces = {tokenizer.id_to_token(token) for part in changed for token in part}
    assert any(piece.startswith("##") for piece in pieces)
    assert all(np.count_nonzero(part == words[2]) == 20 for part in changed)  # too short a word
    again = variants.perturb(texts, np.random.default_rng(0))
    assert np.array_equal(again.tokens, spoilt.tokens)


def test_a_batch_marks_equal_texts_and_either_translation_is_the_query():
    counter = load_encoder().pieces.counter
    pairs = PairSet("two", "parallel", 1.0, ["ماء", "ماء", "بحر"], ["water", "eau", "mer"])
    source = BatchSource(
        [TokenisedSet(pairs, counter)], Variants(counter._tokenizer, seed=0), size=3, seed=0
    )
    batches = [source.draw(step) for step in range(12)]
    assert {int(batch.alike.sum()) for batch in batches} == {2}
    firsts = {counter._tokenizer.id_to_token(int(batch.left.tokens[0])) for batch in batches}
    assert firsts & {"ماء", "بحر"}
    assert firsts & {"water", "eau", "mer"}
    assert all(batch.are_sentences for batch in batches)


def test_neighbours_are_the_four_tokens_on_each_side():
    body = Texts(np.arange(100), np.array([0, 60, 100]))
    cloze = SimpleNamespace(kind="cloze", left=body)
    drawn = NeighbourSource([cloze], seed=0).draw(3)
    offsets = [-4, -3, -2, -1, 1, 2, 3, 4]
    assert np.array_equal(drawn.around, drawn.tokens[:, None] + offsets)
    assert NeighbourSource([cloze], seed=0).draw(3).tokens.tolist() == drawn.tokens.tolist()
    assert NeighbourSource([], seed=0).draw(0) is None


@pytest.mark.slow
def test_tokens_with_the_same_neighbours_become_similar(tmp_path):
    rng = np.random.default_rng(2)
    frames = [(4, 5), (6, 7)]
    bodies = []
    for number in range(2000):
        before, after = frames[number % 2]
        middle = 2 * (number % 2) + int(rng.integers(2))
        bodies.append(np.array([*rng.integers(8, 40, 4), before, middle, after]))
    cloze = SimpleNamespace(kind="cloze", left=lay_out(bodies))
    text = lay_out([np.array([4])])
    empty_lesson = Batch(text, text, np.zeros((1, 1), dtype=bool))  # a pair alone teaches nothing
    source = SimpleNamespace(draw=lambda step: empty_lesson, look=lambda encode: None)
    rows = torch.randn(40, 32, generator=torch.Generator().manual_seed(0))
    state = contrastive.train(
        State.start(rows),
        source,
        NeighbourSource([cloze], seed=0),
        Schedule(100, 0.05),
        Recipe(),
        checkpoint=tmp_path / "checkpoint.pt",
        show_progress=False,
    )
    first, second, other = state.table.rows[:3].numpy()
    assert cosines(first[None], second[None]) > cosines(first[None], other[None]) + 0.5


def test_rounding_to_int8_moves_a_cosine_by_less_than_0_003():
    table = np.random.default_rng(0).normal(size=(1000, 256)).astype(np.float32)
    table[7] = 0
    embeddings, weights = quantise(table)
    rounded = embeddings * weights[:, None]
    assert not rounded[7].any()
    kept = np.delete(np.arange(1000), 7)
    assert cosines(table[kept], rounded[kept]).min() > 0.9999
    a, b = slice(8, 500), slice(500, 992)
    assert np.abs(cosines(table[a], table[b]) - cosines(rounded[a], rounded[b])).max() < 0.003


def cosines(left, right):
    lengths = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    return (left * right).sum(axis=1) / lengths
