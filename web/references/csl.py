"""Write references as items of CSL-JSON, the input of citation processors."""

import json
from datetime import date

from web.references.reference import Reference


def write_csl(reference: Reference, accessed: date) -> str:
    """Write an item of the type `article-newspaper`; an undated article has no `issued`."""
    day = reference.date
    item = {
        "id": reference.doc_id,
        "type": "article-newspaper",
        "title": reference.title,
        # Arabic names are not split: which part is the family's name is not known.
        "author": [{"literal": reference.author}] if reference.author else None,
        "container-title": reference.newspaper,
        "section": reference.section,
        "issued": _write_date(day) if day else None,
        "language": reference.language,
        "URL": reference.url,
        "accessed": _write_date(accessed),
    }
    return json.dumps({name: value for name, value in item.items() if value}, ensure_ascii=False)


def _write_date(day: date) -> dict[str, list[list[int]]]:
    return {"date-parts": [[day.year, day.month, day.day]]}
