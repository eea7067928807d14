"""Near-duplicates: syndicated, corrected and lightly edited copies of one story, of which a search shows one.

Nothing about groups is stored. They follow from the signatures of the articles that a search has found, so that a new
article joins the stories that it is near to, and a deleted or a changed one leaves them. Copies share their passages: a
search that finds one finds the others, up to its number of candidates.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from dalil.domain import ArticleSummary, DuplicateGroup, NearDuplicate, SignedArticle, StoredPassage
from dalil.text.analysis import words
from dalil.text.minhash import candidate_pairs, similarities

SAME_STORY_DAYS = timedelta(days=2)
"""Copies of a story appear within days. What is printed again later is mostly a form with other facts: the weather, a
congratulation, a daily count."""

MIN_SIMILARITY, MIN_SIMILARITY_LATER, MIN_SIMILARITY_UNDATED = 0.27, 0.56, 0.36
"""The least similarity of two near-duplicates: within `SAME_STORY_DAYS`, further apart, and where a date is missing.
Chosen on the development half of the labelled pairs: docs/decisions/0037."""


MIN_SENTENCE_WORDS = 0.7
"""The least share of a sentence's words in a passage that has the sentence, perhaps edited."""


@dataclass(frozen=True, slots=True)
class CollapsedRanking:
    """A ranking in which each story has the passages of one article.

    `shown` are passage ids, best first. `duplicates` maps the id of a shown article to the others of its story.
    `collapsed` maps the first passage of a shown article to the passages of these others, best first.
    """

    shown: Sequence[str]
    duplicates: Mapping[str, DuplicateGroup] = field(default_factory=dict)
    collapsed: Mapping[str, Sequence[str]] = field(default_factory=dict)


def collapse(
    ranked: Sequence[StoredPassage],
    best_sentence: Callable[[str], str],
    signed: Mapping[str, SignedArticle],
    limit: int,
) -> CollapsedRanking:
    """Show at most `limit` passages of a ranking, and one article of each story.

    It is the original if that has the best sentence of the story's best passage, else the earliest article that has it.
    `best_sentence` is that of a passage by its id. A passage that is not among the `signed` has no duplicates.
    """
    leader_of = leaders(signed[one.passage.id] for one in ranked if one.passage.id in signed)
    stories: dict[str, list[StoredPassage]] = {}
    for one in ranked:
        stories.setdefault(leader_of.get(one.article.id, one.article.id), []).append(one)
    shown_of = {leader: _original_of(own, best_sentence) for leader, own in stories.items()}
    shown = [one for one in ranked if shown_of[leader_of.get(one.article.id, one.article.id)] == one.article.id][:limit]
    first: dict[str, str] = {}
    for one in shown:
        first.setdefault(one.article.id, one.passage.id)
    by_article = {own.article.id: own for own in signed.values()}
    leading = {
        article_id: by_article[leader]
        for leader, article_id in shown_of.items()
        if article_id in first and leader in by_article
    }
    return CollapsedRanking(
        [one.passage.id for one in shown],
        _duplicates(leading, by_article),
        {
            first[shown_of[leader]]: [one.passage.id for one in own if one.article.id != shown_of[leader]]
            for leader, own in stories.items()
            if shown_of[leader] in first
        },
    )


def leaders(ranked: Iterable[SignedArticle]) -> dict[str, str]:
    """Article id → id of the first article of the ranking that it is a near-duplicate of, which may be itself.

    Stories have a leader because near-duplicates form chains: each day's weather is near to the day before's.
    """
    distinct = {signed.article.id: signed for signed in ranked}
    found: dict[str, str] = {}
    for article_id, signed in distinct.items():
        if article_id not in found:
            found[article_id] = article_id
            others = [other for other_id, other in distinct.items() if other_id not in found]
            found |= {other.article.id: article_id for other in near_duplicates(signed, others)}
    return found


