import hashlib
import json
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from dalil.domain import Span
from dalil.errors import InvalidInput
from evals.datasets import own_sets
from evals.datasets.custom_set import load_questions
from evals.datasets.own_sets import FORMS, UNANSWERABLE, load_news_questions, load_reference, load_seeds
from evals.datasets.paths import DATA, NEWS, REFERENCE
from evals.datasets.questions import Label, QuestionSet

TEXT = "أعلنت اللجنة النتائج يوم الأحد. وفاز الفريق بثلاثة أهداف. ثم أعلنت اللجنة موعد الإياب."


@pytest.fixture(scope="module")
def seeds() -> QuestionSet:
    return load_seeds()


@pytest.fixture(scope="module")
def reference() -> QuestionSet:
    if not REFERENCE.is_dir():
        pytest.skip(f"the reference articles are not beside this checkout: they would lie in {REFERENCE}")
    return load_reference()


@pytest.fixture(scope="module")
def news() -> QuestionSet:  # takes seconds: the zips hold 31,030 articles
    if not NEWS.is_dir():
        pytest.skip(f"the newspaper articles are not beside this checkout: they would lie in {NEWS}")
    return load_news_questions()


def recorded(name: str) -> list[tuple[str, int, int, str]]:
    lines = (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [
        (evidence["article"], evidence["start"], evidence["end"], evidence["sha256"])
        for line in lines
        for evidence in json.loads(line)["evidence"] or ()
    ]


def read_as_recorded(name: str, asked: QuestionSet) -> int:
    texts = {article.id: article.text for article in asked.articles}
    places = recorded(name)
    for article, start, end, digest in places:
        assert hashlib.sha256(texts[article][start:end].encode()).hexdigest()[:16] == digest, (article, start)
    return len(places)


def test_every_span_over_the_seeds_reads_as_its_hash_says(seeds: QuestionSet) -> None:
    assert read_as_recorded("seeds", seeds) >= 180


def test_every_span_over_the_reference_articles_reads_as_its_hash_says(reference: QuestionSet) -> None:
    assert read_as_recorded("reference", reference) >= 50


def test_every_span_over_the_newspaper_articles_reads_as_its_hash_says(news: QuestionSet) -> None:
    assert len(news.articles) == 300
    assert read_as_recorded("news", news) >= 216


def test_spans_begin_and_end_with_text_and_lie_in_few_sentences(seeds: QuestionSet) -> None:
    texts = {article.id: article.text for article in seeds.articles}
    for question in seeds.questions:
        for label in question.labels:
            quote = label.span.of(texts[label.article_id])
            assert quote == quote.strip(), question.id
            assert len(quote) < 500, question.id


def test_the_halves_share_no_article(seeds: QuestionSet) -> None:
    halves = halves_of_articles("seeds")
    assert {article.id for article in seeds.articles} == set(halves)
    assert all(len(half) == 1 for half in halves.values())


def test_the_halves_of_the_news_set_share_no_article_and_each_has_two_fifths() -> None:
    halves = halves_of_articles("news")
    assert all(len(half) == 1 for half in halves.values())
    counts = Counter(need["half"] for need in needs("news"))
    assert min(counts["dev"], counts["test"]) > 0.4 * counts.total()


def needs(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def halves_of_articles(name: str) -> dict[str, set[str]]:
    halves = defaultdict(set)
    for need in needs(name):
        for article in [label["article"] for label in need["evidence"] or ()] or [need.get("about")]:
            if article is not None:
                halves[article].add(need["half"])
    return halves


def test_the_news_set_has_two_hundred_near_misses_of_every_kind_and_as_many_answerable_needs() -> None:
    misses = Counter(need["miss"] for need in needs("news") if need["kind"] == "near-miss")
    assert misses.keys() == {"absent-fact", "false-premise", "wrong-date", "wrong-actor", "planned-only"}
    assert min(misses.values()) >= 40
    assert misses.total() >= 200
    kinds = Counter(need["kind"] for need in needs("news"))
    assert kinds.keys() == {"fact", "number", "person", "date", "cause", "list", "near-miss"}
    assert kinds.total() - kinds["near-miss"] >= 200


def test_the_news_set_is_asked_in_both_languages_and_no_question_twice() -> None:
    asked = [need["questions"] for need in needs("news")]
    assert all(set(forms) == {"en", "ar"} for forms in asked)
    assert all(re.search("[\u0600-\u06ff]", forms["ar"]) and forms["en"].isprintable() for forms in asked)
    counts = Counter(text for forms in asked for text in forms.values())
    assert [text for text, count in counts.items() if count > 1] == []


def test_evidence_of_the_news_set_is_the_shortest_stretch_within_its_sentence() -> None:
    for need in needs("news"):
        for label in need["evidence"] or ():
            assert label["sentence"]["start"] <= label["start"] < label["end"] <= label["sentence"]["end"], need["id"]
        assert need.get("alternatives", False) == (len(need["evidence"] or ()) > 1), need["id"]


def test_a_question_of_the_news_set_has_its_labels_its_alternatives_and_its_miss(news: QuestionSet) -> None:
    questions = {question.id: question for question in news.questions}
    assert questions["n001.en"].miss == "wrong-actor"
    assert questions["n001.en"].cluster == "news-2015-07-25-00062"
    several = next(need for need in needs("news") if len(need["evidence"] or ()) > 1)
    question = questions[f"{several['id']}.ar"]
    assert question.alternatives
    assert [label.article_id for label in question.labels] == [label["article"] for label in several["evidence"]]
    assert all(label.sentence for label in question.labels)


def test_articles_of_the_news_set_have_a_date_a_source_and_a_title(news: QuestionSet) -> None:
    assert all(article.published_at and article.source and article.title for article in news.articles)


def test_each_half_is_at_least_a_third(seeds: QuestionSet) -> None:
    counts = Counter(question.half for question in seeds.questions)
    assert set(counts) == {"dev", "test"}
    assert min(counts.values()) > len(seeds.questions) / 3


def test_the_seeds_set_is_as_large_as_promised(seeds: QuestionSet) -> None:
    assert len(seeds.articles) >= 40
    forms = defaultdict(set)
    for question in seeds.questions:
        forms[question.need].add(question.form)
    kinds = {question.need: question.kind for question in seeds.questions}
    answerable = [need for need, kind in kinds.items() if kind not in UNANSWERABLE]
    assert len(answerable) >= 150
    assert all(forms[need] == set(FORMS) for need in kinds)
    counts = Counter(kind for kind in kinds.values() if kind in UNANSWERABLE)
    assert counts.total() >= 40
    assert counts["near-miss"] * 2 >= counts.total()


def test_every_kind_and_every_trait_is_there(seeds: QuestionSet) -> None:
    kinds = {"fact", "list", "number", "date", "person", "cause", "two-articles", "contradiction", *UNANSWERABLE}
    assert {question.kind for question in seeds.questions} == kinds
    traits = {trait for question in seeds.questions for trait in question.traits}
    assert {"dialect", "hamza", "taa-marbuta", "alef-maqsura", "transliteration", "digits", "typo"} <= traits


def test_fifty_needs_are_over_the_reference_articles_and_none_of_them_is_tuned_on(reference: QuestionSet) -> None:
    assert len({question.need for question in reference.questions if question.labels}) == 50
    assert {question.half for question in reference.questions} == {"test"}


def test_nothing_of_the_reference_articles_stands_in_the_recorded_set(reference: QuestionSet) -> None:
    assert quoted_runs(reference, words=8) == []


def test_nothing_of_the_newspaper_articles_stands_in_the_recorded_set(news: QuestionSet) -> None:
    assert quoted_runs(news, words=8) == []


def quoted_runs(asked: QuestionSet, words: int) -> list[str]:
    texts = [question.text.split() for question in asked.questions]
    runs = {" ".join(text[i : i + words]) for text in texts for i in range(len(text) - words + 1)}
    bodies = [" ".join(article.text.split()) for article in asked.articles]
    return [run for run in runs if any(run in body for body in bodies)]


def test_two_articles_and_contradiction_have_evidence_from_two(seeds: QuestionSet) -> None:
    for question in seeds.questions:
        if question.kind in ("two-articles", "contradiction"):
            assert len({label.article_id for label in question.labels}) >= 2, question.id


def test_english_is_english_and_every_other_form_arabic(seeds: QuestionSet) -> None:
    for question in seeds.questions:
        assert bool(re.search("[\u0600-\u06ff]", question.text)) == (question.language == "ar"), question.id


def test_no_question_is_asked_twice(seeds: QuestionSet) -> None:
    counts = Counter(question.text for question in seeds.questions)
    assert [text for text, count in counts.items() if count > 1] == []


def test_the_form_follows_the_need_and_the_cluster_is_the_article_of_the_first_best_label(seeds: QuestionSet) -> None:
    for question in seeds.questions:
        assert question.id == f"{question.need}.{question.form}"
        if question.labels:
            assert question.cluster == next(label.article_id for label in question.labels if label.grade == 3)
        elif question.kind == "off-topic":
            assert question.cluster == question.need


def own(monkeypatch: pytest.MonkeyPatch, folder: Path, **changes: object) -> QuestionSet:
    """One need over one article, written as evals/data has it, with changes."""
    (folder / "articles").mkdir()
    (folder / "articles" / "match.txt").write_text(TEXT, encoding="utf-8")
    quote = "وفاز الفريق بثلاثة أهداف."
    start = TEXT.index(quote)
    digest = hashlib.sha256(quote.encode()).hexdigest()[:16]
    label = {"article": "match", "start": start, "end": start + len(quote), "grade": 3, "sha256": digest}
    need: dict[str, object] = {
        "id": "x1",
        "half": "dev",
        "kind": "number",
        "questions": {"ar": "بكم هدفا فاز؟"},
        "evidence": [label],
    }
    own_label = {key.removeprefix("label_"): value for key, value in changes.items() if key.startswith("label_")}
    need |= {key: value for key, value in changes.items() if not key.startswith("label_")}
    if own_label:
        need["evidence"] = [label | own_label]
    (folder / "seeds.jsonl").write_text("\n" + json.dumps(need) + "\n", encoding="utf-8")
    monkeypatch.setattr(own_sets, "DATA", folder)
    monkeypatch.setattr(own_sets, "SEEDS", folder / "articles")
    return load_seeds()


def test_a_need_becomes_a_question_for_each_form(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = own(monkeypatch, tmp_path, questions={"en": "By how many?", "ar": "بكم؟"}, traits={"ar": ["typo"]})
    assert [(q.id, q.language, q.traits) for q in asked.questions] == [("x1.en", "en", ()), ("x1.ar", "ar", ("typo",))]
    assert asked.questions[0].labels == (Label("match", Span(32, 57), 3),)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"kind": "why"}, "kind", id="unknown kind"),
        pytest.param({"comment": "x"}, "comment", id="unknown field"),
        pytest.param({"half": None}, "half", id="no half"),
        pytest.param({"questions": {"fr": "Combien ?"}}, "questions", id="unknown form"),
        pytest.param({"evidence": None}, "null", id="answerable without evidence"),
        pytest.param({"evidence": []}, "grade 3", id="no evidence"),
        pytest.param({"kind": "near-miss", "evidence": None}, "about", id="near miss of nothing"),
        pytest.param(
            {"kind": "near-miss", "evidence": None, "about": "other", "miss": "wrong-date"},
            "no article 'other'",
            id="near miss of an unknown article",
        ),
        pytest.param({"label_grade": 2}, "grade 3", id="nothing answers alone"),
        pytest.param({"label_grade": 4}, "grade", id="grade out of range"),
        pytest.param({"label_article": "other"}, "no article 'other'", id="unknown article"),
        pytest.param({"label_sha256": "0" * 16}, "hash", id="other text"),
        pytest.param({"label_start": 33}, "hash", id="moved"),
        pytest.param({"label_end": 10_000}, "not a span", id="beyond the article"),
        pytest.param({"label_sentence": {"start": 33, "end": 60}}, "does not hold", id="evidence outside its sentence"),
    ],
)
def test_a_malformed_line_of_our_own_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changes: dict[str, object], said: str
) -> None:
    with pytest.raises(InvalidInput, match=rf"seeds\.jsonl:2: .*{said}"):
        own(monkeypatch, tmp_path, **changes)


