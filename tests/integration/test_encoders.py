"""The shipped encoders, and others by path: their vectors, identities and refusals."""

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from search.encoders.loading import (
    CONTEXTUAL,
    CONTEXTUAL_DIRECTORY,
    MODEL_DIRECTORY,
    SHIPPED,
    load_archive_encoder,
    load_encoder,
)
from search.encoders.static import StaticEncoder
from search.errors import EncoderError

ROOT = Path(__file__).parent.parent.parent
TEXTS = [
    "فيضانات عنيفة تضرب القصر الكبير",
    "وبالمدارس والأسواق، للفلاحين!",
    "كَتَبَ الولدُ رِسَالَةً ـــ ﻻ ٢٠٢٠",
    "Inondations à Ksar el-Kébir: l'été, COVID-19",
    "Floods hit the city",
    "chno w93 f lmaghrib 7akimi",
    "كلمة\u200fمع\u202bعلامات",
    "x" * 200,
    "🙂",
    "سطر\nثان\tوثالث\u00a0ورابع",
]


@pytest.fixture(scope="module")
def shipped():
    return load_encoder(SHIPPED)


@pytest.fixture(scope="module")
def contextual():
    return load_encoder(CONTEXTUAL)


@pytest.fixture(scope="module")
def sentence_transformer():
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(MODEL_DIRECTORY), device="cpu")


def test_the_shipped_encoder_gives_unit_float32_rows(shipped):
    vectors = shipped.encode_passages(TEXTS)
    assert (vectors.shape, vectors.dtype) == ((len(TEXTS), 256), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)
    assert shipped.encode_passages([]).shape == (0, 256)


def test_a_text_without_a_word_gives_a_zero_row(shipped):
    vectors = shipped.encode_queries(["", "  \n", "سد"])
    assert not vectors[:2].any()
    assert vectors[2].any()


def test_a_vector_does_not_depend_on_its_neighbours(shipped):
    together = shipped.encode_passages(TEXTS * 200)
    alone = np.concatenate([shipped.encode_passages([text]) for text in TEXTS])
    assert np.abs(together[-len(TEXTS) :] - alone).max() < 1e-6


@pytest.mark.slow
def test_sentence_transformers_gives_the_same_vectors(shipped, sentence_transformer):
    theirs = sentence_transformer.encode(TEXTS)
    assert np.abs(shipped.encode_passages(TEXTS) - theirs).max() < 1e-3


def test_meaning_crosses_languages(shipped):
    arabic, french, english, other = shipped.encode_queries(
        [
            "فيضانات وأمطار غزيرة",
            "inondations et fortes pluies",
            "floods and heavy rain",
            "مباراة كرة القدم",
        ]
    )
    assert arabic @ french > arabic @ other + 0.1
    assert arabic @ english > arabic @ other + 0.1


def test_the_shipped_encoders_need_no_torch_and_write_no_files(tmp_path):
    code = (
        "import sys; from search.encoders.loading import load_encoder; "
        "load_encoder('arshif-static').encode_queries(['سد']); "
        "load_encoder('arshif-small').context.encode_queries(['سد']); "
        "sys.exit('torch' in sys.modules)"
    )
    homes = dict.fromkeys(("HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME"), str(tmp_path))
    subprocess.run([sys.executable, "-c", code], check=True, env=os.environ | homes, cwd=ROOT)
    assert not list(tmp_path.rglob("*"))


def test_a_copy_of_the_shipped_encoder_has_the_same_identity(shipped, tmp_path):
    shutil.copytree(MODEL_DIRECTORY, tmp_path / "copy")
    copy = load_encoder(str(tmp_path / "copy"))
    assert isinstance(copy, StaticEncoder)
    shipped.identity.require_same(copy.identity)
    assert copy.identity.name == str(tmp_path / "copy")


def test_damaged_weights_are_refused(tmp_path):
    shutil.copytree(MODEL_DIRECTORY, tmp_path / "copy")
    (tmp_path / "copy" / "model.safetensors").write_bytes(b"noise")
    with pytest.raises(EncoderError, match="cannot be read as model weights"):
        load_encoder(str(tmp_path / "copy"))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # raised within transformers on import
def test_a_sentence_transformers_model_encodes_with_the_prompts_it_declares(tmp_path):
    model = save_tiny_transformer(
        tmp_path / "tiny", prompts={"query": "query: ", "passage": "passage: "}
    )
    encoder = load_encoder(str(tmp_path / "tiny")).context
    assert (encoder.identity.query_prompt, encoder.identity.passage_prompt) == (
        "query: ",
        "passage: ",
    )
    assert encoder.identity.dimension == 16
    expected = model.encode(["query: سد", "passage: سد"], normalize_embeddings=True, prompt="")
    assert encoder.encode_queries(["سد"])[0] == pytest.approx(expected[0], abs=1e-5)
    assert encoder.encode_passages(["سد"])[0] == pytest.approx(expected[1], abs=1e-5)


