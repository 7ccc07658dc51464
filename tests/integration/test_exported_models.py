"""`--backend onnx`: sentence-transformers models with an exported graph, run without torch."""

import json
import os
import shutil
import subprocess
import sys
import threading
import warnings
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

import indexer.cli
import search.cli
from indexer.training.contextual.directory import write_fp32, write_json
from search.encoders.loading import load_encoder
from search.encoders.onnx import OnnxEncoder
from search.encoders.sentence_transformers import HubEncoder
from search.errors import EncoderError
from search.index.opening import open_index
from tests.tiny_bert import WORDS, build_model, build_tokenizer

# Transformers and the exporter warn when they are imported and when a graph is traced.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

ROOT = Path(__file__).parent.parent.parent
TEXTS = [*WORDS, "ماء البحر", "zza ZZB", "قمر", "شمس " * 30]
LONGEST_TEXT = 12  # tokens
COMMIT = "0123456789" * 4


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """Give a model directory without a graph, whose settings matter to the vectors."""
    folder = tmp_path_factory.mktemp("models") / "plain"
    write_fp32(build_model(build_tokenizer()), folder)
    settings = {"max_seq_length": LONGEST_TEXT, "do_lower_case": True}
    write_json(folder / "sentence_bert_config.json", settings)
    return folder


@pytest.fixture(scope="module")
def graph(plain):
    """Give the model's graph with both of its outputs, before one of them is left out."""
    from transformers import AutoModel

    class Graph(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.bert = AutoModel.from_pretrained(plain, attn_implementation="eager").eval()

        def forward(self, ids, mask, kinds):
            states = self.bert(ids, mask, kinds).last_hidden_state
            summed = (states * mask[:, :, None]).sum(dim=1)
            return states, torch.nn.functional.normalize(summed, dim=1)

    path = plain.with_name("graph.onnx")
    names = ["input_ids", "attention_mask", "token_type_ids"]
    sizes = {name: {0: "texts", 1: "tokens"} for name in [*names, "last_hidden_state"]}
    ids = torch.tensor([[0, 4, 5, 2], [0, 4, 2, 1]])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Graph(),
            (ids, (ids != 1).long(), torch.zeros_like(ids)),
            path,
            dynamo=False,  # the newer exporter needs a further library
            input_names=names,
            output_names=["last_hidden_state", "sentence_embedding"],
            dynamic_axes={**sizes, "sentence_embedding": {0: "texts"}},
        )
    return onnx.load(path)


def keep_output(graph, name, path):
    """Write the graph with only one of its outputs, as an export has it."""
    kept = onnx.ModelProto()
    kept.CopyFrom(graph)
    for output in list(kept.graph.output):
        if output.name != name:
            kept.graph.output.remove(output)
    path.parent.mkdir(exist_ok=True)
    onnx.save(kept, path)


@pytest.fixture(scope="module")
def exported(plain, graph):
    folder = plain.with_name("exported")
    shutil.copytree(plain, folder)
    keep_output(graph, "last_hidden_state", folder / "onnx" / "model.onnx")
    return folder


@pytest.fixture
def copied(exported, tmp_path):
    """Give a copy of the exported model, for a test to damage."""
    return Path(shutil.copytree(exported, tmp_path / "copied"))


def load(folder):
    return load_encoder(f"onnx:{folder}").context


def compare(encoder, folder):
    """Return the least cosine of the encoder's vectors to those of sentence-transformers."""
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(folder), device="cpu")
    cosines = []
    for encode, prompt in ((encoder.encode_queries, "query"), (encoder.encode_passages, "passage")):
        vectors = encode(TEXTS)
        assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
        theirs = model.encode(TEXTS, prompt_name=prompt, normalize_embeddings=True)
        cosines.append((vectors * theirs).sum(axis=1))
    return np.min(cosines)


@pytest.mark.slow
def test_the_mean_of_the_tokens_is_that_of_sentence_transformers(exported):
    encoder = load(exported)
    assert isinstance(encoder, OnnxEncoder)
    assert compare(encoder, exported) > 0.9999
    identity = encoder.identity
    assert (identity.name, identity.dimension) == (f"onnx:{exported}", 32)
    assert (identity.query_prompt, identity.passage_prompt) == ("query: ", "passage: ")
    assert identity.pooling == "mean"


