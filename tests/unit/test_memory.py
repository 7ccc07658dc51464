import sys
from pathlib import Path

import pytest

from search.memory import trim_memory


def resident_mb():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("RssAnon"))


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc returns memory")
def test_free_memory_between_used_blocks_is_returned_to_the_system():
    blocks = [bytes(60_000) for _ in range(4000)]  # small enough for the heap
    used = blocks[::100]
    del blocks
    before = resident_mb()
    trim_memory()
    assert resident_mb() < before - 100
    assert len(used) == 40
