"""The programs as people run them: index the articles, start the server, ask over a socket; on both stores.

Slow: the bundled model embeds the seeds once for each store, and each program imports its libraries.
"""

import json
from pathlib import Path

import pytest

from tests.programs import ROOT, SEEDS, Service, index, service

REFERENCE = ROOT.parent / "shared" / "articles"
STORES = ["lancedb", pytest.param("opensearch", marks=pytest.mark.opensearch)]

QUESTIONS = [
    "what weapons did DPRK send?",
    "ما الأسلحة التي أرسلتها كوريا الشمالية؟",
    "How many containers did North Korea deliver to Russia?",
    "Who gave Ukraine Storm Shadow missiles?",
    "متى وقعت اتفاقية تصدير الحبوب عبر البحر الأسود؟",
    "How many Abrams tanks did Washington promise?",
    "كم عدد ضحايا زلزال المغرب؟",
    "Which city will host Expo 2030?",
    "ما الذي اعترفت به طهران بشأن الطائرات المسيرة؟",
    "When did the Oreshnik missile hit Dnipro?",
    "من فاز بكأس العالم في قطر؟",
    "How many aircraft were hit in operation Spider's Web?",
    "ما خسائر القوات الكورية الشمالية في كورسك؟",
    "What did Conflict Armament Research find in the Kharkiv missile?",
    "متى هبطت المركبة الهندية على القمر؟",
    "Why did Russia leave the grain deal?",
    "كم حاوية أرسلتها بيونغ يانغ بحسب سيول؟",
    "Where did the first ATACMS strikes hit?",
    "ما بنود معاهدة بوتين وكيم؟",
    "What did Saudi Arabia and Iran agree in Beijing?",
]


@pytest.fixture(scope="module", params=STORES)
def seeds(request: pytest.FixtureRequest) -> Service:
    name = "seeds_service" if request.param == "lancedb" else "opensearch_seeds_service"
    running: Service = request.getfixturevalue(name)
    return running


def answer(running: Service, question: str) -> dict[str, object]:
    response = running.client.post("/v1/answer", json={"question": question})
    assert response.status_code == 200, response.text
    body: dict[str, object] = response.json()
    return body


def check_quotes(running: Service, body: dict[str, object]) -> list[str]:
    quotes = []
    citations = body["citations"]
    assert isinstance(citations, list)
    for citation in citations:
        article = running.client.get(f"/v1/articles/{citation['article_id']}").json()
        assert article["text"][citation["start"] : citation["end"]] == citation["quote"]
        quotes.append(citation["quote"])
    return quotes


@pytest.mark.model
@pytest.mark.parametrize("question", QUESTIONS[:2])
def test_which_weapons_were_sent_is_answered_with_verbatim_quotes(seeds: Service, question: str) -> None:
    body = answer(seeds, question)
    assert body["status"] == "answered"
    quotes = " ".join(check_quotes(seeds, body))
    assert any(weapon in quotes for weapon in ("قذائف", "صواريخ", "ذخائر", "مدافع", "راجمات"))
    assert "كوري" in quotes


@pytest.mark.model
def test_a_question_about_something_else_is_refused(seeds: Service) -> None:
    body = answer(seeds, "how do I bake sourdough bread?")
    assert (body["status"], body["citations"], body["sentences"]) == ("insufficient_evidence", [], [])


@pytest.mark.model
def test_every_quote_of_every_answer_is_verbatim(seeds: Service) -> None:
    for question in QUESTIONS:
        check_quotes(seeds, answer(seeds, question))


@pytest.mark.model
def test_indexing_again_embeds_nothing(seeds: Service) -> None:
    count = len([path for path in SEEDS.glob("*.md") if path.name != "README.md"])
    assert f"{count} unchanged" in index(seeds.environment, SEEDS)


@pytest.mark.model
@pytest.mark.opensearch
def test_both_stores_rank_the_same_passages_first(seeds_service: Service, opensearch_seeds_service: Service) -> None:
    tops = []
    for running in (seeds_service, opensearch_seeds_service):
        hits = [
            running.client.post("/v1/search", json={"query": question, "limit": 3}).json()["hits"]
            for question in QUESTIONS
        ]
        tops.append([[hit["passage_id"] for hit in found] for found in hits])
    same = [embedded[0] == opensearch[0] for embedded, opensearch in zip(*tops, strict=True)]
    assert sum(same) >= 0.95 * len(QUESTIONS), json.dumps(tops)


@pytest.mark.model
@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference articles are not beside this checkout")
@pytest.mark.parametrize("store", STORES)
def test_the_reference_articles_answer_the_main_question(store: str, tmp_path: Path) -> None:
    with service(store, tmp_path, REFERENCE) as running:
        for question in QUESTIONS[:2]:
            body = answer(running, question)
            assert body["status"] == "answered"
            quotes = " ".join(check_quotes(running, body))
            assert "كوريا الشمالية" in quotes
            for boilerplate in ("شاركها", "تم نسخ الرابط", "اقرأ أيضا", "جميع الحقوق", "عاجل"):
                assert boilerplate not in quotes
        assert answer(running, "who won the 2022 Eurovision song contest?")["status"] == "insufficient_evidence"
