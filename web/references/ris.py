"""Write references in RIS (Research Information Systems, 2011): a line for each field."""

from datetime import date

from web.references.reference import Reference


def write_ris(reference: Reference, accessed: date) -> str:
    """Write a record of the type NEWS, a newspaper article."""
    day = reference.date
    fields = [
        ("TY", "NEWS"),
        ("ID", reference.doc_id),
        ("TI", reference.title),
        ("AU", reference.author),
        ("T2", reference.newspaper),
        ("SE", reference.section),
        ("PY", f"{day.year:04}" if day else None),
        ("DA", f"{day.isoformat().replace('-', '/')}/" if day else None),
        ("LA", reference.language),
        ("UR", reference.url),
        ("Y2", f"{accessed.isoformat().replace('-', '/')}/"),
    ]
    lines = [f"{tag}  - {value}" for tag, value in fields if value]
    return "\r\n".join([*lines, "ER  - "])
