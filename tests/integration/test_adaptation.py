"""An archive trains its own encoder, is encoded with it, and keeps the old one where it is better.

The articles are made up: each is about four of 48 words, and says nothing else. Where a title names
them in another script, only training can tell which word means which.
"""

import gzip
import json
import random
import shutil
import subprocess
import sys
import time
from itertools import count

import pytest

import indexer.cli
import indexer.training.cli
import search.cli
from indexer.training.contextual.run import write_model
from indexer.training.held_out import is_title_held_out
from search.encoders.loading import load_encoder
from search.index.opening import open_index
from tests.conftest import write_jsonl
from tests.integration.test_contextual import build_model, build_tokenizer

pytestmark = pytest.mark.slow

CONSONANTS = "جحدرزسشصطعغقكمن"
WORDS = sorted({f"{a}{b}{a}ود" for a in CONSONANTS[:7] for b in CONSONANTS[7:]})[:48]
FOREIGN = [f"zq{chr(97 + number // 8)}{chr(97 + number % 8)}x" for number in range(len(WORDS))]
ARTICLES = 1300


def write_body(subject, rng):
    sentences = (" ".join(rng.choices(subject, k=7)) for _ in range(8))
    return ". ".join(sentences)


def foreign_records():
    rng = random.Random(0)
    for number in range(ARTICLES):
        subject = rng.sample(range(len(WORDS)), 4)
        yield {
            "id": f"a{number}",
            "title": " ".join(FOREIGN[word] for word in subject),
            "body": write_body([WORDS[word] for word in subject], rng),
            "source": "السهل",
            "date": "2020-01-01",
        }


def misleading_records():
    """Yield articles whose title names their words if it is held out, and others if it is not."""
    rng = random.Random(0)
    for number in range(ARTICLES):
        subject = rng.sample(range(len(WORDS)), 4)
        titles = (
            " ".join(WORDS[(word + shift) % len(WORDS)] for word in subject) for shift in count()
        )
        title = next(titles)
        if not is_title_held_out(title):
            title = next(title for title in titles if not is_title_held_out(title))
        body = write_body([WORDS[word] for word in subject], rng)
        yield {"id": f"m{number}", "title": title, "body": body}


