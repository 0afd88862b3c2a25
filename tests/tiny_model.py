"""A sentence-transformers model small enough for unit tests: a random BERT of two layers, made without a network."""

import json
import string
from pathlib import Path

HIDDEN = 32
MAX_TOKENS = 48
PROMPTS = {"query": "query: ", "document": "passage: "}

_SPECIAL = {
    "pad_token": "[PAD]",
    "unk_token": "[UNK]",
    "cls_token": "[CLS]",
    "sep_token": "[SEP]",
    "mask_token": "[MASK]",
}
_WORDS = [
    "pas",
    "de",
    "d",
    "sans",
    "le",
    "la",
    "les",
    "un",
    "une",
    "des",
    "du",
    "et",
    "au",
    "query",
    "passage",
    "absence",
    "fracture",
    "embolie",
    "pulmonaire",
    "kyste",
    "foie",
    "rein",
    "poumon",
    "droit",
    "gauche",
    "epanchement",
    "pleural",
    "nodule",
    "masse",
    "lesion",
    "normal",
    "conclusion",
    "resultats",
    "indication",
    "technique",
    "scanner",
    "irm",
    "thorax",
    "abdomen",
    "genou",
]
_LETTERS = string.ascii_lowercase + string.digits + string.punctuation


def write_tiny_model(folder: Path) -> Path:
    """Write the model into `folder` and return it. Any text can be tokenised: words that are not known by letters."""
    _write_bert(folder)
    _write_tokenizer(folder)
    modules = ("Transformer", ""), ("Pooling", "1_Pooling"), ("Normalize", "2_Normalize")
    configuration = {
        "modules.json": [
            {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
            for i, (kind, path) in enumerate(modules)
        ],
        "1_Pooling/config.json": {"word_embedding_dimension": HIDDEN, "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "sentence_bert_config.json": {"max_seq_length": MAX_TOKENS, "model_args": {"add_pooling_layer": False}},
        "config_sentence_transformers.json": {"prompts": PROMPTS, "similarity_fn_name": "cosine"},
    }
    for name, content in configuration.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def _write_bert(folder: Path) -> None:
    import torch
    from transformers import BertConfig, BertModel

    with torch.random.fork_rng():
        torch.manual_seed(7)
        config = BertConfig(
            vocab_size=len(_vocabulary()),
            hidden_size=HIDDEN,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=2 * HIDDEN,
            max_position_embeddings=MAX_TOKENS,
        )
        BertModel(config, add_pooling_layer=False).save_pretrained(folder)


def _write_tokenizer(folder: Path) -> None:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {piece: number for number, piece in enumerate(_vocabulary())}
    tokenizer = Tokenizer(
        models.WordPiece(vocabulary, unk_token=_SPECIAL["unk_token"], max_input_chars_per_word=10_000)
    )
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True, strip_accents=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[(piece, vocabulary[piece]) for piece in ("[CLS]", "[SEP]")],
    )
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=MAX_TOKENS,
        **_SPECIAL,
    ).save_pretrained(folder)


def _vocabulary() -> list[str]:
    return list(dict.fromkeys([*_SPECIAL.values(), *_WORDS, *_LETTERS, *("##" + letter for letter in _LETTERS)]))
