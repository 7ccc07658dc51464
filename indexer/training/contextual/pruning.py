"""Remove the tokens from a model that texts of its languages never use.

Two thirds of a multilingual model are rows of words of other scripts. The rows of kept tokens are
unchanged. The tokenizer is a Unigram model, which takes the best of all segmentations. A text whose
best segmentation has only kept tokens is cut as before, and another text into its next best.
"""

import json
import logging
import random
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from tokenizers import Tokenizer

from indexer.training.contextual.directory import Model
from indexer.training.contextual.transformer import WORD_ROWS
from indexer.training.pairs import PairSet, read_pair_sets
from search.errors import EncoderError, SearchError

logger = logging.getLogger(__name__)

Counts = npt.NDArray[np.int64]

_WORD_START = "▁"
_SCRIPTS = ("ARABIC", "LATIN")
_AT_ONCE = 1000  # texts
MAX_CHARACTERS = 15_000_000  # of each set: all short texts, or fifteen thousand beginnings
BEGINNING = 1000  # characters of each text


def count_tokens(tokenizer: Tokenizer, texts: Iterable[str]) -> Counts:
    """Return how often each token of the vocabulary occurs in `texts`."""
    counts = np.zeros(tokenizer.get_vocab_size(), dtype=np.int64)
    for batch in _batches(texts):
        encodings = tokenizer.encode_batch_fast(batch, add_special_tokens=False)
        ids = np.fromiter(chain.from_iterable(e.ids for e in encodings), np.int64)
        counts += np.bincount(ids, minlength=len(counts))
    return counts


def prune_to_data(model: Model, data: Path, *, most: int) -> Model:
    """Keep the tokens that the training data uses, in its texts and in made-up queries.

    Raises:
        SearchError: there is no training data below `data`.
    """
    try:
        sets = read_pair_sets(data, seed=0)
    except FileNotFoundError as error:
        raise SearchError(str(error)) from error
    pruned = prune(model, count_tokens(model.tokenizer, _distinct_texts(sets)), most=most)
    sizes = (pruned.shape.vocab_size, model.shape.vocab_size)
    logger.info("kept %d tokens of %d", *sizes)
    return pruned


def _distinct_texts(sets: Iterable[PairSet]) -> Iterator[str]:
    rng = random.Random(0)
    seen: set[int] = set()
    for pair_set in sets:
        remaining = MAX_CHARACTERS
        for place in rng.sample(range(len(pair_set.left)), len(pair_set.left)):
            for text in (pair_set.left[place][:BEGINNING], pair_set.right[place][:BEGINNING]):
                if hash(text) not in seen:
                    seen.add(hash(text))
                    remaining -= len(text)
                    yield text
            if remaining < 0:
                break


def prune(model: Model, counts: Counts, *, most: int) -> Model:
    """Keep the special tokens, the letters of the scripts, and the `most` frequent tokens.

    Raises:
        EncoderError: the tokenizer is not a Unigram model.
    """
    tokenizer, kept = _prune_tokenizer(model.tokenizer, counts, most)
    rows = model.weights[WORD_ROWS][torch.tensor(kept)].clone()
    place = {old: new for new, old in enumerate(kept)}
    shape = replace(model.shape, vocab_size=len(kept), pad_token_id=place[model.shape.pad_token_id])
    return Model(shape, model.weights | {WORD_ROWS: rows}, tokenizer)


def _prune_tokenizer(
    tokenizer: Tokenizer, counts: Counts, most: int
) -> tuple[Tokenizer, list[int]]:
    settings: dict[str, Any] = json.loads(tokenizer.to_str())
    if settings["model"]["type"] != "Unigram":
        raise EncoderError(
            f"cannot prune a tokenizer of type {settings['model']['type']}: expected Unigram"
        )
    vocabulary: list[tuple[str, float]] = settings["model"]["vocab"]
    specials = {token["id"] for token in settings["added_tokens"] if token["special"]}
    specials.add(settings["model"]["unk_id"])
    letters = {token for token, (piece, _) in enumerate(vocabulary) if _is_letter(piece)}
    # A letter without a piece scores a fixed amount below the lowest piece. If that piece were
    # dropped, text around these letters would be cut otherwise.
    lowest = min(range(len(vocabulary)), key=lambda token: vocabulary[token][1])
    by_use = np.argsort(-counts, kind="stable")[:most]
    used = {int(token) for token in by_use if counts[token] > 0}
    kept = sorted(specials | letters | used | {lowest})
    place = {old: new for new, old in enumerate(kept)}
    settings["model"]["vocab"] = [vocabulary[token] for token in kept]
    settings["model"]["unk_id"] = place[settings["model"]["unk_id"]]
    for token in settings["added_tokens"]:
        token["id"] = place[token["id"]]
    _renumber(settings["post_processor"], place)
    return Tokenizer.from_str(json.dumps(settings, ensure_ascii=False)), kept


def _renumber(processor: dict[str, Any], place: dict[int, int]) -> None:
    """Replace the token ids in the template that adds the special tokens."""
    for special in processor.get("special_tokens", {}).values():
        special["ids"] = [place[token] for token in special["ids"]]


def _is_letter(piece: str) -> bool:
    """Return whether a piece is a single character that text of the scripts may contain."""
    character = piece.removeprefix(_WORD_START) or piece
    if len(character) != 1:
        return False
    if unicodedata.category(character)[0] in "LM":
        return unicodedata.name(character, "").startswith(_SCRIPTS)
    return ord(character) < 0x3000


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
