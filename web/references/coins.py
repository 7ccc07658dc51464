"""Write references as COinS (OpenURL ContextObjects in spans), which Zotero finds in a page."""

from urllib.parse import quote, urlencode

from web.references.reference import Reference


def write_coins(reference: Reference) -> str:
    """Write the `title` of a span of the class `Z3988`.

    The format is Dublin Core, where Zotero takes `rft.type` for its own type of item; in the format
    for journals, each newspaper would become a journal.
    """
    fields = [
        ("ctx_ver", "Z39.88-2004"),
        ("rft_val_fmt", "info:ofi/fmt:kev:mtx:dc"),
        ("rft.type", "newspaperArticle"),
        ("rft.title", reference.title),
        ("rft.au", reference.author),
        ("rft.source", reference.newspaper),
        ("rft.date", reference.date.isoformat() if reference.date else None),
        ("rft.language", reference.language),
        ("rft.identifier", reference.url),
    ]
    return urlencode([(name, value) for name, value in fields if value], safe="", quote_via=quote)
