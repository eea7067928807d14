import json
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from api.routes.parameters import SearchParameters
from dalil.domain import (
    Answer,
    AnswerSentence,
    AnswerStatus,
    Article,
    ArticleSummary,
    Citation,
    CollapsedPassage,
    Contribution,
    Disagreement,
    DuplicateGroup,
    Filters,
    Finding,
    Hit,
    Mode,
    NearDuplicate,
    Passage,
    ScoredSentence,
    ShortAnswer,
    Span,
    StatedValue,
    Strength,
    TimeEffect,
    TimeExpression,
    Verdict,
)
from dalil.wire import answers, articles, fields, search

BASE_URL = "http://localhost:8000/"
SUMMARY = ArticleSummary("a", "عنوان", "مصدر", datetime(2024, 3, 1, 1, tzinfo=timezone(timedelta(hours=3))), None)
DUPLICATES = DuplicateGroup((NearDuplicate(ArticleSummary("b", "نسخة"), 0.75),), earliest="a", latest="a")
HIT = Hit(
    rank=1,
    score=0.5,
    passage=Passage("p", "a", 10, 20, "نص المقطع.", (Span(10, 20),)),
    article=SUMMARY,
    cosine=0.7,
    best_sentence=ScoredSentence(Span(10, 20), "نص المقطع.", 0.6, 0.3),
    sentences=(ScoredSentence(Span(10, 20), "نص المقطع.", 0.6, 0.3),),
    contributions=(Contribution("lexical", None, 3.5, 0.25, 0.4),),
    duplicates=DUPLICATES,
    collapsed=(CollapsedPassage("q", "b", 0.4),),
)
DUPLICATES_JSON = {
    "articles": [
        {"id": "b", "title": "نسخة", "source": None, "published_at": None, "url": None, "similarity": 0.75},
    ],
    "earliest": "a",
    "latest": "a",
}


def test_a_date_stays_a_date_which_is_a_whole_day() -> None:
    filters = fields.Filters.model_validate({"published_from": "2024-03-01", "published_to": "2024-03-01"}).to_domain()
    assert filters.published_from == filters.published_to == date(2024, 3, 1)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("2024-03-01T10:00:00", datetime(2024, 3, 1, 10, tzinfo=UTC)),
        ("2024-03-01T10:00:00Z", datetime(2024, 3, 1, 10, tzinfo=UTC)),
        ("2024-03-01T10:00:00+03:00", datetime(2024, 3, 1, 7, tzinfo=UTC)),
        ("2024-03-01 10:00", datetime(2024, 3, 1, 10, tzinfo=UTC)),
    ],
)
def test_a_moment_without_a_zone_is_utc_and_others_are_converted(given: str, expected: datetime) -> None:
    assert fields.Filters.model_validate({"published_to": given}).to_domain().published_to == expected


@pytest.mark.parametrize(
    "value", ["", "yesterday", "2024-13-01", "9999-12-31T23:00:00-14:00", "1700000000", 1700000000, 1.5, True, [], {}]
)
def test_what_is_no_date_is_refused(value: object) -> None:
    with pytest.raises(ValidationError):
        fields.Filters.model_validate({"published_from": value})