@dataclass(frozen=True, slots=True)
class Story:
    """An article, and its near-duplicates that appeared after it; None where there are none."""

    article: ArticleSummary
    duplicates: DuplicateGroup | None = None


def stories(articles: Iterable[SignedArticle]) -> list[Story]:
    """A collection as stories, each led by its original; of a chain, what is near to no leader leads a story itself.

    In ascending order of the leaders' `originality`. 20,000 articles take some seconds.
    """
    ordered = sorted(articles, key=lambda signed: originality(signed.article))
    signatures = [signed.signature for signed in ordered]
    near: dict[int, list[int]] = {}
    for first, second in candidate_pairs(signatures).tolist():
        least = min_similarity(ordered[first].article, ordered[second].article)
        if similarities(signatures[first], [signatures[second]])[0] >= least:
            near.setdefault(first, []).append(second)
    found: list[Story] = []
    taken: set[int] = set()
    for place, signed in enumerate(ordered):
        if place in taken:
            continue
        copies = [other for other in near.get(place, ()) if other not in taken]
        taken.update(copies)
        group = _group(signed, [signed, *(ordered[other] for other in copies)]) if copies else None
        found.append(Story(signed.article, group))
    return found


def near_duplicates(signed: SignedArticle, others: Sequence[SignedArticle]) -> list[SignedArticle]:
    """Those of the others that are near-duplicates of an article."""
    near = similarities(signed.signature, [other.signature for other in others]).tolist()
    return [
        other
        for other, similarity in zip(others, near, strict=True)
        if similarity >= min_similarity(signed.article, other.article)
    ]


def min_similarity(first: ArticleSummary, second: ArticleSummary) -> float:
    """The least similarity at which two articles are near-duplicates."""
    if first.published_at is None or second.published_at is None:
        return MIN_SIMILARITY_UNDATED
    is_near = abs(first.published_at - second.published_at) <= SAME_STORY_DAYS
    return MIN_SIMILARITY if is_near else MIN_SIMILARITY_LATER


def originality(article: ArticleSummary) -> tuple[bool, datetime, str]:
    """The key that sorts the original first: the earliest article; those without a date come last."""
    return article.published_at is None, article.published_at or datetime.max.replace(tzinfo=UTC), article.id


def _original_of(story: Sequence[StoredPassage], best_sentence: Callable[[str], str]) -> str:
    """The id of the most original article with a passage that has the best sentence of the story's first passage."""
    articles = {one.article.id: one.article for one in story}
    if len(articles) == 1:
        return story[0].article.id
    wanted = set(words(best_sentence(story[0].passage.id)))
    having = {
        one.article.id
        for one in story
        if len(wanted.intersection(words(one.passage.text))) >= MIN_SENTENCE_WORDS * len(wanted)
    }
    return min((articles[article_id] for article_id in having | {story[0].article.id}), key=originality).id


def _duplicates(leading: Mapping[str, SignedArticle], known: Mapping[str, SignedArticle]) -> dict[str, DuplicateGroup]:
    """Shown article → the others of its story. `leading` has the leader of each shown article."""
    groups: dict[str, DuplicateGroup] = {}
    for article_id, leader in leading.items():
        others = near_duplicates(leader, [other for other in known.values() if other.article.id != leader.article.id])
        if others:
            story = sorted([leader, *others], key=lambda own: originality(own.article))
            groups[article_id] = _group(known[article_id], story)
    return groups


def _group(shown: SignedArticle, story: Sequence[SignedArticle]) -> DuplicateGroup:
    """The group of the shown article; `story` has all its articles, the original first."""
    others = [own for own in story if own.article.id != shown.article.id]
    near = similarities(shown.signature, [other.signature for other in others]).tolist()
    dated = [own.article.id for own in story if own.article.published_at]
    return DuplicateGroup(
        tuple(NearDuplicate(other.article, similarity) for other, similarity in zip(others, near, strict=True)),
        earliest=dated[0] if dated else None,
        latest=dated[-1] if dated else None,
    )
