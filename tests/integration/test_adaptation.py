"""Adapting an encoder to an archive: the gain, the held-out titles, and the refusals.

The articles are made up: each repeats four of 48 words. Where a title names them in another script,
only training can relate the words.
"""

import gzip
import json
import random
import shutil
import sys
import time
from itertools import count

import pytest

import indexer.cli
import indexer.training.cli
import search.cli
from indexer.readers.identity import doc_id_of
from indexer.training.contextual.run import write_model
from indexer.training.held_out import is_title_held_out
from search.encoders.loading import load_encoder
from search.index.opening import open_index
from tests.conftest import write_jsonl
from tests.integration.kills import run_module, start_child
from tests.integration.test_contextual import build_model, build_tokenizer

pytestmark = pytest.mark.slow

CONSONANTS = "جحدرزسشصطعغقكمن"
WORDS = sorted({f"{a}{b}{a}ود" for a in CONSONANTS[:7] for b in CONSONANTS[7:]})[:48]
FOREIGN = [f"zq{chr(97 + number // 8)}{chr(97 + number % 8)}x" for number in range(len(WORDS))]
HELD_OUT, TRAINED = 60, 1010  # articles; fewer than 1,000 are too few to train on


def titled_subjects(words, rng):
    """Yield title and subject, until there are enough titles that are held out, and others."""
    missing = {True: HELD_OUT, False: TRAINED}
    while any(missing.values()):
        subject = rng.sample(range(len(WORDS)), 4)
        title = " ".join(words[word] for word in subject)
        if missing[is_title_held_out(title)]:
            missing[is_title_held_out(title)] -= 1
            yield title, subject


def write_body(subject, rng):
    words = [WORDS[word] for word in subject]
    return ". ".join(" ".join(rng.choices(words, k=7)) for _ in range(5))


def foreign_records():
    """Yield articles whose title names the words of the body in another script."""
    rng = random.Random(0)
    for number, (title, subject) in enumerate(titled_subjects(FOREIGN, rng)):
        body = write_body(subject, rng)
        yield {
            "id": f"a{number}",
            "title": title,
            "body": body,
            "source": "السهل",
            "date": "2020-01-01",
        }


def misleading_records():
    """Yield articles whose title names their words if it is held out, and other words if not."""
    rng = random.Random(0)
    for number, (title, subject) in enumerate(titled_subjects(WORDS, rng)):
        others = (
            " ".join(WORDS[(word + shift) % len(WORDS)] for word in subject) for shift in count(1)
        )
        if not is_title_held_out(title):
            title = next(other for other in others if not is_title_held_out(other))
        yield {"id": f"m{number}", "title": title, "body": write_body(subject, rng)}


def command(*words):
    return indexer.cli.main([str(word) for word in words])


@pytest.fixture(scope="module")
def untrained(tmp_path_factory):
    """Write a table that has the words, with random vectors."""
    folder = tmp_path_factory.mktemp("untrained")
    (folder / "data").mkdir()
    pairs = [{"a": a, "b": b} for a, b in zip(WORDS, FOREIGN, strict=True)]
    with gzip.open(folder / "data" / "pairs.jsonl.gz", "wt", encoding="utf-8") as out:
        out.writelines(json.dumps(pair) + "\n" for pair in pairs * 9)
    numbers = "--runs 1 --steps 0 --finish 0 --vocabulary 400 --dimension 32".split()
    arguments = ["--data", folder / "data", "--work", folder / "work", "--out", folder / "model"]
    assert indexer.training.cli.main([*map(str, arguments), *numbers]) == 0
    return folder / "model"


def add(records, archive, untrained):
    """Add the records in two runs, since a run of more than 1,000 starts a process."""
    dump = archive.with_name("dump.jsonl")
    for part in (records[:900], records[900:]):
        write_jsonl(dump, part)
        assert command("add", dump, "--archive", archive, "--encoder", untrained) == 0


@pytest.fixture(scope="module")
def built(untrained, tmp_path_factory):
    """Build an archive of the foreign articles, with copies of some under other titles."""
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
    add(records, folder / "archive", untrained)
    return folder / "archive"


@pytest.fixture
def archive(built, tmp_path):
    return shutil.copytree(built, tmp_path / "archive")


