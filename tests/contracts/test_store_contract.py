"""What every store must do; see `dalil.stores.base`."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pytest

from dalil.domain import Candidate, FacetFields, Filters, IndexCounts, IndexedArticle, QuantizedTokens
from dalil.errors import ArticleNotFound, IndexMismatch, IndexMissing
from dalil.stores.base import REBUILD, PassageStore
from dalil.text.minhash import minhash_signature
from tests.contracts.conftest import Place
from tests.contracts.samples import FINGERPRINT, bm25, indexed, random_unit, unit

STORY = "one two three four five six seven eight nine ten eleven twelve"

HOSTILE_IDS = [
    "o'brien",
    'say "hi"',
    "back\\slash",
    "a/b/../c",
    "صحيفة الشرق/٢٠٢٤",
    "with space\tand tab",
    "new\nline",
    "; DROP TABLE passages --",
    "' OR 1=1 --",
    "50%_*?",
    "a,b",
    "😀",
    "_all",
    "{{x}}",
    "e\u0301 and \u00e9",
    "م" * 256,
]

READS: dict[str, Callable[[PassageStore], object]] = {
    "versions": lambda store: store.versions(),
    "counts": lambda store: store.counts(),
    "article": lambda store: store.article("a"),
    "articles": lambda store: store.articles(10),
    "search_text": lambda store: store.search_text(["term"], 10),
    "search_vector": lambda store: store.search_vector(unit(1), 10),
    "passages": lambda store: store.passages([match("p")]),
    "facet_fields": lambda store: store.facet_fields([match("p")]),
    "signed_articles": lambda store: store.signed_articles([match("p")]),
    "signatures": lambda store: store.signatures(["a"]),
    "revision": lambda store: store.revision(),
    "article_passages": lambda store: store.article_passages("a"),
    "optimise": lambda store: store.optimise(),
    "write": lambda store: store.write([indexed()]),
    "delete": lambda store: store.delete(["a"]),
}


def ids_of(*articles: IndexedArticle) -> list[str]:
    return [passage.passage.id for article in articles for passage in article.passages]


def found(matches: Sequence[Candidate]) -> list[str]:
    return [match.passage_id for match in matches]


def match(passage_id: str) -> Candidate:
    return Candidate(passage_id, 1.0, unit(1), row=0)


def articles_of(store: PassageStore, matches: Sequence[Candidate]) -> list[str]:
    stored = store.passages(matches)
    return [stored[match.passage_id].passage.article_id for match in matches]


# --- the index and its fingerprint


def test_a_place_without_an_index_has_no_fingerprint(place: Place) -> None:
    with place.store() as store:
        assert store.fingerprint() is None
        with pytest.raises(IndexMissing, match="python -m indexer index"):
            store.open(FINGERPRINT)


@pytest.mark.parametrize("read", READS.values(), ids=READS.keys())
def test_a_missing_index_is_said_to_be_missing(place: Place, read: Callable[[PassageStore], object]) -> None:
    with place.store() as store, pytest.raises(IndexMissing, match="python -m indexer index"):
        read(store)


def test_an_index_remembers_its_fingerprint(place: Place) -> None:
    with place.store() as store:
        store.create(FINGERPRINT)
        assert store.fingerprint() == FINGERPRINT
    with place.store() as store:
        assert store.fingerprint() == FINGERPRINT
        store.open(FINGERPRINT)


def test_an_index_of_another_model_is_refused_with_the_command_that_rebuilds_it(place: Place) -> None:
    other = replace(FINGERPRINT, embedding_model="other@2")
    with place.store() as store:
        store.create(FINGERPRINT)
        for attempt in (store.open, store.open_or_create):
            with pytest.raises(IndexMismatch) as refusal:
                attempt(other)
            assert REBUILD in str(refusal.value)
            assert "'test-model@1', not 'other@2'" in str(refusal.value)


def test_an_index_of_another_release_is_refused_and_can_be_rebuilt(place: Place) -> None:
    place.put_another_releases_index()
    with place.store() as store:
        with pytest.raises(IndexMismatch) as refusal:
            store.open_or_create(FINGERPRINT)
        assert REBUILD in str(refusal.value)
        store.create(FINGERPRINT)
        store.write([indexed()])
        assert store.counts() == IndexCounts(1, 1)


def test_a_strangers_index_is_refused_and_left_alone(place: Place) -> None:
    place.put_a_strangers_index()
    with place.store() as store:
        for attempt in (store.open, store.open_or_create, store.create):
            with pytest.raises(IndexMismatch, match="DALIL_"):
                attempt(FINGERPRINT)
    assert place.strangers_rows() == 2


def test_an_index_survives_reopening(store: PassageStore, place: Place) -> None:
    one = indexed(terms=["alpha", "beta"])
    store.write([one])
    store.close()
    store.close()
    with place.store() as again:
        again.open_or_create(FINGERPRINT)
        assert again.article("a") == one.article
        assert found(again.search_text(["beta"], 5)) == ids_of(one)[1:]


def test_creating_empties_the_index_also_for_those_who_have_it_open(store: PassageStore, place: Place) -> None:
    store.write([indexed()])
    with place.store() as reader:
        assert reader.counts() == IndexCounts(1, 1)
        store.create(replace(FINGERPRINT, embedding_model="other@2"))
        assert reader.counts() == IndexCounts(0, 0)
        assert reader.search_text(["term"], 5) == []
        assert reader.search_vector(unit(1), 5) == []
        assert reader.articles(5) == []
        with pytest.raises(IndexMismatch):
            reader.open(FINGERPRINT)


def test_a_reader_never_finds_the_index_missing_while_it_is_made_anew(store: PassageStore, place: Place) -> None:
    seen: list[object] = []

    def read(reader: PassageStore) -> None:
        seen.append(reader.fingerprint())
        seen.append(reader.search_text(["term"], 5))

    with reading(place, read):
        for _ in range(8):
            store.create(FINGERPRINT)
    assert len(seen) > 2
    assert all(value in (FINGERPRINT, []) for value in seen)


def test_an_empty_index_answers(store: PassageStore) -> None:
    store.optimise()
    assert store.counts() == IndexCounts(0, 0)
    assert store.versions() == {}
    assert store.articles(10) == []
    assert store.search_text(["term"], 10) == []
    assert store.search_vector(unit(1), 10) == []
    assert store.passages([match("p")]) == {}
    assert store.facet_fields([match("p")]) == {}
    assert store.article_passages("a") == []
    assert store.delete(["a"]) == 0


# --- writing and fetching


def test_an_article_comes_back_as_it_was(store: PassageStore) -> None:
    one = indexed(
        terms=["alpha", "beta"],
        title='كوريا "الشمالية" 😀\u200f',
        published_at=datetime(2024, 5, 1, 23, 59, 59, 123456, tzinfo=timezone(timedelta(hours=3))),
        metadata={"كاتب": 'فلان "بن" فلان', "empty": "", "كاتب2": "\u202eabc"},
        language="ar-EG",
    )
    bare = indexed("bare", title="", source=None, published_at=None, url=None, text="")
    store.write([one, bare])
    assert store.article("a") == one.article
    published = store.article("a").published_at
    assert published is not None
    assert published.isoformat() == "2024-05-01T23:59:59.123456+03:00"
    assert store.article("a").content_hash == one.article.content_hash
    assert store.article("bare") == bare.article


def test_an_index_knows_its_bytes_and_when_it_was_last_written(store: PassageStore) -> None:
    empty = store.usage()
    begun = datetime.now(UTC).replace(microsecond=0)
    store.write([indexed()])
    store.optimise()
    used = store.usage()
    assert 0 < empty.bytes <= used.bytes  # OpenSearch measures every ten seconds
    assert used.written_at is not None
    assert begun <= used.written_at <= datetime.now(UTC)


def test_a_passage_comes_back_as_it_was(store: PassageStore) -> None:
    one = indexed(terms=["alpha", "beta", "gamma"])
    store.write([one])
    first, second, third = ids_of(one)
    matches = (*store.search_text(["beta"], 5), *store.search_vector(one.passages[1].vector, 1))
    for stored in (store.article_passages("a")[1], *store.passages(matches).values()):
        assert stored.passage == one.passages[1].passage
        assert stored.article == one.article.summary
        assert stored.vector.dtype == np.float32
        np.testing.assert_array_equal(stored.vector, one.passages[1].vector.astype(np.float16).astype(np.float32))
        np.testing.assert_array_equal(stored.tokens.codes, one.passages[1].tokens.codes)
        assert stored.tokens.counts == one.passages[1].tokens.counts
    for each in matches:
        assert each.passage_id == second
        assert each.vector.dtype == np.float32
        np.testing.assert_array_equal(each.vector, store.article_passages("a")[1].vector)
    assert [each.passage.id for each in store.article_passages("a")] == [first, second, third]


def test_what_was_found_is_fetched_and_what_went_since_is_left_out(store: PassageStore) -> None:
    old = indexed("old", terms=["common"] * 2)
    kept = indexed("kept", terms=["common"] * 3)
    store.write([old, kept])
    matches = store.search_text(["common"], 9)
    assert store.passages([]) == {}
    assert store.passages([*matches, match("no such passage"), matches[0]]).keys() == set(ids_of(old, kept))
    store.write([indexed("old", terms=["common"] * 2, version="v2")])
    assert store.passages(matches).keys() == set(ids_of(kept))
    store.optimise()
    assert store.passages(matches).keys() == set(ids_of(kept))
    store.delete(["old"])
    store.write([indexed("new", terms=["common"])])
    assert [store.passages(matches)[passage_id].passage for passage_id in ids_of(kept)] == [
        own.passage for own in kept.passages
    ]


def test_it_is_told_where_what_was_found_comes_from(store: PassageStore) -> None:
    abroad = datetime(2024, 1, 1, 1, 59, 59, 123456, tzinfo=timezone(timedelta(hours=3)))
    named = indexed("named", terms=["common"] * 2, source='وكالة "الأنباء" 😀', published_at=abroad)
    old = indexed("old", terms=["common"], source=None, published_at=datetime(1, 1, 1, tzinfo=UTC))
    bare = indexed("bare", terms=["common"], source="", published_at=None)
    store.write([named, old, bare])
    matches = store.search_text(["common"], 9)
    origins = {
        "named": FacetFields("named", 'وكالة "الأنباء" 😀', date(2024, 1, 1)),
        "old": FacetFields("old", None, date(1, 1, 1)),
        "bare": FacetFields("bare", "", None),
    }
    expected = {passage_id: origins[each.article.id] for each in (named, old, bare) for passage_id in ids_of(each)}
    assert store.facet_fields([]) == {}
    assert store.facet_fields([*matches, match("no such passage"), matches[0]]) == expected
    store.optimise()
    assert store.facet_fields(matches) == expected
    store.delete(["old"])
    assert store.facet_fields(matches) == {
        key: origin for key, origin in expected.items() if origin.article_id != "old"
    }


def test_signatures_come_back_with_the_passages(store: PassageStore) -> None:
    story, other = minhash_signature(STORY.split()), minhash_signature(STORY[::-1].split())
    first = indexed("b", terms=["x", "x"], signature=story, source=None, published_at=None)
    copy = indexed("a", terms=["x"], signature=minhash_signature(f"{STORY} more".split()))
    store.write([first, copy, indexed("c", terms=["x"], signature=other), indexed("d", terms=["x"])])
    by_passage = store.signed_articles(store.search_text(["x"], 9))
    assert {own.article.id: own.signature.tolist() for own in by_passage.values()} == {
        "a": copy.signature.tolist(),
        "b": story.tolist(),
        "c": other.tolist(),
        "d": [],
    }
    assert by_passage[first.passages[1].passage.id].article == first.article.summary
    by_article = store.signatures(["a", "b", "d", "never there"])
    assert {article_id: signature.tolist() for article_id, signature in by_article.items()} == {
        "a": copy.signature.tolist(),
        "b": story.tolist(),
        "d": [],
    }
    assert store.signatures([]) == {}


def test_the_revision_changes_with_every_change_and_with_none_stays(store: PassageStore, place: Place) -> None:
    with place.store() as reader:
        revisions = [reader.revision()]
        for change in (
            lambda: store.write([indexed("a")]),
            lambda: store.write([indexed("a", version="v2")]),
            lambda: store.delete(["a"]),
        ):
            change()
            revisions.append(reader.revision())
            assert reader.revision() == store.revision() == revisions[-1]
        assert len(set(revisions)) == 4


@pytest.mark.parametrize("count", [1, 2, 3])
def test_tokens_of_any_size_come_back(store: PassageStore, count: int) -> None:
    one = indexed()
    some = QuantizedTokens(np.full((1, count), 255, dtype=np.uint8), (1, 0))
    store.write([replace(one, passages=(replace(one.passages[0], tokens=some),))])
    tokens = store.article_passages("a")[0].tokens
    np.testing.assert_array_equal(tokens.codes, some.codes)


def test_a_passage_may_have_no_token(store: PassageStore) -> None:
    one = indexed()
    none = QuantizedTokens(np.empty((0, 2), dtype=np.uint8), (0, 0))
    store.write([replace(one, passages=(replace(one.passages[0], tokens=none),))])
    tokens = store.article_passages("a")[0].tokens
    assert len(tokens.codes) == 0
    assert tokens.counts == (0, 0)


def test_a_passage_may_have_no_sentence(store: PassageStore) -> None:
    one = indexed()
    only = one.passages[0]
    tokens = QuantizedTokens(only.tokens.codes[:0], ())
    bare = replace(only, passage=replace(only.passage, sentences=()), tokens=tokens)
    store.write([replace(one, passages=(bare,))])
    stored = store.article_passages("a")[0]
    assert stored.passage.sentences == ()
    assert stored.tokens.counts == ()


def test_an_unknown_article_is_not_found(store: PassageStore) -> None:
    store.write([indexed()])
    with pytest.raises(ArticleNotFound, match="'b'"):
        store.article("b")
    assert store.article_passages("b") == []


@pytest.mark.parametrize("sizes", [(3, 3), (5, 2), (2, 5)], ids=["as many", "fewer", "more"])
def test_a_replaced_article_leaves_no_old_passage(store: PassageStore, place: Place, sizes: tuple[int, int]) -> None:
    old = indexed(terms=["old common"] * sizes[0])
    new = indexed(terms=["new common"] * sizes[1], version="v2", title="new")
    other = indexed("other", terms=["common"])
    with place.store() as reader:
        store.write([old, other])
        assert len(reader.search_text(["old"], 50)) == sizes[0]
        store.write([new])
        for each in (store, reader):
            assert each.article("a") == new.article
            assert each.versions() == {"a": "v2", "other": "v1"}
            assert each.counts() == IndexCounts(2, sizes[1] + 1)
            assert each.search_text(["old"], 50) == []
            assert sorted(found(each.search_text(["common"], 50))) == sorted(ids_of(new, other))
            assert sorted(found(each.search_vector(unit(1), 50))) == sorted(ids_of(new, other))
            assert each.passages([match(passage_id) for passage_id in ids_of(old)]) == {}
            assert [stored.passage.id for stored in each.article_passages("a")] == ids_of(new)


def test_versions_can_be_asked_for_by_id(store: PassageStore) -> None:
    store.write([indexed("a"), indexed("b"), indexed("c")])
    assert store.versions(["a", "c", "nowhere", "'"]) == {"a": "v1", "c": "v1"}
    assert store.versions(["nowhere"]) == {}
    assert store.versions([]) == {}


def test_writing_twice_changes_nothing(store: PassageStore) -> None:
    batch = [indexed("a", terms=["x y", "x"]), indexed("b", terms=["x"])]
    store.write(batch)
    first = (
        store.counts(),
        store.versions(),
        found(store.search_text(["x"], 9)),
        found(store.search_vector(unit(1), 9)),
    )
    store.write(batch)
    store.write(list(reversed(batch)))
    again = (
        store.counts(),
        store.versions(),
        found(store.search_text(["x"], 9)),
        found(store.search_vector(unit(1), 9)),
    )
    assert again == first


def test_an_article_twice_in_one_call_is_refused(store: PassageStore) -> None:
    with pytest.raises(ValueError, match=r"\['a'\]"):
        store.write([indexed("a"), indexed("b"), indexed("a")])
    assert store.counts() == IndexCounts(0, 0)


def test_writing_nothing_is_nothing(store: PassageStore) -> None:
    store.write([])
    assert store.counts() == IndexCounts(0, 0)


def test_an_article_of_two_hundred_passages_is_kept_whole(store: PassageStore) -> None:
    long = indexed(terms=[f"common t{number}" for number in range(200)])
    store.write([long])
    assert [stored.passage for stored in store.article_passages("a")] == [each.passage for each in long.passages]
    assert store.versions() == {"a": "v1"}
    assert len(store.search_text(["common"], 1000)) == 200
    assert len(store.search_vector(unit(1), 1000)) == 200
    assert len(store.passages(store.search_text(["common"], 1000))) == 200
    assert store.delete(["a"]) == 1
    assert store.counts() == IndexCounts(0, 0)


def test_a_large_batch_is_written_at_once(store: PassageStore) -> None:
    text = "كلمة " * 20_000
    batch = [indexed(f"a{number:03}", terms=["common"], text=text) for number in range(60)]
    store.write(batch)
    assert store.counts() == IndexCounts(60, 60)
    assert store.article("a059").text == text


def test_deleting_takes_the_passages_along(store: PassageStore, place: Place) -> None:
    kept = indexed("kept", terms=["common"])
    with place.store() as reader:
        store.write([indexed("a", terms=["common"] * 3), indexed("b", terms=["common"]), kept])
        assert reader.counts() == IndexCounts(3, 5)
        assert store.delete(["a", "b", "b", "never there"]) == 2
        assert store.delete(["a"]) == 0
        assert store.delete([]) == 0
        for each in (store, reader):
            assert each.counts() == IndexCounts(1, 1)
            assert each.versions() == {"kept": "v1"}
            assert found(each.search_text(["common"], 9)) == ids_of(kept)
            assert found(each.search_vector(unit(1), 9)) == ids_of(kept)


def test_many_articles_are_deleted_at_once(store: PassageStore) -> None:
    store.write([indexed(f"a{number}") for number in range(50)])
    assert store.delete([f"a{number}" for number in range(3000)]) == 50


def test_articles_are_listed_by_code_point_and_paged(store: PassageStore) -> None:
    ids = ["Z", "a", "aa", "ب", "\ufb50", "😀"]
    store.write([indexed(article_id, terms=["x", "y"]) for article_id in reversed(ids)])
    assert [summary.id for summary in store.articles(100)] == ids
    assert [summary.id for summary in store.articles(2)] == ids[:2]
    assert [summary.id for summary in store.articles(3, after="aa")] == ids[3:]
    assert [summary.id for summary in store.articles(1, after="ab")] == ["ب"]
    assert store.articles(3, after="😀") == []
    assert store.articles(0) == []
    assert store.articles(1)[0] == store.article("Z").summary


def test_any_text_can_be_an_id(store: PassageStore) -> None:
    other = indexed("other", terms=["x"])
    store.write([other])
    for article_id in HOSTILE_IDS:
        one = indexed(article_id, terms=["x", "y"], source=article_id)
        only = Filters(article_ids=(article_id,))
        store.write([one])
        store.write([one])
        assert store.article(article_id) == one.article
        assert store.versions() == {article_id: "v1", "other": "v1"}
        assert len(store.article_passages(article_id)) == 2
        assert found(store.search_text(["x"], 9, only)) == ids_of(one)[:1]
        assert found(store.search_text(["x"], 9, Filters(sources=(article_id,)))) == ids_of(one)[:1]
        assert sorted(found(store.search_vector(unit(1), 9, only))) == sorted(ids_of(one))
        assert store.articles(9, after=article_id) == [a.article.summary for a in (other,) if a.article.id > article_id]
        assert store.delete([article_id]) == 1
        assert store.versions() == {"other": "v1"}


# --- search by text


def test_text_scores_are_bm25(store: PassageStore) -> None:
    documents = ["x y z", "x x x x", "y", "x y " + "pad " * 30, "q", "z z q"]
    one = indexed(terms=documents)
    store.write([one])
    wanted = {id_: score for id_, score in zip(ids_of(one), bm25(["x", "z"], documents), strict=True) if score}
    for _ in ("fresh", "optimised"):
        matches = store.search_text(["x", "z"], 10)
        assert {match.passage_id: pytest.approx(match.score, rel=1e-5) for match in matches} == wanted
        assert found(matches) == sorted(wanted, key=lambda id_: -wanted[id_])
        store.optimise()


TERMS = [
    "Case",
    "مُشَكَّل",
    "الكوريّة",
    "don't",
    "a-b",
    '"',
    "a*",
    "AND",
    "x:y",
    "~2",
    "\\",
    "(",
    "ك" * 300,
    "the",
    "٣",
    "#كوري",
    "😀",
]


def test_terms_match_as_they_are(store: PassageStore) -> None:
    holding = {term: indexed(f"holds-{place}", terms=[f"{term} pad"]) for place, term in enumerate(TERMS)}
    others = [indexed(f"not-{place}", terms=[f"{term}x {term.swapcase()}y pad"]) for place, term in enumerate(TERMS)]
    store.write([*holding.values(), *others])
    wanted = {term: ids_of(holds) for term, holds in holding.items()}
    assert {term: found(store.search_text([term], 9)) for term in TERMS} == wanted
    store.optimise()
    assert {term: found(store.search_text([term, "absent"], 9)) for term in TERMS} == wanted


def test_no_terms_and_unknown_terms_find_nothing(store: PassageStore) -> None:
    store.write([indexed(terms=["x"]), indexed("b", terms=[""])])
    assert store.search_text([], 9) == []
    assert store.search_text(["absent"], 9) == []


def test_hundreds_of_terms_can_be_asked_for(store: PassageStore) -> None:
    store.write([indexed(terms=["t999"])])
    assert len(store.search_text([f"t{number}" for number in range(1000)], 9)) == 1


@pytest.mark.parametrize("limit", [1, 3, 7, 20])
def test_ties_are_broken_by_passage_id(store: PassageStore, limit: int) -> None:
    same = [indexed(f"a{number}", terms=["x pad"], vectors=[unit(1)]) for number in range(9)]
    better = indexed("better", terms=["x"], vectors=[unit(1)])
    for half in (same[:5], same[5:], [better]):
        store.write(half)
    for _ in ("fresh", "optimised"):
        assert found(store.search_text(["x"], limit)) == [*ids_of(better), *sorted(ids_of(*same))][:limit]
        assert found(store.search_vector(unit(1), limit)) == sorted(ids_of(better, *same))[:limit]
        store.optimise()


# --- search by vector


def test_vector_scores_are_cosines(store: PassageStore) -> None:
    vectors = [unit(-1), unit(0, 1), unit(3, 4), unit(1), unit(4, 3)]
    one = indexed(terms=["x"] * 5, vectors=vectors)
    store.write([one])
    ids = ids_of(one)
    for _ in ("fresh", "optimised"):
        matches = store.search_vector(unit(1), 9)
        assert found(matches) == [ids[at] for at in (3, 4, 2, 1, 0)]
        assert [match.score for match in matches] == pytest.approx([1.0, 0.8, 0.6, 0.0, -1.0], abs=5e-4)
        assert all(-1 <= match.score <= 1 for match in matches)
        assert found(store.search_vector(unit(1), 2)) == [ids[3], ids[4]]
        assert store.search_vector(unit(1), 0) == []
        store.optimise()


def test_vector_search_finds_the_nearest_of_many(store: PassageStore) -> None:
    articles = [
        indexed(f"a{at}", terms=["x"] * 10, vectors=[random_unit(10 * at + row) for row in range(10)])
        for at in range(60)
    ]
    store.write(articles)
    store.optimise()
    question = random_unit(-1 % 2**32)
    cosines = {each.passage.id: float(each.vector @ question) for article in articles for each in article.passages}
    nearest = sorted(cosines, key=lambda id_: -cosines[id_])
    assert found(store.search_vector(question, 50)) == nearest[:50]
    assert len(store.search_vector(question, 600)) == 600


def test_both_searches_at_once_find_what_each_finds(store: PassageStore) -> None:
    store.write([indexed(f"a{at:02}", terms=["x" if at % 3 else "y"], source=str(at % 2)) for at in range(12)])
    for filters in (Filters(), Filters(sources=("1",))):
        by_text, by_vector = store.search_both(["x"], unit(1), 4, filters)
        assert found(by_text) == found(store.search_text(["x"], 4, filters))
        assert found(by_vector) == found(store.search_vector(unit(1), 4, filters))
        assert len(by_text) == len(by_vector) == 4
    none, by_vector = store.search_both([], unit(1), 4)
    assert (none, found(by_vector)) == ([], found(store.search_vector(unit(1), 4)))
    assert store.search_both(["x"], unit(1), 0) == ([], [])


# --- filters

EARLY, NOON, LATE = (datetime(2024, 5, 1, hour, tzinfo=UTC) for hour in (0, 12, 18))
CASES = {
    "none": (Filters(), "abcd"),
    "one article": (Filters(article_ids=("b",)), "b"),
    "articles": (Filters(article_ids=("b", "d", "never there")), "bd"),
    "unknown article": (Filters(article_ids=("never there",)), ""),
    "source": (Filters(sources=("SPA",)), "ab"),
    "sources": (Filters(sources=("SPA", "وكالة 'الأنباء'")), "abc"),
    "from, inclusive": (Filters(published_from=NOON), "bc"),
    "after": (Filters(published_from=NOON + timedelta(microseconds=1)), "c"),
    "to, inclusive": (Filters(published_to=NOON), "ab"),
    "before": (Filters(published_to=NOON - timedelta(microseconds=1)), "a"),
    "one moment": (Filters(published_from=NOON, published_to=NOON), "b"),
    "another time zone": (Filters(published_from=NOON.astimezone(timezone(timedelta(hours=3)))), "bc"),
    "no time zone is UTC": (Filters(published_from=NOON.replace(tzinfo=None)), "bc"),
    "far dates": (
        Filters(published_from=datetime(1, 1, 1, tzinfo=UTC), published_to=datetime(9999, 12, 31, tzinfo=UTC)),
        "abc",
    ),
    "from a day": (Filters(published_from=date(2024, 5, 1)), "abc"),
    "to a day": (Filters(published_to=date(2024, 5, 1)), "abc"),
    "a day without articles": (Filters(published_from=date(2024, 5, 2), published_to=date(2024, 5, 2)), ""),
    "to a day, or undated": (Filters(published_to=date(2024, 5, 1), include_undated=True), "abcd"),
    "a day without articles, or undated": (
        Filters(published_from=date(2024, 5, 2), published_to=date(2024, 5, 2), include_undated=True),
        "d",
    ),
    "from a moment, or undated": (Filters(published_from=LATE, include_undated=True), "cd"),
    "of a source, and undated": (Filters(sources=("SPA",), published_from=EARLY, include_undated=True), "ab"),
    "reversed": (Filters(published_from=LATE, published_to=EARLY), ""),
    "all": (Filters(("a", "b", "c"), ("SPA",), EARLY, LATE), "ab"),
    "injection": (Filters(article_ids=("x') OR ('1'='1",), sources=("x' OR true --",)), ""),
}


def test_filters_restrict_both_searches(store: PassageStore) -> None:
    store.write(
        [
            indexed("a", terms=["x"], source="SPA", published_at=EARLY),
            indexed("b", terms=["x"], source="SPA", published_at=NOON),
            indexed("c", terms=["x"], source="وكالة 'الأنباء'", published_at=LATE),
            indexed("d", terms=["x"], source=None, published_at=None),
        ]
    )
    wanted = {name: list(articles) for name, (_, articles) in CASES.items()}

    def of_each(search: Callable[[Filters], Sequence[Candidate]]) -> dict[str, list[str]]:
        return {name: sorted(articles_of(store, search(filters))) for name, (filters, _) in CASES.items()}

    for _ in ("fresh", "optimised"):
        assert of_each(lambda filters: store.search_text(["x"], 9, filters)) == wanted
        assert of_each(lambda filters: store.search_vector(unit(1), 9, filters)) == wanted
        store.optimise()


def test_the_day_of_an_article_is_that_of_its_own_time_zone(store: PassageStore) -> None:
    riyadh, new_york = timezone(timedelta(hours=3)), timezone(timedelta(hours=-4))
    night = datetime(2024, 10, 11, 1, 30, tzinfo=riyadh)
    store.write(
        [
            indexed("riyadh", terms=["x"], published_at=night),
            indexed("utc", terms=["x"], published_at=night.astimezone(UTC)),
            indexed("new york", terms=["x"], published_at=night.astimezone(new_york)),
        ]
    )

    def on(first: date, last: date) -> list[str]:
        return sorted(articles_of(store, store.search_text(["x"], 9, Filters(published_from=first, published_to=last))))

    assert on(date(2024, 10, 11), date(2024, 10, 11)) == ["riyadh"]
    assert on(date(2024, 10, 10), date(2024, 10, 10)) == ["new york", "utc"]
    assert on(night, night) == ["new york", "riyadh", "utc"]
    found_fields = store.facet_fields(store.search_text(["x"], 9)).values()
    assert {each.article_id: each.published_on for each in found_fields} == {
        "riyadh": date(2024, 10, 11),
        "utc": date(2024, 10, 10),
        "new york": date(2024, 10, 10),
    }


def test_a_filter_reaches_past_better_matches(store: PassageStore) -> None:
    nearer = indexed("near", terms=["x"] * 100, vectors=[unit(1)] * 100)
    far = indexed("far", terms=["x " + "pad " * 30], vectors=[unit(-1)])
    store.write([nearer, far])
    only = Filters(article_ids=("far",))
    assert found(store.search_text(["x"], 5, only)) == ids_of(far)
    assert found(store.search_vector(unit(1), 5, only)) == ids_of(far)


def test_a_filter_may_name_hundreds_of_articles(store: PassageStore) -> None:
    one = indexed("a7", terms=["x"])
    store.write([one, indexed("b", terms=["x"])])
    many = Filters(article_ids=tuple(f"a{number}" for number in range(1000)))
    assert found(store.search_text(["x"], 5, many)) == ids_of(one)
    assert found(store.search_vector(unit(1), 5, many)) == ids_of(one)


# --- readers and writers at once


class reading:  # noqa: N801  reads like the statement it is
    """While inside, a thread with a store of its own reads again and again; what it raises is raised here."""

    def __init__(self, place: Place, read: Callable[[PassageStore], None]) -> None:
        self._place, self._read = place, read
        self._ended, self._begun = threading.Event(), threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        try:
            with self._place.store() as reader:
                while not self._ended.is_set():
                    self._read(reader)
                    self._begun.set()
        except BaseException as error:  # noqa: BLE001  raised again where the test sees it
            self._error = error
            self._begun.set()

    def __enter__(self) -> None:
        self._thread.start()
        assert self._begun.wait(60)

    def __exit__(self, *exception: object) -> None:
        self._ended.set()
        self._thread.join()
        if self._error:
            raise self._error


def version(turn: int) -> IndexedArticle:
    return indexed(terms=["common"] * (3 + turn % 5), version=f"v{turn}")


VERSION_OF = {passage_id: turn for turn in range(30) for passage_id in ids_of(version(turn))}


def read_one_version(reader: PassageStore) -> None:
    """No reading may see none or two versions of the article."""
    passages = reader.article_passages("a")
    version = passages[0].passage.text.split()[0]
    assert [stored.passage.text.split()[0] for stored in passages] == [version] * (3 + int(version[1:]) % 5)
    matches = reader.search_text(["common"], 50)
    assert len(matches) in range(3, 8)
    assert len({VERSION_OF[match.passage_id] for match in matches}) == 1
    assert len(reader.search_vector(unit(1), 50)) in range(3, 8)
    assert reader.counts().articles == 1
    assert reader.article("a").text.startswith("v")
    assert list(reader.versions()) == ["a"]


def test_readers_see_the_old_or_the_new_article_never_none_or_both(store: PassageStore, place: Place) -> None:
    store.write([version(0)])
    with reading(place, read_one_version):
        for turn in range(1, 25):
            store.write([version(turn)])
            if turn % 8 == 0:
                store.optimise()


def test_readers_see_one_version_while_another_process_writes(store: PassageStore, place: Place) -> None:
    store.write([version(0)])
    url = os.environ.get("TEST_OPENSEARCH_URL", "-")
    command = [sys.executable, "-m", "tests.contracts.replacing_writer", place.kind, place.location, url, "30"]
    with reading(place, read_one_version):
        subprocess.run(command, check=True, timeout=120)
    assert store.versions() == {"a": "v29"}


def test_two_writers_of_one_article_leave_one_version(store: PassageStore, place: Place) -> None:
    def write_other(other: PassageStore) -> None:
        other.write([indexed(terms=["common"] * 6, version="v3")])

    with reading(place, write_other):
        for _ in range(8):
            store.write([indexed(terms=["common"] * 4, version="v1"), indexed("mine")])
            store.optimise()
    assert store.versions().keys() == {"a", "mine"}
    assert len(store.article_passages("a")) == {"v1": 4, "v3": 6}[store.versions()["a"]]


def test_a_store_serves_several_threads(store: PassageStore) -> None:
    store.write([indexed(f"a{number}", terms=["x"]) for number in range(20)])
    failures: list[BaseException] = []

    def search() -> None:
        try:
            for _ in range(10):
                assert len(store.search_text(["x"], 50)) == 20
                assert len(store.search_vector(unit(1), 50)) == 20
        except BaseException as error:  # noqa: BLE001  looked at below
            failures.append(error)

    threads = [threading.Thread(target=search) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
