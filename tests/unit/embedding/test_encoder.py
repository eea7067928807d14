import numpy as np
import pytest

from dalil.domain import Article, Passage, Span, Vector
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.embedding.late_interaction import late_interaction
from dalil.text.language import Language

EMBEDDER = FakeEmbedder(64)
ENCODER = Encoder(EMBEDDER, Centres.none(64))
ARTICLE = Article("a", "heading", "one two. three.")
PASSAGE = Passage.of("a", 0, 15, ARTICLE.text, (Span(0, 8), Span(9, 15)))
SECOND = Passage.of("a", 9, 15, "three.", (Span(9, 15),))


def test_a_passage_is_read_behind_its_title_and_keeps_its_own_tokens_by_sentence() -> None:
    (vector, tokens), (_, second) = ENCODER.passages([(ARTICLE, PASSAGE), (ARTICLE, SECOND)])
    np.testing.assert_allclose(vector, EMBEDDER.embed_documents(["heading\none two. three."])[0], atol=1e-6)
    assert tokens.counts == (2, 1)
    assert second.counts == (1,)
    np.testing.assert_array_equal(tokens.codes[2], second.codes[0])


def test_a_passage_that_begins_with_its_title_or_has_none_is_read_as_it_is() -> None:
    whole = EMBEDDER.embed_documents([ARTICLE.text])[0]
    for title in ("one two", ""):
        ((vector, _),) = ENCODER.passages([(Article("a", title, ARTICLE.text), PASSAGE)])
        np.testing.assert_allclose(vector, whole, atol=1e-6)


def test_a_sentence_that_holds_the_question_interacts_with_it_more_than_others() -> None:
    ((_, tokens),) = ENCODER.passages([(ARTICLE, PASSAGE)])
    (found,) = late_interaction(ENCODER.question("three", "en").tokens, [tokens])
    assert found.sentences[1] > 0.8 > found.sentences[0]
    assert found.whole == pytest.approx(max(found.sentences))


def test_a_question_without_tokens_interacts_with_nothing() -> None:
    ((_, tokens),) = ENCODER.passages([(ARTICLE, PASSAGE)])
    (found,) = late_interaction(ENCODER.question("?", "en").tokens, [tokens])
    assert (found.whole, found.sentences) == (0.0, (0.0, 0.0))
    assert late_interaction(ENCODER.question("three", "en").tokens, []) == []


def test_only_an_english_questions_cosines_are_centred() -> None:
    centre = EMBEDDER.embed_documents(["shared"])[0]
    languages: dict[Language, Vector] = {"ar": centre, "en": centre, "und": centre}
    encoder = Encoder(EMBEDDER, Centres(centre, centre, languages, languages))
    vectors = EMBEDDER.embed_documents(["shared one", "shared two"])
    plain = encoder.cosines(encoder.question("shared one", "ar"), vectors)
    english = encoder.cosines(encoder.question("shared one", "en"), vectors)
    np.testing.assert_allclose(plain, vectors @ EMBEDDER.embed_query("shared one"), atol=1e-6)
    # What both texts share is taken off: the one that says the same stays, the other falls.
    assert english[0] == pytest.approx(1.0)
    assert english[1] < plain[1] - 0.3
