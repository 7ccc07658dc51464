"""The prompts that a sentence-transformers model expects before queries and before passages."""

from collections.abc import Mapping
from typing import NamedTuple

# Families that expect prompts, but do not declare them in their published configuration.
_PROMPTS_BY_FAMILY = {
    "multilingual-e5": ("query: ", "passage: "),
    "e5-": ("query: ", "passage: "),
}
_PASSAGE_NAMES = ("passage", "document", "corpus")


class Prompts(NamedTuple):
    query: str
    passage: str


def choose_prompts(name: str, declared: Mapping[str, str]) -> Prompts:
    """Return the prompts that a model declares, or those of the family that its name names."""
    last = name.rstrip("/").rsplit("/", 1)[-1].lower()
    query, passage = next(
        (prompts for family, prompts in _PROMPTS_BY_FAMILY.items() if last.startswith(family)),
        ("", ""),
    )
    return Prompts(
        declared.get("query") or query,
        next((declared[key] for key in _PASSAGE_NAMES if declared.get(key)), passage),
    )
