"""An explained answer as tables: from the analysed question to the sentences, shown and dropped."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from dalil.domain import Answer, AnswerExplanation, Confidence, Finding

MAX_TERMS = 24
"""Terms of the keyword search that are listed; a long question has hundreds."""

MAX_SENTENCE_CHARACTERS = 110


def explanation_tables(answer: Answer) -> Iterator[RenderableType]:
    """The tables of one answer, in the order of the work; it needs its `explanation`."""
    explanation = answer.explanation
    if explanation is None:
        raise ValueError("the answer was made without an explanation")
    yield _query(explanation)
    yield _hits(explanation)
    yield _evidence(explanation)
    if explanation.confidence:
        yield _confidence(explanation.confidence, explanation.threshold)
    yield _sentences(answer)
    yield _outcome(answer, explanation)


def _query(explanation: AnswerExplanation) -> Table:
    query = explanation.query
    table = Table("analysed query", "", show_header=True, title_justify="left")
    table.add_row("text", Text(query.text))
    table.add_row("language", query.language)
    table.add_row("embedding text", Text(query.embedding_text))
    table.add_row("names", Text("; ".join(" = ".join(name) for name in query.names) or "none"))
    more = len(query.terms) - MAX_TERMS
    table.add_row("terms", Text(" ".join(query.terms[:MAX_TERMS]) + (f" and {more:,} more" if more > 0 else "")))
    return table


def _hits(explanation: AnswerExplanation) -> Table:
    signals = [share.signal for share in explanation.hits[0].contributions] if explanation.hits else []
    table = Table("hit", "article", "score", *(f"{signal}\nweight × score" for signal in signals))
    for hit in explanation.hits:
        shares = (f"{share.weight:.2f} × {share.normalised_score:.2f}" for share in hit.contributions)
        place = f"{hit.article_id} {hit.start}:{hit.end}"
        table.add_row(str(hit.rank), Text(place), f"{hit.score:.3f}", *shares)
    return table


def _evidence(explanation: AnswerExplanation) -> Table:
    headers = ("rank score", "late interaction", "precision", "passage", "article", "token share", "reader")
    table = Table("evidence", "article", *headers, "sentence")
    for number, item in enumerate(explanation.evidence, start=1):
        scores = (
            *(item.rank_score, item.late_interaction, item.token_precision),
            *(item.passage_score, item.article_match, item.token_share),
        )
        place = f"{item.article_id} {item.start}:{item.end}"
        answerable = "" if item.answerable is None else f"{item.answerable:.3f}"
        table.add_row(
            str(number), Text(place), *(f"{score:.3f}" for score in scores), answerable, Text(_short(item.text))
        )
    return table


def _confidence(confidence: Confidence, threshold: float) -> Table:
    table = Table("feature", "value", "× topicality weight", "× answerability weight")
    table.add_row(
        "intercept", "", f"{confidence.topicality_intercept:+.2f}", f"{confidence.answerability_intercept:+.2f}"
    )
    for feature in confidence.features:
        table.add_row(
            feature.name,
            f"{feature.value:.3f}",
            f"{feature.value * feature.topicality_weight:+.2f}",
            f"{feature.value * feature.answerability_weight:+.2f}",
        )
    table.add_section()
    table.add_row("probability", "", f"{confidence.topicality:.3f}", f"{confidence.answerability:.3f}")
    product = f"{confidence.topicality:.3f} × {confidence.answerability:.3f} × {confidence.year_factor:.1f} (year)"
    if confidence.answerable is not None:
        product += f", at most {confidence.answerable:.3f} (reader)"
    table.add_row("confidence", f"{confidence.value:.3f}", product, f"threshold {threshold:.2f}")
    return table


def _sentences(answer: Answer) -> Table:
    table = Table("sentence", "verdict", "support", "cites", "findings")
    for sentence in answer.sentences:
        cited = " ".join(map(str, sentence.citations))
        table.add_row(
            Text(_short(sentence.text)),
            sentence.verdict,
            f"{sentence.support:.3f}",
            cited,
            _findings(sentence.findings),
        )
    for dropped in answer.dropped:
        table.add_row(Text(_short(dropped.text)), f"dropped: {dropped.reason}", "", "", _findings(dropped.findings))
    return table


def _findings(findings: tuple[Finding, ...]) -> Text:
    return Text("\n".join(f"{finding.rule}: {finding.message}" for finding in findings))


def _outcome(answer: Answer, explanation: AnswerExplanation) -> Table:
    table = Table("outcome", "")
    table.add_row("status", answer.status)
    table.add_row("strength", answer.strength)
    short = answer.short_answer
    table.add_row("short answer", Text(f"{short.text} [{short.citation}]") if short else "none")
    for citation in answer.related:
        table.add_row(f"related {citation.number}", Text(_short(citation.quote)))
    for number, detail in enumerate(answer.missing, start=1):
        table.add_row(f"missing {detail.kind} {number}", Text(detail.text))
    table.add_row("generator", Text(answer.generator))
    if explanation.reader:
        table.add_row("reader", Text(explanation.reader))
    if explanation.prompt:
        table.add_row("prompt", explanation.prompt)
    for own in explanation.entailments:
        table.add_row("probability that the quotes say it", Text(f"{own.probability:.3f} {_short(own.sentence)}"))
    if answer.refusal_reason:
        table.add_row("refusal reason", answer.refusal_reason)
    for note in answer.notes:
        table.add_row("note", Text(note))
    return table


def _short(text: str) -> str:
    return text if len(text) <= MAX_SENTENCE_CHARACTERS else text[: MAX_SENTENCE_CHARACTERS - 1] + "…"
