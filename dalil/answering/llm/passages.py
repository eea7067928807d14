"""The evidence of a language model: the best passages whole, since a lone sentence leaves out who "he" is."""

from collections.abc import Callable, Sequence

from dalil.answering.evidence import Evidence
from dalil.domain import Hit

MAX_PASSAGES = 4
"""The most passages in a prompt; more of them distract small models, and cost seconds on a CPU."""


def select_passages(
    ranked: Sequence[Evidence],
    hits: Sequence[Hit],
    *,
    count_tokens: Callable[[Sequence[Evidence]], int],
    max_tokens: int,
) -> list[Evidence]:
    """Every sentence of the passages that have the best evidence, passage by passage, each in reading order.

    `ranked` is the evidence by rank: a passage comes when its best sentence does, and one without any does not come.
    `count_tokens` measures evidence as the prompt shows it. A passage that does not fit into `max_tokens` is left out,
    and so are those after it. The first is never left out: of it, the sentences around the best one are kept, which
    come alone if even they do not fit.
    """
    chosen: list[Evidence] = []
    passages: set[str] = set()
    for best in ranked:
        hit = _hit_of(best, hits)
        if hit is None or hit.passage.id in passages:
            continue
        sentences = _sentences(hit, ranked)
        if count_tokens([*chosen, *sentences]) > max_tokens:
            return chosen or _around(best, sentences, count_tokens=count_tokens, max_tokens=max_tokens)
        chosen += sentences
        passages.add(hit.passage.id)
        if len(passages) == MAX_PASSAGES:
            break
    return chosen


def _hit_of(evidence: Evidence, hits: Sequence[Hit]) -> Hit | None:
    """The hit whose passage has the evidence."""
    place = evidence.span
    return next(
        (
            hit
            for hit in hits
            if hit.article.id == evidence.article.id
            and hit.passage.start <= place.start
            and place.end <= hit.passage.end
        ),
        None,
    )


def _sentences(hit: Hit, ranked: Sequence[Evidence]) -> list[Evidence]:
    """Every sentence of the hit's passage; one without a rank has the scores of the search alone."""
    known = {item.span: item for item in ranked if item.article.id == hit.article.id}
    return [
        known.get(sentence.span)
        or Evidence(
            article=hit.article,
            span=sentence.span,
            text=sentence.text,
            late_interaction=sentence.late_interaction,
            token_precision=sentence.token_precision,
            passage_score=hit.score,
        )
        for sentence in hit.sentences
    ]


def _around(
    best: Evidence,
    sentences: Sequence[Evidence],
    *,
    count_tokens: Callable[[Sequence[Evidence]], int],
    max_tokens: int,
) -> list[Evidence]:
    """The best sentence with its neighbours, the one before it first, as far as they fit."""
    place = next((i for i, own in enumerate(sentences) if own.span.start <= best.span.start < own.span.end), 0)
    start, end = place, place + 1
    while True:
        wider = [(start - 1, end)] * (start > 0) + [(start, end + 1)] * (end < len(sentences))
        fitting = [own for own in wider if count_tokens(sentences[own[0] : own[1]]) <= max_tokens]
        if not fitting:
            return list(sentences[start:end])
        start, end = fitting[0]