def read_files(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_an_adapted_encoder_relates_the_words_and_the_archive_is_encoded_with_it(
    archive, untrained, tmp_path, capsys
):
    model = tmp_path / "models" / "own"
    before = open_index(archive).status().encoder
    capsys.readouterr()
    assert command("adapt", "--archive", archive, "--out", model, "--steps", 40, "--json") == 0
    report = json.loads(capsys.readouterr().out)
    assert report["before"]["semantic"] < 0.2
    assert report["after"]["semantic"] > 0.6
    assert (report["measure"], report["start"]) == ("RR@10", str(untrained))
    assert (report["titles"], report["articles"]) == (HELD_OUT, TRAINED)
    assert [path.name for path in model.parent.iterdir()] == ["own"]
    assert open_index(archive).status().encoder == before

    assert command("reencode", "--archive", archive, "--encoder", model) == 0
    assert open_index(archive).status().encoder.digest == report["encoder"]["digest"]
    subject = (0, 1, 20, 40)
    title = " ".join(FOREIGN[word] for word in subject)
    record = {"id": "new", "title": title, "body": write_body(subject, random.Random(9))}
    dump = write_jsonl(tmp_path / "new.jsonl", [record])
    assert command("add", dump, "--archive", archive) == 0
    capsys.readouterr()
    assert search.cli.main([title, "--archive", str(archive), "--json"]) == 0
    hits = json.loads(capsys.readouterr().out)["hits"]
    assert title in [hit["title"] for hit in hits]


def test_a_killed_adaptation_leaves_no_model_and_has_trained_on_nothing_held_out(archive, tmp_path):
    files = read_files(archive)
    arguments = ["--archive", archive, "--out", tmp_path / "model", "--steps", 1_000_000]
    child = start_child(run_module, "indexer", ["adapt", *map(str, arguments)], tmp_path)
    while not list(tmp_path.glob(".model-*/recipe.json")):
        assert child.is_alive()
        time.sleep(0.05)
    child.kill()
    child.join()
    assert not (tmp_path / "model").exists()
    # A killed reader leaves its own files beside them.
    assert files.items() <= read_files(archive).items()

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


def test_a_model_that_finds_fewer_titles_is_not_written(untrained, tmp_path, capsys):
    archive, out = tmp_path / "archive", tmp_path / "out" / "model"
    add(list(misleading_records()), archive, untrained)
    capsys.readouterr()
    assert command("adapt", "--archive", archive, "--out", out, "--steps", 20) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "the adapted encoder is worse: RR@10 by meaning of" in captured.err
    assert "expected 1.0000 or more, as before" in captured.err
    assert f"No model was written: keep {untrained}" in captured.err
    assert list(out.parent.iterdir()) == []


def test_a_contextual_encoder_is_adapted_by_its_own_training(archive, tmp_path, capsys):
    start, model = tmp_path / "start", tmp_path / "model"
    write_model(build_model(build_tokenizer()), start, start)
    held_out = [record for record in foreign_records() if is_title_held_out(record["title"])]
    # The only held-out title finds the only body, so that no step can make the model worse.
    open_index(archive).remove_ids([doc_id_of(record["id"], "السهل") for record in held_out[1:]])
    words = ["--out", model, "--encoder", start, "--steps", 2, "--json"]
    assert command("adapt", "--archive", archive, *words) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["start"], report["titles"]) == (str(start), 1)
    assert report["after"]["semantic"] == 1.0
    encoder = load_encoder(str(model))
    assert (encoder.identity.name, encoder.identity.query_prompt) == (str(model), "query: ")
    assert encoder.identity.digest == report["encoder"]["digest"]
    assert encoder.identity.digest != load_encoder(str(start)).identity.digest
    assert command("reencode", "--archive", archive, "--encoder", model) == 0
    assert open_index(archive).status().encoder == encoder.identity


def test_an_adaptation_that_cannot_be_done_is_refused_and_writes_nothing(
    tiny_archive, tmp_path, capsys
):
    folder = tmp_path / "folder"
    folder.mkdir()
    static = ["--encoder", "arshif-static"]
    for words, message in (
        (
            static,
            "holds 0 articles to train on and 0 held-out titles to measure by, expected 1,000",
        ),
        ([*static, "--hours", "1"], "leave --hours out"),
        (["--encoder", folder], "arshif-static, arshif-small, or a folder"),
        (["--out", folder], "exists: name a new folder with --out"),
    ):
        assert command("adapt", "--archive", tiny_archive, "--out", tmp_path / "model", *words) == 1
        captured = capsys.readouterr()
        assert captured.out == ""
        assert message in captured.err
        assert list(tmp_path.iterdir()) == [folder]


def test_without_torch_an_adaptation_names_the_command_that_installs_it(
    tiny_archive, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert command("adapt", "--archive", tiny_archive, "--out", tmp_path / "model") == 1
    message = "cannot be trained without torch: run `pip install -e '.[train]'`"
    assert message in capsys.readouterr().err