def command(*words):
    return indexer.cli.main([str(word) for word in words])


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """Write a table that knows the words and nothing of what they mean."""
    folder = tmp_path_factory.mktemp("untrained")
    (folder / "data").mkdir()
    pairs = [{"a": a, "b": b} for a, b in zip(WORDS, FOREIGN, strict=True)]
    with gzip.open(folder / "data" / "pairs.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(pair) + "\n" for pair in pairs * 9)
    numbers = "--runs 1 --steps 0 --finish 0 --vocabulary 400 --dimension 32".split()
    arguments = ["--data", folder / "data", "--work", folder / "work", "--out", folder / "model"]
    assert indexer.training.cli.main([*map(str, arguments), *numbers]) == 0
    return folder / "model"


@pytest.fixture(scope="module")
def built(untrained, tmp_path_factory):
    """Build an archive; beside the articles there are copies of some, by other titles."""
    folder = tmp_path_factory.mktemp("foreign")
    records = list(foreign_records())
    held_out = next(record for record in records if is_title_held_out(record["title"]))
    other = next(record for record in records if not is_title_held_out(record["title"]))
    words = [*held_out["body"].split()[:28], *other["body"].split()[:28]]
    records += [
        {**held_out, "id": "copy-of-held-out", "title": other["title"], "source": "الوادي"},
        {**other, "id": "half-of-held-out", "body": " ".join(words)},
        {**other, "id": "copy", "title": "zqaax zqccx", "source": "الوادي"},
    ]
    dump = write_jsonl(folder / "dump.jsonl", records)
    assert command("add", dump, "--archive", folder / "archive", "--encoder", untrained) == 0
    return folder / "archive"


@pytest.fixture
def archive(built, tmp_path):
    return shutil.copytree(built, tmp_path / "archive")


def read_files(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_it_learns_what_words_mean_and_the_archive_is_encoded_with_it(
    archive, untrained, tmp_path, capsys
):
    model = tmp_path / "models" / "own"
    before = open_index(archive).status().encoder
    capsys.readouterr()
    assert command("adapt", "--archive", archive, "--out", model, "--steps", 25, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["before"]["semantic"] < 0.2
    assert told["after"]["semantic"] > 0.6
    assert (told["measure"], told["start"]) == ("RR@10", str(untrained))
    held_out = [is_title_held_out(record["title"]) for record in foreign_records()]
    assert (told["titles"], told["articles"]) == (sum(held_out), ARTICLES - sum(held_out))
    assert [path.name for path in model.parent.iterdir()] == ["own"]
    assert open_index(archive).status().encoder == before

    assert command("reencode", "--archive", archive, "--encoder", model) == 0
    assert open_index(archive).status().encoder.digest == told["encoder"]["digest"]
    title = " ".join(FOREIGN[word] for word in (0, 1, 20, 40))
    body = write_body([WORDS[word] for word in (0, 1, 20, 40)], random.Random(9))
    dump = write_jsonl(tmp_path / "new.jsonl", [{"id": "new", "title": title, "body": body}])
    assert command("add", dump, "--archive", archive) == 0
    capsys.readouterr()
    assert search.cli.main([title, "--archive", str(archive), "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert title in [hit["title"] for hit in hits]


def test_killed_it_leaves_no_model_and_trains_on_nothing_held_out(archive, tmp_path):
    files = read_files(archive)
    arguments = ["--archive", archive, "--out", tmp_path / "model", "--steps", 1_000_000]
    process = subprocess.Popen(
        [sys.executable, "-m", "indexer", "adapt", *map(str, arguments)], stderr=subprocess.DEVNULL
    )
    while not list(tmp_path.glob(".model-*/recipe.json")):
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert not (tmp_path / "model").exists()
    assert (
        files.items() <= read_files(archive).items()
    )  # a killed reader leaves its own beside them

    [path] = tmp_path.glob(".model-*/data/archive.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        trained = [json.loads(line) for line in lines]
    assert not any(is_title_held_out(record["title"]) for record in trained)
    records = list(foreign_records())
    held_out = next(record for record in records if is_title_held_out(record["title"]))
    other = next(record for record in records if not is_title_held_out(record["title"]))
    of_title = [record for record in trained if record["title"] == other["title"]]
    assert [record["body"] for record in of_title] == [other["body"]]  # neither copy nor half
    assert held_out["body"] not in [record["body"] for record in trained]
    assert of_title[0]["abstract"] == "zqaax zqccx"
    assert {record["abstract"] for record in trained} == {"", "zqaax zqccx"}


def test_a_model_that_finds_less_is_not_written(untrained, tmp_path, capsys):
    dump = write_jsonl(tmp_path / "dump.jsonl", list(misleading_records()))
    archive, out = tmp_path / "archive", tmp_path / "out" / "model"
    assert command("add", dump, "--archive", archive, "--encoder", untrained) == 0
    capsys.readouterr()
    assert command("adapt", "--archive", archive, "--out", out, "--steps", 60) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the adapted encoder is worse: RR@10 by meaning of" in captured.err
    assert "expected 1.0000 or more, as before" in captured.err
    assert f"No model was written: keep {untrained}" in captured.err
    assert list(out.parent.iterdir()) == []


def test_a_contextual_encoder_is_adapted_by_its_own_training(tmp_path, capsys):
    start = tmp_path / "start"
    write_model(build_model(build_tokenizer()), start, start)
    records = list(foreign_records())
    held_out = [record for record in records if is_title_held_out(record["title"])]
    # Among one body alone a title finds its own, whatever a step changes.
    records = [record for record in records if record not in held_out[1:]]
    archive, model = tmp_path / "archive", tmp_path / "model"
    dump = write_jsonl(tmp_path / "dump.jsonl", records)
    assert command("add", dump, "--archive", archive) == 0
    capsys.readouterr()
    words = ["--out", model, "--encoder", start, "--steps", 2, "--json"]
    assert command("adapt", "--archive", archive, *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["start"], told["titles"], told["after"]["semantic"]) == (str(start), 1, 1.0)
    encoder = load_encoder(str(model))
    assert (encoder.identity.name, encoder.identity.query_prompt) == (str(model), "query: ")
    assert encoder.identity.digest == told["encoder"]["digest"]
    assert encoder.identity.digest != load_encoder(str(start)).identity.digest
    assert command("reencode", "--archive", archive, "--encoder", model) == 0
    assert open_index(archive).status().encoder == encoder.identity


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--encoder", "arshif-static"],
            "holds 0 articles to train on and 0 held-out titles to measure by, expected 1,000",
        ),
        (["--encoder", "arshif-static", "--hours", "1"], "omit --hours"),
        (["--encoder", "{folder}"], "arshif-static, arshif-small, or a folder"),
        (["--out", "{folder}"], "exists: name a new folder with --out"),
    ],
)
def test_what_cannot_be_adapted_is_refused(words, message, tiny_archive, tmp_path, capsys):
    (tmp_path / "folder").mkdir()
    filled = [word.format(folder=tmp_path / "folder") for word in words]
    out = [] if "--out" in words else ["--out", tmp_path / "model"]
    assert command("adapt", "--archive", tiny_archive, *out, *filled) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert message in captured.err
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_without_the_libraries_of_a_training_it_says_how_to_get_them(
    tiny_archive, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert command("adapt", "--archive", tiny_archive, "--out", tmp_path / "model") == 1
    message = "cannot be trained without torch: run `pip install -e '.[train]'`"
    assert message in capsys.readouterr().err
