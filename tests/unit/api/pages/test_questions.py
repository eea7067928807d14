import pytest

from api.pages.preferences import UiLanguage
from api.pages.questions import candidate_questions

TITLES = [
    "زلزال المغرب.. أكثر من ألفي قتيل",
    "«زلزال المغرب»: حداد ثلاثة أيام",
    "كوريا الشمالية سلمت روسيا ألف حاوية",
    "روسيا وأوكرانيا تتبادلان الأسرى",
    "روسيا وإيران توقعان اتفاقا",
    "مفاجأة",
    "",
]


@pytest.mark.parametrize(
    ("language", "questions"),
    [
        (
            "ar",
            [
                "ماذا قيل عن «زلزال المغرب»؟",
                "ماذا قيل عن «كوريا الشمالية سلمت روسيا ألف حاوية»؟",
                "ماذا قيل عن «روسيا وأوكرانيا تتبادلان الأسرى»؟",
                "ماذا قيل عن «روسيا وإيران توقعان اتفاقا»؟",
            ],
        ),
        (
            "en",
            [
                "What do the articles say about North Korea and Russia?",
                "What do the articles say about Russia and Ukraine?",
            ],
        ),
    ],
)
def test_a_title_suggests_a_question_about_its_first_part_or_its_names(
    language: UiLanguage, questions: list[str]
) -> None:
    assert list(candidate_questions(TITLES, language)) == questions
