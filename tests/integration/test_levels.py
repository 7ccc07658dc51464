"""An archive of two levels: searchable as soon as it is added to, better once it is encoded."""

import json
import threading
from dataclasses import replace
from unittest.mock import patch

import numpy as np
import pytest

import indexer.cli
from indexer.encoding import encode_context
from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.encoders.two_level import TwoLevelEncoder
from search.engine import SearchEngine
from search.errors import ArchiveError, EncoderError
from search.index.local.archive import LocalArchive
from search.index.local.maintenance import encoding
from search.index.opening import open_index
from search.records import Mode, Query
from tests.conftest import write_jsonl
from tests.encoder import NgramEncoder
from web import create_app

WORDS = "زيتون تمر قمح شعير رمان تفاح عنب برتقال ليمون موز خوخ مشمش لوز جوز تين بطيخ".split()


class Counted(NgramEncoder):
    """Counts the passages it encodes, and calls `on_passages` before each time."""

    def __init__(self):
        super().__init__()
        self.encoded, self.on_passages = 0, lambda: None

    def encode_queries(self, texts):
        return NgramEncoder().encode_queries(texts)

    def encode_passages(self, texts):
        self.on_passages()
        self.encoded += len(texts)
        return super().encode_passages(texts)


@pytest.fixture
def encoder():
    return TwoLevelEncoder(load_encoder(), Counted())


@pytest.fixture
def folder(tmp_path, encoder, monkeypatch):
    """Make an archive of 16 passages, none encoded yet; five are encoded at once."""
    monkeypatch.setattr(encoding, "MAX_PASSAGES", 5)
    add(tmp_path / "archive", WORDS, encoder)
    return tmp_path / "archive"


def add(folder, words, encoder):
    articles = [{"id": word, "title": word, "body": f"{word} في السوق. " * 9} for word in words]
    dump = write_jsonl(folder.parent / f"{words[0]}.jsonl", articles)
    add_dumps([str(dump)], folder, encoder, captured_on=None, show_progress=False)


def encode(folder, encoder):
    return encode_context(open_index(folder), encoder, show_progress=False)


def found(folder, encoder, mode=Mode.HYBRID):
    engine = SearchEngine.open(folder, load=lambda name: encoder)
    return [engine.search(Query(word, mode)).hits[0].document.title for word in WORDS]


def test_it_is_searched_while_nothing_a_part_and_all_of_it_is_encoded(folder, encoder):
    status = open_index(folder).status()
    assert (status.encoded, status.passages, encoder.context.encoded) == (0, 16, 0)
    assert found(folder, encoder) == WORDS
    written = open_index(folder).encode(
        lambda spans: encoder.context.encode_passages([one.body for one, _ in spans]),
        encoder.identity,
    )
    assert next(written) == 5
    assert open_index(folder).status().encoded == 5
    assert found(folder, encoder) == found(folder, encoder, Mode.SEMANTIC) == WORDS
    written.close()
    assert encode(folder, encoder) == 11
    assert (open_index(folder).status().encoded, encoder.context.encoded) == (16, 16)
    assert found(folder, encoder) == found(folder, encoder, Mode.SEMANTIC) == WORDS
    assert encode(folder, encoder) == 0
    assert open_index(folder).check() == []


def test_similar_documents_are_those_of_the_second_level_once_it_is_there(tmp_path):
    class ByFirstLetter(NgramEncoder):
        """Texts are alike if they begin with the same letter, and unlike otherwise."""

        def encode_passages(self, texts):
            vectors = np.zeros((len(texts), self.identity.dimension), np.float32)
            vectors[range(len(texts)), [ord(text[0]) % 64 for text in texts]] = 1
            return vectors

    folder, encoder = tmp_path / "archive", TwoLevelEncoder(load_encoder(), ByFirstLetter())
    more = "سمك دجاج لحم خبز حليب جبن عسل سكر ملح زبدة فول حمص".split()
    add(folder, [*WORDS, *more], encoder)

    def most_similar(word):
        engine = SearchEngine.open(folder, load=lambda name: encoder)
        doc_id = engine.search(Query(word)).hits[0].document.doc_id
        return {document.title for document in engine.similar(doc_id, 2)}

    before = most_similar("تمر")
    encode(folder, encoder)
    assert most_similar("تمر") == {"تفاح", "تين"} != before