def test_the_first_token_is_that_of_sentence_transformers(copied):
    modes = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    write_json(copied / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, **modes})
    rename(copied, "last_hidden_state", "token_embeddings")
    encoder = load(copied)
    assert compare(encoder, copied) > 0.9999
    assert encoder.identity.pooling == "cls"


def test_a_graph_at_the_top_that_pools_is_run_as_it_is(plain, graph, tmp_path):
    folder = tmp_path / "pooled"
    shutil.copytree(plain, folder)
    keep_output(graph, "sentence_embedding", folder / "model.onnx")
    assert compare(load(folder), folder) > 0.9999
    assert isinstance(load_encoder(str(folder)).context, HubEncoder)  # without --backend


def test_the_limit_of_the_tokenizer_holds_where_the_model_declares_none(copied):
    write_json(copied / "sentence_bert_config.json", {"do_lower_case": False})
    settings = json.loads((copied / "tokenizer_config.json").read_text(encoding="utf-8"))
    write_json(copied / "tokenizer_config.json", settings | {"model_max_length": 7})
    assert compare(load(copied), copied) > 0.9999


def test_the_identity_follows_the_graph_and_not_the_folder(exported, copied):
    identity = load(exported).identity
    identity.require_same(load(copied).identity)
    path = copied / "onnx" / "model.onnx"
    model = onnx.load(path)
    model.doc_string = "changed"
    onnx.save(model, path)
    assert load(copied).identity.digest != identity.digest


def test_an_exported_graph_is_run_without_torch(exported):
    code = (
        "import sys; from search.encoders.loading import load_encoder; "
        f"load_encoder('onnx:{exported}').context.encode_queries(['ماء']); "
        "sys.exit(bool({'torch', 'transformers'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0


def test_a_directory_without_a_graph_is_refused_in_one_sentence(plain, tmp_path, capsys):
    dump = write_dump(tmp_path)
    words = ["add", dump, "--archive", tmp_path / "archive", "--encoder", plain]
    assert run(indexer.cli.main, *words, "--backend", "onnx") == 1
    assert capsys.readouterr().err == (
        f"arshif: {plain} holds no ONNX graph: found 1_Pooling, 2_Normalize, config.json,"
        " config_sentence_transformers.json, model.safetensors, modules.json, …; expected"
        " model.onnx or onnx/model.onnx: export the model there, or omit --backend\n"
    )


def test_a_graph_under_another_name_is_named(copied):
    path = copied / "onnx" / "model.onnx"
    path.rename(path.with_name("model_quantized.onnx"))
    with pytest.raises(EncoderError, match=r"found onnx/model_quantized\.onnx; expected mod"):
        load(copied)


def change_pooling(folder, **settings):
    write_json(folder / "1_Pooling" / "config.json", {"word_embedding_dimension": 32, **settings})


def add_dense(folder):
    modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    dense = {"idx": 3, "name": "3", "path": "3_Dense", "type": "sentence_transformers.models.Dense"}
    write_json(folder / "modules.json", [*modules, dense])


def rename(folder, old, new):
    path = folder / "onnx" / "model.onnx"
    model = onnx.load(path)
    for value in [*model.graph.input, *model.graph.output]:
        value.name = new if value.name == old else value.name
    for node in model.graph.node:
        for names in (node.input, node.output):
            names[:] = [new if name == old else name for name in names]
    onnx.save(model, path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (partial(change_pooling, pooling_mode="max"), "pools tokens by max; expected mean or cls"),
        (
            partial(change_pooling, pooling_mode_mean_tokens=True, pooling_mode_max_tokens=True),
            r"pools tokens by mean\+max",
        ),
        (
            partial(change_pooling, pooling_mode="mean", include_prompt=False),
            "pools tokens by mean without the prompt",
        ),
        (add_dense, "pools tokens by mean, Dense"),
        (lambda folder: (folder / "modules.json").unlink(), "pools tokens by an undeclared rule"),
        (
            partial(rename, old="token_type_ids", new="position_ids"),
            r"asks for .*, position_ids tensor\(int64\); expected input_ids",
        ),
        (partial(rename, old="last_hidden_state", new="logits"), "has the outputs logits"),
        (lambda folder: (folder / "modules.json").write_text("{"), "modules.json cannot be read"),
        (lambda folder: (folder / "modules.json").write_text('[{"idx": 0}, 1]'), "cannot be read"),
        (lambda folder: (folder / "config.json").write_text("[]"), "config.json cannot be read"),
        (
            lambda folder: (folder / "onnx" / "model.onnx").write_bytes(b"noise"),
            "cannot be loaded",
        ),
        (lambda folder: (folder / "tokenizer.json").unlink(), "tokenizer.json is not a tokenizer"),
    ],
)
def test_what_cannot_be_run_is_refused(change, message, copied):
    write_json(copied / "sentence_bert_config.json", {})
    change(copied)
    with pytest.raises(EncoderError, match=message):
        load(copied)


