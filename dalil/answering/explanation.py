"""The explanation of an answer: records of each step from the question to the confidence."""

from collections.abc import Sequence

from dalil.answering.evidence import Evidence
from dalil.domain import (
    AnswerExplanation,
    Confidence,
    EntailmentExplanation,
    EvidenceExplanation,
    HitExplanation,
    QueryExplanation,
)
from dalil.retrieval.retriever import SearchResults
from dalil.text.aliases import Aliases
from dalil.text.language import Language


def explain_own_reply(question: str, language: Language, *, threshold: float) -> AnswerExplanation:
    """The explanation of a reply without a search: the message, which was not analysed."""
    return AnswerExplanation(QueryExplanation(question, language, question, (), ()), (), (), None, threshold)


def explain_answer(
    results: SearchResults,
    evidence: Sequence[Evidence],
    confidence: Confidence | None,
    *,
    threshold: float,
    reader: str | None,
    prompt: str | None,
    entailments: Sequence[EntailmentExplanation],
    aliases: Aliases,
) -> AnswerExplanation:
    """The analysed query, the hits with their signals, the evidence with its scores, and the confidence's features."""
    question = results.question
    return AnswerExplanation(
        query=QueryExplanation(
            text=question.text,
            language=question.language,
            embedding_text=question.embedding_text,
            terms=question.terms,
            names=tuple((" ".join(name.words), *name.arabic) for name in aliases.names_in(question.text)),
        ),
        hits=tuple(
            HitExplanation(
                rank=hit.rank,
                score=hit.score,
                passage_id=hit.passage.id,
                article_id=hit.article.id,
                start=hit.passage.start,
                end=hit.passage.end,
                contributions=hit.contributions,
                collapsed=hit.collapsed,
            )
            for hit in results.hits
        ),
        evidence=tuple(
            EvidenceExplanation(
                article_id=item.article.id,
                start=item.span.start,
                end=item.span.end,
                text=item.text,
                rank_score=item.rank_score,
                late_interaction=item.late_interaction,
                token_precision=item.token_precision,
                passage_score=item.passage_score,
                article_match=item.article_match,
                token_share=item.token_share,
                states_expected=item.states_expected,
                is_lede=item.is_lede,
                missing_names=item.missing_names,
                other_year=item.other_year,
                answerable=item.answerable,
            )
            for item in evidence
        ),
        confidence=confidence,
        threshold=threshold,
        reader=reader,
        prompt=prompt,
        entailments=tuple(entailments),
    )
