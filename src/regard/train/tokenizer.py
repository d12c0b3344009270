"""A byte-level BPE tokenizer learned from the words of a data set, with the special tokens of a chat template."""

from __future__ import annotations

from collections.abc import Iterable

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from regard.prompts.templates._base import ChatTemplate


def learn(texts: Iterable[str], template: ChatTemplate, vocabulary: int = 2048) -> PreTrainedTokenizerFast:
    """Return a tokenizer that can spell any text; the template's special tokens get the first ids, in their order."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        min_frequency=2,
        special_tokens=list(template.specials),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=template.pad,
        eos_token=template.end,
        clean_up_tokenization_spaces=False,
    )