def write_dump(folder):
    articles = [{"id": word, "title": word, "body": f"{word} " * 30} for word in WORDS]
    dump = folder / "dump.jsonl"
    dump.write_text("".join(json.dumps(a) + "\n" for a in articles), encoding="utf-8")
    return dump


def run(main, *words):
    return main([str(word) for word in words])


def test_an_archive_is_indexed_and_searched_with_it(exported, tmp_path, capsys):
    dump, archive = write_dump(tmp_path), tmp_path / "archive"
    words = ["add", dump, "--archive", archive, "--backend", "onnx"]
    assert run(indexer.cli.main, *words, "--encoder", exported) == 0
    assert run(indexer.cli.main, "encode", "--archive", archive) == 0
    assert run(indexer.cli.main, *words, "--json") == 0  # with the archive's own encoder
    status = open_index(archive).status()
    assert status.encoder.context == load(exported).identity
    assert status.encoded == status.passages > 0
    capsys.readouterr()
    assert run(search.cli.main, "--archive", archive, "-k", 1, "--json", "زيتون") == 0
    assert [h["title"] for h in json.loads(capsys.readouterr().out)["hits"]] == ["زيتون"]


class Hub(BaseHTTPRequestHandler):
    """Serves the files of one model, as far as the library of the hub asks for them."""

    folder: Path
    paths: list[str]

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = self.path.partition("?")[0]
        files = [file for file in sorted(self.folder.rglob("*")) if file.is_file()]
        if path.startswith("/api/models/somebody/tiny/revision/"):
            content = {"id": "somebody/tiny", "sha": COMMIT, "siblings": []}
        elif path.startswith("/api/models/somebody/tiny/tree/"):
            content = [
                {
                    "type": "file",
                    "path": file.relative_to(self.folder).as_posix(),
                    "size": file.stat().st_size,
                    "oid": "0" * 40,
                }
                for file in files
            ]
        elif path.startswith(f"/somebody/tiny/resolve/{COMMIT}/"):
            name = path.removeprefix(f"/somebody/tiny/resolve/{COMMIT}/")
            self.paths.append(name)
            content = (self.folder / name).read_bytes()
        else:
            content = {}
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", f'"{hash(body):x}"')
        self.send_header("X-Repo-Commit", COMMIT)
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(exported):
    Hub.folder, Hub.paths = exported, []
    with ThreadingHTTPServer(("127.0.0.1", 0), Hub) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def command(module, *words, home, endpoint):
    env = os.environ | {"HF_HOME": str(home), "HF_ENDPOINT": endpoint}
    words = [sys.executable, "-m", module, *map(str, words)]
    return subprocess.run(words, env=env, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_a_model_of_the_hub_is_fetched_once_and_without_its_torch_weights(hub, exported, tmp_path):
    home, archive = tmp_path / "home", tmp_path / "archive"
    words = ["--archive", archive, "--encoder", "somebody/tiny", "--backend", "onnx"]
    added = command("indexer", "add", write_dump(tmp_path), *words, home=home, endpoint=hub)
    assert (added.returncode, "%|" in added.stderr) == (0, False), added.stderr
    assert "onnx/model.onnx" in Hub.paths
    assert "model.safetensors" not in Hub.paths
    context = open_index(archive).status().encoder.context
    assert context.name == "onnx:somebody/tiny"
    context.require_same(load(exported).identity)
    words = ["--archive", archive, "--json", "زيتون"]
    found = command("search", *words, home=home, endpoint="http://127.0.0.1:9")
    assert (found.returncode, found.stderr) == (0, "")
    absent = command("search", *words, home=tmp_path / "other", endpoint=hub)
    assert absent.returncode == 0
    assert "searching by arshif-static alone" in absent.stderr
    assert "download it once with `hf download somebody/tiny`" in absent.stderr
