"""A BERT of two layers with random weights, whose tokenizer knows sixteen words."""

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from indexer.training.contextual.directory import Model
from indexer.training.contextual.transformer import Shape, parameter_shapes

WORDS = "ماء شمس قمر بحر جبل طريق مدرسة سوق قطار طفل مطر ثلج زيتون قمح خبز ملح".split()
FOREIGN = [f"zz{chr(97 + number)}" for number in range(len(WORDS))]
SPECIALS = ["<s>", "<pad>", "</s>", "<unk>"]


def build_tokenizer():
    letters = sorted({letter for text in [*WORDS, *FOREIGN, "query: passage"] for letter in text})
    pieces = [
        *((special, 0.0) for special in SPECIALS),
        *((f"▁{word}", -8.0) for word in [*WORDS, *FOREIGN, "query:", "passage:"]),
        *((letter, -10.0) for letter in ["▁", *letters]),
        ("▁дом", -9.0),
    ]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=3, byte_fallback=False))
    tokenizer.normalizer = normalizers.Strip()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(SPECIALS)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def build_model(tokenizer):
    shape = Shape(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        pad_token_id=1,
    )
    generator = torch.Generator().manual_seed(0)
    weights = {
        name: torch.ones(size)
        if name.endswith("LayerNorm.weight")
        else 0.3 * torch.randn(size, generator=generator)
        for name, size in parameter_shapes(shape).items()
    }
    return Model(shape, weights, tokenizer)
