"""Build the contents of the page that compares two documents: what was left out, what was added."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import url_for
from markupsafe import Markup

from search.records import Document
from search.results.chronology import Precedence
from search.results.comparison import MAX_WORDS, Comparison, compare_texts
from web.localization import translate
from web.pages.document_metadata import DocumentMetadata, describe_document
from web.pages.navigation import Link
from web.pages.preferences import preferences
from web.pages.side_by_side import ComparedText, Mark, Stretch, lay_out
from web.pages.wording import WORDS, format_count, format_number


@dataclass(frozen=True, slots=True)
class ComparedDocument:
    """One of the two documents; `label` says which of them it is."""

    metadata: DocumentMetadata
    label: str
    title: Markup


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of words, or what happened to the title."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """Two documents side by side, the one published first in front where that is known."""

    first: ComparedDocument
    second: ComparedDocument
    stretches: tuple[Stretch, ...]
    figures: tuple[Figure, ...]
    notes: tuple[str, ...]
    others: tuple[Link, ...]  # comparisons of the first document with its further copies
    permanent_url: str


@dataclass(frozen=True, slots=True)
class _Wording:
    """The names of the two texts, and of the words that only one of them holds."""

    first: str
    second: str
    left_out: str
    added: str


def build_comparison_page(
    first: Document, second: Document, precedence: Precedence, copies: Sequence[Document]
) -> ComparisonPage:
    """Build the page of two documents in the order of publication.

    `copies` are all copies of the first document.
    """
    wording = _choose_wording(precedence)
    metadata = describe_document(first), describe_document(second)
    titles = compare_texts(metadata[0].title, metadata[1].title)
    bodies = compare_texts(first.body, second.body)
    marked_titles = _mark(titles, metadata[0].title, metadata[1].title, wording)
    marked_bodies = _mark(bodies, first.body, second.body, wording)
    has_body = first.body or second.body  # of two headlines, the titles are the texts
    return ComparisonPage(
        first=ComparedDocument(metadata[0], wording.first, marked_titles[0].heading()),
        second=ComparedDocument(metadata[1], wording.second, marked_titles[1].heading()),
        stretches=tuple(lay_out(bodies, *marked_bodies)),
        figures=tuple(_count(bodies if has_body else titles, titles, wording)),
        notes=tuple(_write_notes(precedence, titles, bodies)),
        others=tuple(
            Link(_name(copy), build_comparison_url(first.doc_id, copy.doc_id))
            for copy in copies
            if copy.doc_id != second.doc_id
        ),
        permanent_url=build_comparison_url(first.doc_id, second.doc_id, is_external=True),
    )


def build_comparison_url(doc_id: str, other_id: str, *, is_external: bool = False) -> str:
    """Build the address of the comparison of two documents."""
    return url_for("comparison.show", doc_id=doc_id, other_id=other_id, _external=is_external)


def _choose_wording(precedence: Precedence) -> _Wording:
    if precedence is Precedence.KNOWN:
        return _Wording(
            translate("نُشر أولا"), translate("نُشر بعده"), translate("محذوف"), translate("مضاف")
        )
    return _Wording(
        translate("النص أ"),
        translate("النص ب"),
        translate("في النص أ وحده"),
        translate("في النص ب وحده"),
    )


def _mark(
    compared: Comparison, first: str, second: str, wording: _Wording
) -> tuple[ComparedText, ComparedText]:
    language = preferences().ui
    return (
        ComparedText(
            first,
            compared.first_words,
            [(block.first, block.first + block.size) for block in compared.blocks],
            Mark("del", f"{wording.left_out}:", language),
        ),
        ComparedText(
            second,
            compared.second_words,
            [(block.second, block.second + block.size) for block in compared.blocks],
            Mark("ins", f"{wording.added}:", language),
        ),
    )


def _name(document: Document) -> str:
    metadata = describe_document(document)
    return translate("، ").join(filter(None, (metadata.source, metadata.date))) or metadata.title


def _count(compared: Comparison, titles: Comparison, wording: _Wording) -> Iterator[Figure]:
    shared = translate(
        "%(count)s من %(total)s",
        count=format_count(compared.shared, WORDS),
        total=format_number(len(compared.first_words)),
    )
    yield Figure(translate("مشترك"), shared)
    yield Figure(wording.left_out, format_count(compared.left_out, WORDS))
    yield Figure(wording.added, format_count(compared.added, WORDS))
    yield Figure(translate("أطول مقطع مشترك"), format_count(compared.longest, WORDS))
    is_new = titles.left_out or titles.added
    yield Figure(translate("العنوان"), translate("تغيّر") if is_new else translate("لم يتغيّر"))


def _write_notes(precedence: Precedence, titles: Comparison, bodies: Comparison) -> Iterator[str]:
    if precedence is Precedence.SAME_DAY:
        yield translate("نُشر النصان في اليوم نفسه، ولا يُعرف أيهما أسبق.")
    if precedence is Precedence.UNDATED:
        yield translate("لا يُعرف أي النصين أسبق: واحد منهما على الأقل بلا تاريخ.")
    if not any((titles.left_out, titles.added, bodies.left_out, bodies.added)):
        yield translate("لا فرق بين كلمات النصين.")
    if not bodies.is_complete:
        yield translate("قورن أول %(count)s كلمة من كل نص.", count=format_number(MAX_WORDS))
    if not bodies.is_fine:
        yield translate("المقاطع الطويلة التي تغيّرت كثيرا لم تُقارن كلمة كلمة، وعُلّمت كلها.")
