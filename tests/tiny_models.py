"""Models with few, random weights, saved by the libraries that such models are made with."""

from pathlib import Path

import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, Pooling, Transformer
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    BertModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from dalil.embedding.compilation import SAMPLE

WORDS = sorted({word for text in SAMPLE for word in text.split()})
SIZES = {
    "vocab_size": 5 + len(WORDS),
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
}
PAD_ID = 1


def tiny_bert() -> BertModel:
    torch.manual_seed(1)
    return BertModel(BertConfig(**SIZES, pad_token_id=PAD_ID, max_position_embeddings=32), add_pooling_layer=False)


def save_tiny_model(
    folder: Path, network: PreTrainedModel, *, pooling: str = "mean", prompts: dict[str, str] | None = None
) -> Path:
    """A sentence-transformers folder, with a token for each word of the sample."""
    network.save_pretrained(folder / "network")
    _save_tokenizer(folder / "network")
    modules = [Transformer(str(folder / "network")), Pooling(32, pooling_mode=pooling), Normalize()]
    SentenceTransformer(modules=modules, device="cpu", prompts=prompts).save(str(folder / "tiny"))
    return folder / "tiny"


def save_tiny_reranker(folder: Path, *, outputs: int = 1) -> Path:
    """A folder of a cross-encoder as the hub has them; its weights are large, so that its outputs differ."""
    torch.manual_seed(1)
    config = BertConfig(
        **SIZES, pad_token_id=PAD_ID, max_position_embeddings=32, initializer_range=0.5, num_labels=outputs
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    _save_tokenizer(folder)
    return folder


def _save_tokenizer(folder: Path) -> None:
    pieces = ["[UNK]", "[PAD]", "[CLS]", "[SEP]", "ask:", *WORDS]
    tokenizer = Tokenizer(models.WordLevel({piece: index for index, piece in enumerate(pieces)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=32,
    ).save_pretrained(folder)
