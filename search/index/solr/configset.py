"""The configurations of the three collections of an archive, which `configset/` holds as files.

`documents` are matched, counted and read, `passages` are ranked, `archive` holds the facts of the
archive itself. A configuration is uploaded under a name that holds its version and the dimensions
of its vectors, so that an archive keeps the one that it was made with.
"""

import io
import zipfile
from enum import StrEnum
from importlib.resources import files
from string import Template

from search.encoders.identity import EncoderIdentity
from search.errors import ArchiveError
from search.index.solr.client import SolrClient

VERSION = 1  # of the schemas: raise it with every change of a file in `configset/`
_NO_DIMENSION = 1  # of a level that an archive does not have


class Kind(StrEnum):
    """The collections of an archive, whose names are `NAME_KIND`."""

    DOCUMENTS = "documents"
    PASSAGES = "passages"
    ARCHIVE = "archive"


def configset_name(kind: Kind, encoder: EncoderIdentity) -> str:
    """Return the name of the configuration of a collection of an archive with this encoder."""
    name = f"arshif-{VERSION}-{kind}"
    if kind is not Kind.PASSAGES:
        return name
    return "-".join([name, *map(str, _dimensions(encoder))])


def upload_configset(client: SolrClient, kind: Kind, encoder: EncoderIdentity) -> str:
    """Upload the configuration of a collection, unless the cluster has it; return its name."""
    name = configset_name(kind, encoder)
    if name not in client.admin("admin/configs", {"action": "LIST"})["configSets"]:
        client.admin("admin/configs", {"action": "UPLOAD", "name": name}, _packed(kind, encoder))
    return name


def require_version(name: str, collection: str) -> None:
    """Refuse a collection whose configuration is not of this version."""
    if not name.startswith(f"arshif-{VERSION}-"):
        raise ArchiveError(
            f"collection {collection} has the configuration {name}, this program reads version"
            f" {VERSION}: use the program that wrote it, or index the dumps into a new archive"
        )


def _packed(kind: Kind, encoder: EncoderIdentity) -> bytes:
    folder = files("search.index.solr").joinpath("configset")
    base, context = (*_dimensions(encoder), _NO_DIMENSION)[:2]
    schema = Template(folder.joinpath(f"{kind}.xml").read_text(encoding="utf-8"))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("schema.xml", schema.substitute(base=base, context=context))
        archive.writestr("solrconfig.xml", folder.joinpath("solrconfig.xml").read_bytes())
    return packed.getvalue()


def _dimensions(encoder: EncoderIdentity) -> tuple[int, ...]:
    levels = (encoder.base, encoder.context)
    return tuple(level.dimension for level in levels if level is not None)