def test_overlapping_labels_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    evidence = [
        {
            "article": "match",
            "start": start,
            "end": 57,
            "grade": 3,
            "sha256": hashlib.sha256(TEXT[start:57].encode()).hexdigest()[:16],
        }
        for start in (32, 37)
    ]
    with pytest.raises(InvalidInput, match="overlap"):
        own(monkeypatch, tmp_path, evidence=evidence)


def custom(folder: Path, *lines: dict[str, object]) -> QuestionSet:
    (folder / "match.txt").write_text(TEXT, encoding="utf-8")
    (folder / "README.md").write_text("About these articles.", encoding="utf-8")
    asked = folder.parent / f"{folder.name}.jsonl"
    asked.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return load_questions(asked, folder)


def line(**changes: object) -> dict[str, object]:
    fields = {"id": "q1", "lang": "en", "question": "Who won?", "article": "match", "evidence": "وفاز الفريق"}
    return fields | changes


@pytest.mark.parametrize(
    ("evidence", "spans"),
    [
        pytest.param("وفاز الفريق", [Span(32, 43)], id="quote"),
        pytest.param(["وفاز الفريق", "موعد الإياب"], [Span(32, 43), Span(74, 85)], id="quotes"),
        pytest.param({"start": 32, "end": 43}, [Span(32, 43)], id="offsets"),
        pytest.param([{"start": 32, "end": 43}, "موعد الإياب"], [Span(32, 43), Span(74, 85)], id="both"),
        pytest.param([{"start": 32, "end": 43}, "الفريق بثلاثة"], [Span(32, 50)], id="overlapping"),
    ],
)
def test_evidence_is_a_quote_or_offsets_or_several(tmp_path: Path, evidence: object, spans: list[Span]) -> None:
    (question,) = custom(tmp_path, line(evidence=evidence)).questions
    assert question.labels == tuple(Label("match", span, 3) for span in spans)
    assert (question.kind, question.half, question.cluster) == ("answerable", "test", "match")


