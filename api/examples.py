"""Example requests on the documentation page."""

from fastapi.openapi.models import Example

ENGLISH = "what weapons did DPRK send?"
ARABIC = "ما الأسلحة التي أرسلتها كوريا الشمالية؟"

SEARCHES: dict[str, Example] = {
    "english": {"summary": "In English", "value": {"query": ENGLISH, "limit": 5}},
    "arabic": {"summary": "In Arabic", "value": {"query": ARABIC, "limit": 5}},
    "filtered": {
        "summary": "With every field",
        "value": {
            "query": ARABIC,
            "limit": 3,
            "mode": "semantic",
            "filters": {"published_from": "2020-01-01", "published_to": "2030-12-31"},
            "explain": True,
            "facets": True,
        },
    },
}

QUESTIONS: dict[str, Example] = {
    "english": {"summary": "In English", "value": {"question": ENGLISH}},
    "arabic": {"summary": "In Arabic", "value": {"question": ARABIC, "max_citations": 3}},
    "unanswered": {
        "summary": "With related evidence alone",
        "value": {"question": "how many people died in the Morocco earthquake in 1975?"},
    },
    "streamed": {"summary": "As a stream of events", "value": {"question": ARABIC, "stream": True}},
}

CHATS: dict[str, Example] = {
    "english": {
        "summary": "In English",
        "value": {"model": "dalil", "messages": [{"role": "user", "content": ENGLISH}]},
    },
    "arabic": {
        "summary": "In Arabic, a follow-up question, as a stream of events",
        "value": {
            "model": "dalil",
            "messages": [
                {"role": "user", "content": ARABIC},
                {"role": "assistant", "content": "…"},
                {"role": "user", "content": "ومتى كان ذلك؟"},
            ],
            "stream": True,
        },
    },
}

ARTICLES: dict[str, Example] = {
    "text": {"summary": "A text alone", "value": {"text": "أرسلت كوريا الشمالية صواريخ باليستية إلى روسيا."}},
    "everything": {
        "summary": "With every field",
        "value": {
            "text": "أرسلت كوريا الشمالية صواريخ باليستية إلى روسيا.\nوقال محللون إن الشحنة ضمت قذائف مدفعية أيضا.",
            "title": "أسلحة من كوريا الشمالية",
            "source": "وكالة الأنباء",
            "published_at": "2024-10-11T18:30:00+03:00",
            "url": "https://news.example/weapons",
            "language": "ar",
            "metadata": {"section": "سياسة"},
        },
    },
}
