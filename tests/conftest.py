"""Shared fixtures: small archives of hand-made articles, built by the real indexer."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from indexer.ingest import add_dumps
from search.encoders.loading import load_encoder
from search.engine import SearchEngine
from tests.cluster.build import ClusterUnavailableError, class_path
from tests.cluster.servers import Cluster, running_cluster
from tests.encoder import NgramEncoder
from tests.told_events import FIRE, OTHERS

MEMORY = Path("/dev/shm")
ROOM_BYTES = 4 << 30  # more than a run leaves there
TINY_DUMP = Path(__file__).parent / "integration" / "tiny.jsonl"


def pytest_configure():
    """Put temporary folders into memory, if it has room: a commit waits longest for the disk.

    No test needs the disk, because a killed process loses nothing that it has written to a file.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM_BYTES:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def write_jsonl(path: Path, records: list[dict[str, object]]) -> Path:
    path.write_text(
        "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records),
        encoding="utf-8",
    )
    return path


@pytest.fixture
def encoder() -> NgramEncoder:
    return NgramEncoder()


@pytest.fixture(scope="session")
def tiny_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an archive of the tiny dump, for reading: a test that writes builds its own."""
    folder = tmp_path_factory.mktemp("tiny") / "archive"
    add_dumps([str(TINY_DUMP)], folder, NgramEncoder(), captured_on=None, show_progress=False)
    return folder


@pytest.fixture(scope="session")
def engine(tiny_archive: Path) -> SearchEngine:
    return SearchEngine.open(tiny_archive, load=NgramEncoder)


@pytest.fixture(scope="session")
def reading_engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    """Return an engine with the shipped encoder, which compares passages word by word."""
    folder = tmp_path_factory.mktemp("reading")
    records: list[dict[str, object]] = [
        {
            "title": "الجبل تحت معطف أبيض",
            "body": "استعد سكان الدوار للشتاء منذ أسابيع، وخزنوا الحطب والطحين والسكر كما جرت"
            " العادة كل عام. وقال شيخ القرية إن الجميع ينتظر هذا الموسم بصبر، وإن الأطفال فرحوا"
            " بالعطلة. وفي الليل تساقط الثلج بكثافة وأغلق الطريق نحو المدينة. وتدخلت الجرافات"
            " صباحا لفتح المسالك، ثم عادت الحافلات إلى السير قبل الزوال بقليل تحت شمس باردة.",
        },
        {"title": "مباراة كرة القدم تنتهي بالتعادل", "kind": "headline"},
    ]
    add_dumps(
        [str(write_jsonl(folder / "dump.jsonl", records))],
        folder / "archive",
        load_encoder(),
        captured_on=None,
        show_progress=False,
    )
    return SearchEngine.open(folder / "archive")


@pytest.fixture(scope="session")
def story_engine(tmp_path_factory: pytest.TempPathFactory) -> SearchEngine:
    """Return an engine with the shipped table over the articles of `told_events`."""
    folder = tmp_path_factory.mktemp("stories")
    dump = write_jsonl(folder / "dump.jsonl", [*FIRE, *OTHERS])
    add_dumps(
        [str(dump)], folder / "archive", load_encoder(), captured_on=None, show_progress=False
    )
    return SearchEngine.open(folder / "archive")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Return three Solr nodes, which tests of all files share: each names its archive as itself."""
    try:
        class_path()
    except ClusterUnavailableError as error:
        stop = pytest.fail if os.environ.get("CI") else pytest.skip
        stop(str(error))
    with running_cluster(tmp_path_factory.mktemp("cluster") / "servers") as started:
        yield started