def test_a_model_that_is_not_on_the_machine_is_refused_without_the_network():
    # Nothing listens at this address: asking the library instead takes more than a minute.
    code = (
        "from search.encoders.loading import load_encoder\n"
        "from search.errors import EncoderError\n"
        "try: load_encoder('nobody/no-such-model')\n"
        "except EncoderError as error: print(error)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"HF_ENDPOINT": "http://127.0.0.1:9"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "encoder nobody/no-such-model could not be loaded: it is neither" in ended.stdout
    assert (ended.stdout.count("\n"), ended.stderr) == (1, "")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # raised within transformers on import
def test_a_folder_hides_a_cached_model_from_a_user_and_not_from_an_archive(tmp_path, monkeypatch):
    commit, cached = "c" * 40, tmp_path / "cache" / "models--somebody--tiny"
    (cached / "refs").mkdir(parents=True)
    (cached / "refs" / "main").write_text(commit)
    folder = tmp_path / "somebody" / "tiny"
    folder.parent.mkdir()
    save_tiny_transformer(folder, prompts={"query": "query: ", "passage": "passage: "})
    shutil.copytree(folder, cached / "snapshots" / commit)
    settings = folder / "config_sentence_transformers.json"
    settings.write_text(settings.read_text().replace("query: ", "in the folder: "))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cached.parent))
    monkeypatch.chdir(tmp_path)
    of_archive = load_archive_encoder("somebody/tiny").context.identity
    of_user = load_encoder("somebody/tiny").context.identity
    assert (of_archive.name, of_archive.query_prompt) == ("somebody/tiny", "query: ")
    assert of_archive.digest == commit
    assert (of_user.name, of_user.query_prompt) == (str(folder), "in the folder: ")


def test_a_name_that_can_be_no_encoder_is_refused():
    for name, message in (
        ("not a name", "no encoder not a name: expected a model directory, or a hub name"),
        ("./nowhere", "no encoder at ./nowhere: expected a model directory"),
        ("onnx:arshif-static", "arshif-static runs without a backend: omit --backend"),
    ):
        with pytest.raises(EncoderError, match=message):
            load_encoder(name)


def test_a_backend_that_is_not_installed_says_how_to_install_it(tmp_path):
    if find_spec("optimum") is not None:
        pytest.skip("the backend is installed")
    with pytest.raises(EncoderError, match=r"pip install 'sentence-transformers\[openvino\]'"):
        load_encoder(f"openvino:{tmp_path}")


def test_the_model_cards_state_the_digests_of_the_models(shipped, contextual):
    for folder, encoder in ((MODEL_DIRECTORY, shipped), (CONTEXTUAL_DIRECTORY, contextual)):
        assert encoder.identity.digest in (folder / "README.md").read_text(encoding="utf-8")


def test_the_shipped_models_fit_in_a_wheel_that_pypi_accepts():
    """PyPI accepts files up to 100 MB."""
    files = [
        path for folder in (MODEL_DIRECTORY, CONTEXTUAL_DIRECTORY) for path in folder.rglob("*")
    ]
    assert sum(path.stat().st_size for path in files if path.is_file()) <= 95_000_000


def test_the_contextual_encoder_ranks_a_paraphrase_and_a_translation_first(contextual):
    [passage, other] = contextual.encode_passages(
        [
            "تساقطات ثلجية كثيفة تقطع الطريق بين مراكش وورزازات وتعزل قرى جبلية.",
            "فاز الفريق المحلي بثلاثة أهداف دون رد في مباراة الأمس.",
        ]
    )
    queries = ["قرى معزولة بسبب سوء الأحوال الجوية", "la neige coupe la route de montagne"]
    for vector in contextual.encode_queries(queries):
        assert vector @ passage > vector @ other + 0.1
    assert contextual.pieces is not None  # the word pieces of the table


def save_tiny_transformer(folder, *, prompts):
    """Make a two-layer transformer with random weights, saved as sentence-transformers saves."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import Pooling, Transformer
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    torch.manual_seed(0)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_file=str(MODEL_DIRECTORY / "tokenizer.json"), pad_token="[UNK]", unk_token="[UNK]"
    )
    config = BertConfig(
        vocab_size=len(tokenizer), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32,
    )  # fmt: skip
    raw = folder.with_name("raw")
    BertModel(config).save_pretrained(raw)
    tokenizer.save_pretrained(raw)
    transformer = Transformer(str(raw))
    pooling = Pooling(transformer.get_embedding_dimension())
    model = SentenceTransformer(modules=[transformer, pooling], prompts=prompts, device="cpu")
    model.save(str(folder))
    settings = json.loads(
        (folder / "config_sentence_transformers.json").read_text(encoding="utf-8")
    )
    assert settings["prompts"]["query"] == prompts["query"]
    return model