def test_what_is_added_and_removed_meanwhile_is_neither_lost_nor_kept(folder, encoder):
    def write():
        encoder.context.on_passages = lambda: None
        add(folder, ["كرز", "توت"], encoder)
        first = SearchEngine.open(folder, load=lambda name: encoder).search(Query("زيتون"))
        open_index(folder).remove_ids([first.hits[0].document.doc_id])

    encoder.context.on_passages = write
    assert encode(folder, encoder) == 5 + 5 + 5 + 3
    status = open_index(folder).status()
    assert (status.passages, status.encoded) == (17, 17)
    assert open_index(folder).check() == []
    assert found(folder, encoder)[1:] == WORDS[1:]


def test_who_writes_meets_the_encoder_only_between_its_commits(folder, encoder):
    """A writer in turns waits for another, and another for it; nobody else waits."""
    with open_index(folder).writer():
        beside = threading.Thread(target=encode, args=(folder, encoder))
        beside.start()
        beside.join(0.5)
        assert beside.is_alive()
        with pytest.raises(ArchiveError, match="another program is writing"):
            add(folder, ["كرز"], encoder)
        assert open_index(folder).status().encoded == 0
    beside.join()
    assert open_index(folder).status().encoded == 16


@pytest.mark.parametrize("step", ["segment", "named", "committed"])
def test_cut_off_it_goes_on_and_nothing_is_left_over(folder, encoder, step):
    class Killed(BaseException):
        pass

    def kill(name):
        if name == step:
            raise Killed

    archive = LocalArchive(folder)
    with pytest.raises(Killed):
        for _ in archive.encode(
            lambda spans: encoder.context.encode_passages([one.body for one, _ in spans]),
            encoder.identity,
            on_step=kill,
        ):
            pass
    kept = 5 if step == "committed" else 0
    assert archive.status().encoded == kept
    assert encode(folder, encoder) == 16 - kept
    assert archive.check() == []
    assert len(list((folder / "segments").glob("*.context"))) <= 2
    archive.compact()
    assert [path.suffix for path in sorted((folder / "segments").iterdir())] == [
        ".context",
        ".faiss",
        ".pieces",
    ]
    assert (archive.status().encoded, archive.check()) == (16, [])
    assert found(folder, encoder) == WORDS


def test_a_run_that_is_stopped_keeps_its_first_passages(tmp_path, encoder):
    add(
        tmp_path / "archive",
        [f"{first}{second}{n}" for first in WORDS for second in WORDS for n in "123"],
        encoder,
    )

    def stop():
        if encoder.context.encoded:
            raise KeyboardInterrupt

    encoder.context.on_passages = stop
    with pytest.raises(KeyboardInterrupt):
        encode(tmp_path / "archive", encoder)
    status = open_index(tmp_path / "archive").status()
    assert (status.encoded, status.passages) == (500, 768)


def test_the_time_is_forecast_from_some_texts_and_each_keeps_its_own_vector(folder, encoder):
    forecasts = []
    words = [f"{first}{second}" for first in WORDS for second in WORDS]
    add(folder, words, encoder)
    with patch("os.cpu_count", return_value=1), patch.object(encoding, "MAX_PASSAGES", 200):
        encode_context(
            open_index(folder),
            encoder,
            show_progress=False,
            forecast=lambda *a: forecasts.append(a),
        )
    [(passages, seconds)] = forecasts
    assert (passages, seconds > 0) == (16 + 256, True)
    engine = SearchEngine.open(folder, load=lambda name: encoder)
    found = [engine.search(Query(word, Mode.SEMANTIC)).hits[0].document.title for word in words]
    assert found == words


def test_the_command_says_how_far_it_is(tmp_path, capsys):
    def run(*words):
        status = indexer.cli.main([str(word) for word in words])
        return status, capsys.readouterr()

    dump = write_jsonl(tmp_path / "d.jsonl", [{"title": f"خبر عن {word}"} for word in WORDS[:3]])
    archive = tmp_path / "archive"
    _, added = run("add", dump, "--archive", archive)
    assert "python -m indexer encode" in added.out
    _, before = run("status", "--archive", archive)
    assert "encoder arshif-static, 256 dimensions" in before.out
    assert "encoder arshif-small, 384 dimensions" in before.out
    assert "0 of 3 passages have a vector of arshif-small: `python -m indexer encode`" in before.out
    status, done = run("encode", "--archive", archive, "--json")
    told = json.loads(done.out)
    assert (status, told["passages"], told["encoded"], told["total"]) == (0, 3, 3, 3)
    assert done.err.startswith("encoding 3 passages takes about 0 seconds on this machine; ")
    _, after = run("status", "--archive", archive, "--json")
    held = json.loads(after.out)
    assert (held["encoded"], held["encoder"]["name"]) == (3, "arshif-small")
    assert held["encoder"]["table"]["name"] == "arshif-static"


