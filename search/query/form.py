"""Writes a query from the fields of a form, for a reader who types no operators. Pure."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class QueryForm:
    """What the fields of the form hold."""

    all_of: str = ""
    any_of: str = ""
    none_of: str = ""
    exact: str = ""
    in_title: str = ""
    source: str = ""
    since: date | None = None
    until: date | None = None


def write_query(form: QueryForm) -> str:
    """Write the query that demands what the form does: «سد (ماء OR نهر) -"مباراة"»."""
    parts = [*form.all_of.split()]
    if alternatives := form.any_of.split():
        either = " OR ".join(alternatives)
        parts.append(f"({either})" if len(alternatives) > 1 else either)
    if exact := _unquoted(form.exact):
        parts.append(f'"{exact}"')
    parts += [f"title:{word}" for word in form.in_title.split()]
    parts += [f"-{word}" for word in form.none_of.split()]
    if source := _unquoted(form.source):
        parts.append(f'source:"{source}"')
    if form.since or form.until:
        parts.append(f"{form.since or ''}..{form.until or ''}")
    return " ".join(parts)


def _unquoted(text: str) -> str:
    return " ".join(text.replace('"', " ").split())
