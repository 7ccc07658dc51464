"""The conformance suite for an archive in a folder and for the index in memory."""

import pytest

from indexer.ingest import add_dumps
from search.index.archive import Archive
from search.index.opening import open_index
from tests.memory_index import MemoryArchive

pytest.register_assert_rewrite("tests.integration.index_conformance")

from tests.integration.index_conformance import Build, Corpus, IndexConformance, Remove, hand_made  # noqa: E402


class TestLocalIndex(IndexConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, tmp_path_factory: pytest.TempPathFactory) -> Build:
        def build(corpus: Corpus) -> Archive:
            folder = tmp_path_factory.mktemp("local") / "archive"
            for dump in corpus.dumps:
                add_dumps(
                    [str(dump)], folder, corpus.encoder, captured_on=None, show_progress=False
                )
            if corpus.dumps:
                # Until segments merge, BM25 counts removed passages among the others.
                open_index(folder).compact()
            return open_index(folder)

        return build

    @pytest.fixture(scope="class")
    @classmethod
    def remove(cls) -> Remove:
        return lambda archive, doc_ids: archive.remove_ids(doc_ids)


class TestMemoryIndex(IndexConformance):
    """The expected values written in the suite hold for the index in memory, too."""

    @pytest.fixture(scope="class")
    @classmethod
    def corpus(cls, tmp_path_factory: pytest.TempPathFactory) -> Corpus:
        return hand_made(tmp_path_factory.mktemp("dumps"))

    @pytest.fixture(scope="class")
    @classmethod
    def build(cls) -> Build:
        def build(corpus: Corpus) -> Archive:
            archive = MemoryArchive(corpus.encoder, corpus.stored)
            if corpus.documents:
                archive.add(corpus.documents)
            return archive

        return build

    @pytest.fixture(scope="class")
    @classmethod
    def remove(cls) -> Remove:
        return lambda archive, doc_ids: archive.remove(doc_ids)