def test_a_dump_without_a_document_is_reported_as_ever(tmp_path, capsys):
    dump = write_jsonl(tmp_path / "d.jsonl", [{"source": "السهل"}])
    arguments = ["add", str(dump), "--archive", str(tmp_path / "archive"), "--json"]
    assert indexer.cli.main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["total"] == 0


def test_an_archive_of_one_level_has_nothing_to_encode(tmp_path, capsys):
    add(tmp_path / "archive", WORDS[:2], load_encoder())
    assert indexer.cli.main(["encode", "--archive", str(tmp_path / "archive")]) == 0
    assert "arshif-static alone" in (message := capsys.readouterr().out)
    assert "reencode --encoder NAME" in message


def test_the_second_level_chooses_the_passage_that_answers_once_it_is_there(tmp_path):
    class Ending(Counted):
        """Is near to every query where a text holds the end of the article."""

        def encode_passages(self, texts):
            return np.eye(64, dtype=np.float32)[[int("الخاتمة" not in text) for text in texts]]

        def encode_queries(self, texts):
            return np.eye(64, dtype=np.float32)[[0] * len(texts)]

    encoder = TwoLevelEncoder(load_encoder(), Ending())
    body = " ".join(["المقدمة عن الزيتون.", *["وهذا كلام آخر في السوق."] * 60, "الخاتمة عن التمر."])
    dump = write_jsonl(tmp_path / "dump.jsonl", [{"id": "1", "title": "مقال", "body": body}])
    folder = tmp_path / "archive"
    add_dumps([str(dump)], folder, encoder, captured_on=None, show_progress=False)

    def passage():
        engine = SearchEngine.open(folder, load=lambda name: encoder)
        [hit] = engine.search(Query("الزيتون")).hits
        nearest = engine.nearest_passage(hit.document.doc_id, "الزيتون")
        return body[nearest.start : nearest.end]

    assert passage().startswith("المقدمة")
    encode(folder, encoder)
    assert passage().endswith("الخاتمة عن التمر.")


def test_without_its_contextual_encoder_an_archive_is_searched_by_the_table(
    folder, encoder, caplog
):
    encode(folder, encoder)
    newer = NgramEncoder()
    newer.identity = replace(newer.identity, digest="newer")
    encoders = {"arshif-static": load_encoder(), encoder.identity.name: newer}

    def load(name):
        loaded = encoders[name]
        return loaded if name == "arshif-static" else TwoLevelEncoder(load_encoder(), loaded)

    engine = SearchEngine.open(folder, load=load)
    assert [engine.search(Query(word)).hits[0].document.title for word in WORDS] == WORDS
    assert "searching by arshif-static alone" in caplog.text
    assert "reencode" in caplog.text
    encoders["arshif-static"] = NgramEncoder("arshif-static")
    with pytest.raises(EncoderError, match="the archive was built with encoder arshif-static"):
        SearchEngine.open(folder, load=load)


def test_the_foot_of_the_page_says_how_far_it_is(folder, encoder):
    app = create_app(engine=SearchEngine.open(folder, load=lambda name: encoder))
    client = app.test_client()
    assert "شملت 0٪ من النصوص" in client.get("/").text
    written = open_index(folder).encode(
        lambda spans: encoder.context.encode_passages([one.body for one, _ in spans]),
        encoder.identity,
    )
    next(written)
    written.close()
    assert "شملت 31٪ من النصوص" in client.get("/search?q=زيتون").text
    assert "it covers 31% of the texts" in client.get("/?ui=en").text
    assert "arshif_archive_encoded_passages 5.0" in client.get("/metrics").text
    encode(folder, encoder)
    assert "من النصوص، أما" not in client.get("/search?q=زيتون").text