@pytest.mark.parametrize(
    "body",
    [
        {"limit": "10"},
        {"limit": 10.0},
        {"limit": True},
        {"limit": 0},
        {"limit": 101},
        {"mode": "fuzzy"},
        {"explain": "yes"},
        {"query": 5},
        {"filters": {"article_ids": "a"}},
        {"filters": {"article_ids": [1]}},
        {"filters": {"article_ids": [""]}},
        {"filters": {"article": []}},
        {"unknown": 1},
    ],
    ids=repr,
)
def test_json_fields_are_read_strictly(body: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        search.SearchRequest.model_validate({"query": "سؤال", **body})


def test_a_request_without_optional_fields_has_the_documented_defaults() -> None:
    request = search.SearchRequest.model_validate({"query": "سؤال"})
    assert (request.limit, request.mode, request.explain, request.facets) == (10, Mode.HYBRID, False, False)
    assert request.filters.to_domain() == Filters()
    asked = answers.AnswerRequest.model_validate({"question": "سؤال"})
    assert (asked.max_citations, asked.stream) == (5, False)


def test_query_parameters_ask_the_same_as_the_body() -> None:
    parameters = SearchParameters.model_validate(
        {
            "q": "سؤال",
            "limit": "3",
            "mode": "lexical",
            "source": ["s"],
            "published_to": "2024-03-01",
            "explain": "true",
            "facets": "true",
            "collapse": "false",
        }
    )
    body = {
        "query": "سؤال",
        "limit": 3,
        "mode": "lexical",
        "filters": {"sources": ["s"], "published_to": "2024-03-01"},
        "explain": True,
        "facets": True,
        "collapse": False,
    }
    assert parameters.to_request() == search.SearchRequest.model_validate(body)


def test_a_publication_date_keeps_its_time_zone() -> None:
    assert (
        '"published_at":"2024-03-01T01:00:00+03:00"' in articles.ArticleSummary.from_domain(SUMMARY).model_dump_json()
    )


def test_a_hit_has_the_promised_fields_and_explains_itself_only_when_asked() -> None:
    hit = search.Hit.from_domain(HIT, [Span(10, 12)], explain=False, base_url=BASE_URL).model_dump(mode="json")
    assert hit == {
        "rank": 1,
        "score": 0.5,
        "passage_id": "p",
        "article": {
            "id": "a",
            "title": "عنوان",
            "source": "مصدر",
            "published_at": "2024-03-01T01:00:00+03:00",
            "url": None,
        },
        "text": "نص المقطع.",
        "start": 10,
        "end": 20,
        "best_sentence": {"start": 10, "end": 20, "text": "نص المقطع."},
        "highlights": [{"start": 10, "end": 12}],
        "link": "http://localhost:8000/articles/a?start=10&end=20#cited",
        "duplicates": DUPLICATES_JSON,
        "explain": None,
    }
    explained = search.Hit.from_domain(HIT, [], explain=True, base_url=BASE_URL).model_dump(mode="json")["explain"]
    assert explained["contributions"] == [
        {
            "signal": "lexical",
            "rank": None,
            "raw_score": 3.5,
            "normalised_score": 0.25,
            "weight": 0.4,
            "contribution": 0.1,
        }
    ]
    assert explained["cosine"] == 0.7
    assert explained["best_sentence"] == {"start": 10, "end": 20, "late_interaction": 0.6, "token_precision": 0.3}
    assert explained["sentences"] == [explained["best_sentence"]]
    assert explained["collapsed"] == [{"passage_id": "q", "article_id": "b", "score": 0.4}]


def test_an_answer_has_the_promised_fields() -> None:
    answer = Answer(
        question="سؤال",
        language="ar",
        status=AnswerStatus.ANSWERED,
        confidence=0.9,
        sentences=(AnswerSentence("جملة.", (1,), 0.8, Verdict.SUPPORTED),),
        citations=(Citation(1, SUMMARY, "جملة.", 3, 8, "قبل ", " بعد", DUPLICATES),),
        generator="extractive",
        strength=Strength.WELL_SUPPORTED,
        short_answer=ShortAnswer("جملة", 1, 3, 7, SUMMARY.published_at),
        related=(Citation(2, SUMMARY, "جملة أخرى.", 9, 19),),
        times=(TimeExpression("آخر حصيلة", None, None, TimeEffect.NEWEST_FIRST),),
        disagreements=(Disagreement("حاوية", (StatedValue("7 حاويات", 7.0, 1),)),),
    )
    assert answers.AnswerResponse.from_domain(answer, took_ms=1.5, base_url=BASE_URL).model_dump(mode="json") == {
        "question": "سؤال",
        "language": "ar",
        "status": "answered",
        "confidence": 0.9,
        "strength": "well_supported",
        "short_answer": {
            "text": "جملة",
            "citation": 1,
            "start": 3,
            "end": 7,
            "published_at": "2024-03-01T01:00:00+03:00",
        },
        "text": "جملة. [1]",
        "sentences": [{"text": "جملة.", "citations": [1], "support": 0.8, "verdict": "supported", "findings": []}],
        "citations": [
            {
                "number": 1,
                "article_id": "a",
                "title": "عنوان",
                "source": "مصدر",
                "published_at": "2024-03-01T01:00:00+03:00",
                "url": None,
                "quote": "جملة.",
                "start": 3,
                "end": 8,
                "before": "قبل ",
                "after": " بعد",
                "link": "http://localhost:8000/articles/a?start=3&end=8#cited",
                "duplicates": DUPLICATES_JSON,
            }
        ],
        "related": [
            {
                "number": 2,
                "article_id": "a",
                "title": "عنوان",
                "source": "مصدر",
                "published_at": "2024-03-01T01:00:00+03:00",
                "url": None,
                "quote": "جملة أخرى.",
                "start": 9,
                "end": 19,
                "before": "",
                "after": "",
                "link": "http://localhost:8000/articles/a?start=9&end=19#cited",
                "duplicates": None,
            }
        ],
        "missing": [],
        "times": [{"text": "آخر حصيلة", "published_from": None, "published_to": None, "effect": "newest_first"}],
        "disagreements": [
            {
                "quantity": "حاوية",
                "values": [{"text": "7 حاويات", "value": 7.0, "citation": 1, "published_at": None}],
            }
        ],
        "generator": "extractive",
        "dropped_sentences": 0,
        "dropped": [],
        "invalid_citations": 0,
        "notes": [],
        "refusal_reason": None,
        "explain": None,
        "took_ms": 1.5,
    }


def test_a_hit_with_its_explanation_is_the_engines_record() -> None:
    served = search.Hit.from_domain(HIT, [Span(10, 12)], explain=True, base_url=BASE_URL).model_dump_json()
    assert search.Hit.model_validate_json(served).to_domain() == HIT


def test_a_hit_without_its_explanation_is_no_record() -> None:
    with pytest.raises(ValueError, match="no explanation"):
        search.Hit.from_domain(HIT, [], explain=False, base_url=BASE_URL).to_domain()


FINDINGS = (
    Finding("quantities", Verdict.UNSUPPORTED, "no quote has the number 12", Span(4, 6)),
    Finding("similarity", Verdict.PARTIAL, "the quotes say less"),
)


def test_the_findings_of_a_sentence_are_the_engines_records() -> None:
    sentence = AnswerSentence("قتل 12 شخصا.", (1, 2), 0.4, Verdict.UNSUPPORTED, FINDINGS)
    served = answers.AnswerSentence.from_domain(sentence).model_dump(mode="json")
    assert served["findings"] == [
        {
            "rule": "quantities",
            "verdict": "unsupported",
            "message": "no quote has the number 12",
            "span": {"start": 4, "end": 6},
        },
        {"rule": "similarity", "verdict": "partial", "message": "the quotes say less", "span": None},
    ]
    assert answers.AnswerSentence.model_validate(served).to_domain() == sentence


def test_an_event_of_a_sentence_has_its_fields_the_new_citations_and_the_short_answer() -> None:
    sentence = AnswerSentence("جملة.", (1, 2), 0.4, Verdict.PARTIAL, FINDINGS[1:])
    short = ShortAnswer("جملة", 2, 3, 7)
    event = answers.SentenceReady.from_parts(sentence, [Citation(2, SUMMARY, "جملة.", 3, 8)], short, base_url=BASE_URL)
    assert event.short_answer is not None
    assert event.short_answer.to_domain() == short
    assert answers.AnswerSentence.model_validate(event.model_dump()).to_domain() == sentence
    assert [citation.to_domain().number for citation in event.new_citations] == [2]


def test_a_body_that_is_not_validated_is_sent_whole_for_the_service_to_refuse() -> None:
    filters = Filters(sources=("", "\ud800"), published_from=datetime(2024, 3, 1))  # noqa: DTZ001
    body = search.SearchRequest.model_construct(
        query="\ud800", limit=1000, filters=fields.Filters.from_domain(filters)
    ).to_json()
    assert json.loads(body) == {
        "query": "\ud800",
        "limit": 1000,
        "mode": "hybrid",
        "filters": {
            "article_ids": [],
            "sources": ["", "\ud800"],
            "published_from": "2024-03-01T00:00:00+00:00",
            "published_to": None,
        },
        "explain": False,
        "facets": False,
        "collapse": True,
        "read_times": True,
        "reference_date": None,
        "sort": "relevance",
        "recency": 0.0,
    }


def test_an_article_keeps_its_text_language_and_metadata() -> None:
    article = Article("a/b", "عنوان", "نص\nثان", language="ar", metadata={"k": "v"})
    served = articles.Article.from_article(article)
    assert served.to_article() == article
    assert served.model_dump(mode="json") == {
        "id": "a/b",
        "title": "عنوان",
        "source": None,
        "published_at": None,
        "url": None,
        "text": "نص\nثان",
        "language": "ar",
        "metadata": {"k": "v"},
    }
