"""Opens archives; the address decides which implementation of an index is used."""

from pathlib import Path

from search.errors import ArchiveError
from search.index.archive import Archive
from search.index.local.archive import LocalArchive


def open_index(address: str | Path) -> Archive:
    """Return the archive at an address; there need not be one yet.

    The address is a folder, or that of a cluster: `solr+http://HOST:8983/solr/NAME`.

    Raises:
        ArchiveError: the address of a cluster is malformed, or arshif was installed without
            `cluster`.
    """
    if not str(address).startswith(("solr+http://", "solr+https://")):
        return LocalArchive(Path(address))
    try:
        from search.index.solr.archive import SolrArchive
    except ModuleNotFoundError as error:
        raise ArchiveError(
            f"{error.name} is not installed, which an archive on a cluster needs: run"
            " `pip install 'arshif[cluster]'`"
        ) from error
    return SolrArchive(str(address))
