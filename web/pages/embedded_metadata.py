"""Describe a document in the head of its page, for reference managers, search engines and sites.

Highwire tags and Dublin Core are read by reference managers, Open Graph by sites that preview a
link, and schema.org by search engines.
"""

from dataclasses import dataclass
from typing import TypeAlias

from search.records import Document
from search.results.snippets import cut_beginning
from web.localization import translate
from web.references.reference import Reference

_MAX_DESCRIPTION_LENGTH = 200  # characters

JsonObject: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class MetaTag:
    """A `meta` element; Open Graph calls its attribute `property`."""

    attribute: str  # "name" or "property"
    name: str
    content: str


def build_meta_tags(
    document: Document, reference: Reference, permanent_url: str
) -> tuple[MetaTag, ...]:
    """Build the `meta` elements of a document; those without a value are left out."""
    day = reference.date.isoformat() if reference.date else None
    description = cut_beginning(document.body, _MAX_DESCRIPTION_LENGTH)
    named = [
        ("description", description),
        # No citation_journal_title: Zotero would then save the article of a newspaper as one of a
        # journal. It reads the newspaper from DC.source.
        ("citation_title", reference.title),
        ("citation_author", reference.author),
        ("citation_date", day and day.replace("-", "/")),
        ("citation_language", reference.language),
        ("citation_public_url", reference.url),
        ("DC.type", "newspaperArticle"),  # Zotero's name; the vocabulary of DCMI has only Text
        ("DC.title", reference.title),
        ("DC.creator", reference.author),
        ("DC.source", reference.newspaper),
        # Without a value, Zotero would take the day of the first other document on the page.
        ("DC.date", day or "n.d."),
        ("DC.language", reference.language),
        ("DC.identifier", reference.url),
    ]
    properties = [
        ("og:type", "article"),
        ("og:title", reference.title),
        ("og:description", description),
        ("og:url", permanent_url),
        ("og:site_name", translate("أرشيف")),
        ("article:published_time", _find_time(document)),
        ("article:author", reference.author),
        ("article:section", reference.section),
    ]
    return tuple(
        MetaTag(attribute, name, content)
        for attribute, pairs in (("name", named), ("property", properties))
        for name, content in pairs
        if content
    )


def build_news_article(document: Document, reference: Reference, permanent_url: str) -> JsonObject:
    """Build the object of schema.org that describes a document as a NewsArticle."""
    newspaper, author = reference.newspaper, reference.author
    values = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": reference.title,
        "description": cut_beginning(document.body, _MAX_DESCRIPTION_LENGTH),
        "datePublished": _find_time(document),
        "author": author and {"@type": "Person", "name": author},
        "publisher": newspaper and {"@type": "NewsMediaOrganization", "name": newspaper},
        "articleSection": reference.section,
        "inLanguage": reference.language,
        "mainEntityOfPage": permanent_url,
        "url": permanent_url,
        "isBasedOn": document.web_address and reference.url,
    }
    return {name: value for name, value in values.items() if value}


def _find_time(document: Document) -> str | None:
    """Return the day of publication, with the time of day where it is known (ISO 8601)."""
    moment = document.published_at or document.date
    return moment.isoformat() if moment else None
