"""Write references as COinS (OpenURL ContextObjects in spans), which Zotero finds in a page."""

from web.references.reference import Reference

_FORMAT = (
    "ctx_ver=Z39.88-2004&rft_val_fmt=info%3Aofi%2Ffmt%3Akev%3Amtx%3Adc&rft.type=newspaperArticle"
)


def write_coins(reference: Reference) -> str:
    """Write the `title` of a span of the class `Z3988`.

    The format is Dublin Core, where Zotero takes `rft.type` for its own type of item; in the format
    for journals, each newspaper would become a journal.
    """
    fields = [
        ("rft.title", reference.title),
        ("rft.au", reference.author),
        ("rft.source", reference.newspaper),
        ("rft.date", reference.date.isoformat() if reference.date else None),
        ("rft.language", reference.language),
        ("rft.identifier", reference.url),
    ]
    known = [f"{name}={_percent_encoded(value)}" for name, value in fields if value]
    return "&".join([_FORMAT, *known])


def _percent_encoded(text: str) -> str:
    """Encode every octet, in a tenth of the time in which `quote` spares ASCII letters."""
    return f"%{text.encode().hex('%')}".upper()
