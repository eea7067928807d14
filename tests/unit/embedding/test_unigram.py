from pathlib import Path

import pytest
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers, processors

from dalil.embedding.compilation import SAMPLE
from dalil.embedding.model_folder import ModelFolder
from dalil.embedding.unigram import UnigramTokenizer, Vocabulary, save_unigram

PIECES = [("<unk>", 0.0), ("a", -1.0), ("b", -1.0), ("ab", -3.0), ("abc", -2.0), ("ب", -1.0), ("▁", -1.0)]

SPLITS = {
    "nothing": ("", []),
    "two letters, likelier than both together": ("ab", [(1, 1), (2, 1)]),  # -1 -1 > -3
    "a longer piece, likelier than its parts": ("abc", [(4, 3)]),  # -2 > -1 -1 -13
    "one unknown piece for unknown letters in a row": ("axyb", [(1, 1), (0, 2), (2, 1)]),
    "a letter of two bytes": ("aبa", [(1, 1), (5, 2), (1, 1)]),
    "an unknown letter of three bytes": ("a…", [(1, 1), (0, 3)]),
}

HARD_TEXTS = {
    "nothing": "",
    "spaces": "  كوريا   الشمالية  ",
    "diacritics": "أَلِفٌ وَلَّى ـــ آ ا\u0653 أ\u064b",
    "presentation forms": "ﻻ ﷺ ﻷن",
    "zero-width characters": "a\u200bb\u200f ج\u200dد\ufeff",
    "control characters": "a\x00b\x01 \x1f\x7f\r\n\tz\x85",
    "emoji": "👨‍👩‍👧 👍🏽🇸🇦 ☃🧿🧿",
    "compositions": "e\u0301\u0327 ﬁ ½ ① ｶﾞ 한",
    "other scripts": "日本語テスト ไทย क्षि",
    "added tokens": "<s>قال</s>  <mask> <unk>x<pad><mask>",
    "added tokens that only normalisation makes": "＜ｓ＞ ＜ｕｎｋ＞☃",
    "a control character before an added token": "\x01<s>\x01 <mask>\x01",
    "a long word": "ab" * 500,
}


@pytest.fixture(scope="module")
def library(model_folder: Path) -> Tokenizer:
    """The tokenizer of the bundled model, as the library reads it."""
    return ModelFolder.read(model_folder).tokenizer()


@pytest.fixture(scope="module")
def unigram(compiled_folder: Path) -> UnigramTokenizer:
    return UnigramTokenizer(compiled_folder)


@pytest.mark.parametrize(("word", "pieces"), SPLITS.values(), ids=SPLITS)
def test_a_word_is_split_into_its_likeliest_pieces(word: str, pieces: list[tuple[int, int]], tmp_path: Path) -> None:
    Vocabulary.of_pieces(PIECES, unknown_id=0).save(tmp_path / "vocabulary.npz")
    assert Vocabulary.load(tmp_path / "vocabulary.npz").split(word.encode()) == pieces


@pytest.mark.model
@pytest.mark.parametrize("text", [*SAMPLE, *HARD_TEXTS.values()], ids=[*map(str, range(len(SAMPLE))), *HARD_TEXTS])
def test_ids_and_spans_are_those_of_the_library(text: str, unigram: UnigramTokenizer, library: Tokenizer) -> None:
    expected = library.encode(text)
    (found,) = unigram.tokenize([text], max_tokens=10_000)
    assert found.ids == expected.ids
    marks = zip(expected.special_tokens_mask, expected.offsets, strict=True)
    assert found.spans == [None if special else span for special, span in marks]
    assert unigram.count([text]) == [len(expected) - 2]


@pytest.mark.model
def test_a_long_text_is_cut_at_its_end(unigram: UnigramTokenizer, library: Tokenizer) -> None:
    text = " ".join(SAMPLE)
    (found,) = unigram.tokenize([text], max_tokens=16)
    assert found.ids == [*library.encode(text).ids[:15], 2]
    assert len(found.spans) == 16


def _tokenizer(pieces: list[tuple[str, float]] = PIECES, *, byte_fallback: bool = False) -> Tokenizer:
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=byte_fallback))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <unk>", special_tokens=[("<unk>", 0)])
    return tokenizer


def test_any_unigram_model_has_the_ids_of_the_library(tmp_path: Path) -> None:
    tokenizer = _tokenizer()
    tokenizer.add_tokens([AddedToken("[x]", normalized=False)])
    assert save_unigram(tokenizer, tmp_path)
    (found,) = UnigramTokenizer(tmp_path).tokenize(["abc [x]abﺏ"], max_tokens=16)
    assert found.ids == tokenizer.encode("abc [x]abﺏ").ids == [6, 4, 6, 7, 6, 1, 2, 5, 0]


def _marks_the_first_word() -> Tokenizer:
    tokenizer = _tokenizer()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
    return tokenizer


def _adds_a_normalized_token() -> Tokenizer:
    tokenizer = _tokenizer()
    tokenizer.add_tokens([AddedToken("[x]", normalized=True)])
    return tokenizer


OTHERS = {
    "another model": Tokenizer(models.WordLevel({"a": 0}, unk_token="a")),
    "bytes for unknown characters": _tokenizer(byte_fallback=True),
    "a piece with two ids": _tokenizer([*PIECES, ("a", -4.0)]),
    "another mark for the first word": _marks_the_first_word(),
    "an added token that is found after normalisation": _adds_a_normalized_token(),
}


@pytest.mark.parametrize("tokenizer", OTHERS.values(), ids=OTHERS)
def test_another_tokenizer_stays_with_the_library(tokenizer: Tokenizer, tmp_path: Path) -> None:
    assert not save_unigram(tokenizer, tmp_path)
    assert not list(tmp_path.iterdir())
