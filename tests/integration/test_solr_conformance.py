"""The conformance suite for an archive on a cluster of three nodes, two shards, two replicas."""

from itertools import count

import pytest

from indexer.ingest import add_dumps
from search.index.archive import Archive
from search.index.opening import open_index

pytest.register_assert_rewrite("tests.integration.index_conformance")

from tests.integration.index_conformance import Build, Corpus, IndexConformance, Remove  # noqa: E402

pytestmark = pytest.mark.slow
_numbers = count()


class TestSolrIndex(IndexConformance):
    @pytest.fixture(scope="class")
    @classmethod
    def build(cls, cluster) -> Build:
        def build(corpus: Corpus) -> Archive:
            address = cluster.address(f"conformance-{next(_numbers)}")
            for dump in corpus.dumps:
                add_dumps(
                    [str(dump)], address, corpus.encoder, captured_on=None, show_progress=False
                )
            archive = open_index(address)
            if corpus.dumps:
                # Until segments merge, BM25 counts removed passages among the others.
                archive.compact()
            return archive

        return build

    @pytest.fixture(scope="class")
    @classmethod
    def remove(cls) -> Remove:
        return lambda archive, doc_ids: archive.remove_ids(doc_ids)
