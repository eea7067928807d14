from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from dalil.embedding.base import Embedder, Role
from dalil.embedding.fake import FakeEmbedder
from dalil.embedding.onnx import OnnxEmbedder
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder

TEXTS = [
    "أعلنت وزارة الصحة عن تسجيل إصابات جديدة في العاصمة",
    "rain",
    "The ministry reported new cases in the capital on Tuesday, and asked people to stay at home.",
    "",
    "٣٫٥٪ !!! 😀",
    "ارتفعت أسعار النفط بعد قرار خفض الإنتاج " * 12,
]
LONG = "word " * 3_000


@pytest.fixture(
    scope="module",
    params=[
        "fake",
        pytest.param("onnx", marks=pytest.mark.model),
        pytest.param("sentence transformer", marks=pytest.mark.model),
    ],
)
def any_embedder(request: pytest.FixtureRequest) -> Iterator[Embedder]:
    kind: str = request.param
    if kind == "sentence transformer":
        folder: Path = request.getfixturevalue("model_folder")
        yield SentenceTransformerEmbedder(folder, device="cpu")
        return
    onnx: OnnxEmbedder | None = request.getfixturevalue("embedder") if kind == "onnx" else None
    yield onnx or FakeEmbedder()


def test_vectors_are_float32_of_unit_length_and_one_a_text(any_embedder: Embedder) -> None:
    vectors = any_embedder.embed_documents(TEXTS)
    assert vectors.shape == (len(TEXTS), any_embedder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    question = any_embedder.embed_query(TEXTS[0])
    assert question.shape == (any_embedder.dimension,)
    assert question.dtype == np.float32
    assert np.linalg.norm(question) == pytest.approx(1, abs=1e-5)


def test_no_texts_give_no_vectors(any_embedder: Embedder) -> None:
    assert any_embedder.embed_documents([]).shape == (0, any_embedder.dimension)
    assert any_embedder.embed_tokens([], "document") == []
    assert any_embedder.count_tokens([]) == []
    assert (
        any_embedder.count_tokens([""])
        == [len(read.tokens) for read in any_embedder.embed_tokens([""], "query")]
        == [0]
    )


def test_a_text_has_the_same_vector_whatever_it_is_batched_with(any_embedder: Embedder) -> None:
    alone = np.concatenate([any_embedder.embed_documents([text]) for text in TEXTS])
    together = any_embedder.embed_documents([*TEXTS, LONG, *reversed(TEXTS)])
    assert ((alone * together[: len(TEXTS)]).sum(axis=1) > 1 - 1e-3).all()
    assert ((alone * together[: len(TEXTS) : -1]).sum(axis=1) > 1 - 1e-3).all()


def test_vectors_come_in_the_callers_order(any_embedder: Embedder) -> None:
    forwards = any_embedder.embed_documents(TEXTS)
    backwards = any_embedder.embed_documents(TEXTS[::-1])
    assert (np.argmax(forwards @ backwards.T, axis=1) == np.arange(len(TEXTS))[::-1]).all()


def test_a_text_beyond_the_longest_input_is_cut_at_the_end(any_embedder: Embedder) -> None:
    cut = any_embedder.embed_documents([LONG + "one ending", LONG + "and another"])
    assert cut[0] @ cut[1] > 1 - 1e-5
    assert len(any_embedder.embed_tokens([LONG], "document")[0].tokens) <= any_embedder.max_tokens
    (count,) = any_embedder.count_tokens([LONG])
    assert count >= 3_000


def test_a_text_is_nearest_to_the_question_that_shares_its_words(any_embedder: Embedder) -> None:
    documents = any_embedder.embed_documents(["the price of oil rose", "the minister signed the treaty"])
    assert np.argmax(documents @ any_embedder.embed_query("who signed the treaty?")) == 1


@pytest.mark.parametrize("role", ["document", "query"])
def test_every_token_of_a_text_has_a_unit_vector_and_a_place(any_embedder: Embedder, role: Role) -> None:
    # The space after a prompt can be a token of its own: it counts as the prompt's, alone it counts as the text's.
    for text, read, count in zip(
        TEXTS, any_embedder.embed_tokens(TEXTS, role), any_embedder.count_tokens(TEXTS), strict=True
    ):
        assert len(read.tokens) in {count, count - 1}
        assert read.tokens.shape[1] == any_embedder.dimension
        assert read.tokens.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(read.tokens, axis=1), 1, atol=1e-5)
        assert len(read.spans) == len(read.tokens)
        assert all(earlier.start <= later.start for earlier, later in pairwise(read.spans))
        covered = {place for span in read.spans for place in range(span.start, span.end)}
        assert {place for place, character in enumerate(text) if character.isalnum()} <= covered
        assert max(covered, default=0) <= len(text)


def test_several_threads_get_what_one_would(any_embedder: Embedder) -> None:
    expected = [any_embedder.embed_query(text) for text in TEXTS]
    counts = any_embedder.count_tokens(TEXTS)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(any_embedder.embed_query, TEXTS * 3))
        counted = list(pool.map(lambda text: any_embedder.count_tokens([text])[0], TEXTS * 3))
    for vector, other in zip(found, expected * 3, strict=True):
        assert vector @ other > 1 - 1e-3
    assert counted == counts * 3


def test_it_names_its_space_and_its_arithmetic(any_embedder: Embedder) -> None:
    assert any_embedder.model
    assert any_embedder.runtime
    assert any_embedder.max_tokens > 0