def test_evidence_null_is_unanswerable_with_or_without_an_article(tmp_path: Path) -> None:
    asked = custom(tmp_path, line(evidence=None), line(id="q2", article=None, evidence=None))
    assert [(q.kind, q.labels, q.cluster) for q in asked.questions] == [
        ("unanswerable", (), "match"),
        ("unanswerable", (), "q2"),
    ]
    assert [article.id for article in asked.articles] == ["match"]


@pytest.mark.parametrize(("lang", "language"), [("en", "en"), ("ar", "ar"), ("ar-EG", "ar"), ("ary", "ar")])
def test_a_variety_is_a_form_of_its_language(tmp_path: Path, lang: str, language: str) -> None:
    (question,) = custom(tmp_path, line(lang=lang)).questions
    assert (question.form, question.language) == (lang, language)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"evidence": "غاب الفريق"}, "does not occur", id="absent quote"),
        pytest.param({"evidence": "أعلنت اللجنة"}, "more than once", id="quote that stands twice"),
        pytest.param({"evidence": " "}, "does not occur", id="empty quote"),
        pytest.param({"evidence": []}, "null", id="empty list"),
        pytest.param({"evidence": {"start": 5, "end": 5}}, "not a span", id="empty span"),
        pytest.param({"evidence": {"start": 5, "end": 500}}, "not a span", id="beyond the article"),
        pytest.param({"evidence": {"start": 5}}, "evidence", id="no end"),
        pytest.param({"article": "other"}, "no article 'other'", id="unknown article"),
        pytest.param({"article": None}, "needs the article", id="evidence of nowhere"),
        pytest.param({"lang": "fr"}, "neither en nor ar", id="language"),
        pytest.param({"question": " "}, "question", id="empty question"),
    ],
)
def test_a_malformed_line_of_anyone_is_named(tmp_path: Path, changes: dict[str, object], said: str) -> None:
    with pytest.raises(InvalidInput, match=rf"\.jsonl:2: .*{said}"):
        custom(tmp_path, line(id="q0"), line(**changes))


def test_an_id_that_stands_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"\.jsonl:2: .*'q1' occurs twice"):
        custom(tmp_path, line(), line())


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such folder"):
        load_questions(tmp_path / "asked.jsonl", tmp_path / "none")
    with pytest.raises(InvalidInput, match="no articles"):
        load_reference(tmp_path)
    with pytest.raises(InvalidInput, match="holds no zips"):
        load_news_questions(tmp_path)
    with pytest.raises(InvalidInput, match="no questions"):
        custom(tmp_path)
    with pytest.raises(InvalidInput, match=r"none\.jsonl: cannot be read"):
        load_questions(tmp_path / "none.jsonl", tmp_path)


def test_articles_that_cannot_be_read_and_ids_that_clash_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"bad\.jsonl:1"):
        custom(tmp_path, line())
    (tmp_path / "bad.jsonl").unlink()
    (tmp_path / "other.md").write_text("---\nid: match\n---\nنص آخر.", encoding="utf-8")
    with pytest.raises(InvalidInput, match="second article"):
        custom(tmp_path, line())
