"""The constants tuned to an encoder are stored with its weights, and the engine obeys them."""

import json

import pytest

from search.encoders.loading import MODEL_DIRECTORY, load_encoder
from search.encoders.profile import PROFILE, EncoderProfile, read_profile
from search.engine import SearchEngine
from search.errors import EncoderError
from search.index.live import LiveArchive
from search.records import Document, Kind, Query
from tests.memory_index import MemoryArchive

DOCUMENTS = [
    Document("snow", Kind.ARTICLE, "معطف أبيض", "تساقط الثلج وأغلق طريق الجبل.", language="ar"),
    Document("match", Kind.HEADLINE, "مباراة كرة القدم تنتهي بالتعادل", language="ar"),
    Document("rain", Kind.HEADLINE, "أمطار وثلوج تغلق الطرق", language="ar"),
]  # fmt: skip


@pytest.fixture
def model(tmp_path):
    """Return a folder with the shipped model but without its profile."""
    folder = tmp_path / "model"
    folder.mkdir()
    for path in MODEL_DIRECTORY.iterdir():
        if path.name != PROFILE:
            (folder / path.name).symlink_to(path)
    return folder


def engine_of(model, profile):
    (model / PROFILE).write_text(profile.to_json(), encoding="utf-8")
    encoder = load_encoder(str(model))
    archive = MemoryArchive(encoder)
    archive.add(DOCUMENTS)
    return SearchEngine(LiveArchive(archive, load_encoder))


def test_an_encoder_without_a_profile_has_the_one_of_the_shipped_table(tmp_path):
    assert load_encoder().profile == EncoderProfile() == read_profile(tmp_path)
    shipped = json.loads((MODEL_DIRECTORY / PROFILE).read_text(encoding="utf-8"))
    assert shipped == json.loads(EncoderProfile().to_json())


def test_the_profile_decides_which_words_are_related(model):
    def related(least):
        page = engine_of(model, EncoderProfile(related_word=least)).search(
            Query("hiver en montagne")
        )
        return {hit.snippet[start:end] for hit in page.hits for start, end in hit.related}

    assert related(1.1) < related(-1.0)  # translations of the thesaurus are always related


def test_the_profile_decides_which_documents_are_similar(model):
    for least, expected in ((-1.0, {"match", "rain"}), (1.1, set())):
        engine = engine_of(model, EncoderProfile(nearest_document=least))
        assert {document.doc_id for document in engine.similar("snow", 5)} == expected


def test_the_profile_decides_how_much_meaning_counts(model):
    def best_score(weight):
        profile = EncoderProfile(weight_if_words_silent=weight, weight_if_words_strong=weight)
        return engine_of(model, profile).search(Query("مباراة الطريق")).hits[0].score

    assert best_score(0.0) != best_score(1.0)


def test_a_damaged_profile_is_refused_and_named(model):
    for content in ("", "[]", "null", '{"related": 1}', '{"related_word": "x"}'):
        (model / PROFILE).write_text(content, encoding="utf-8")
        with pytest.raises(EncoderError, match=r"profile\.json is not an encoder profile"):
            load_encoder(str(model))


def test_a_constant_that_the_profile_lacks_has_its_default(model):
    (model / PROFILE).write_text('{"related_word": 0.6}', encoding="utf-8")
    assert load_encoder(str(model)).profile == EncoderProfile(related_word=0.6)
