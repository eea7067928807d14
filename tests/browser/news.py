"""A small archive of two sources and three years, a question that all of it answers a little, and one off topic."""

from datetime import UTC, datetime

from dalil.domain import Article

AGENCY, PAPER = "وكالة الشرق", "The Daily صحيفة"

QUESTION = "ماذا أعلنت الحكومة عن القمح؟"
OFF_TOPIC = "كيف أصلح دراجتي القديمة؟"


def _article(number: int, source: str, year: int) -> Article:
    return Article(
        id=f"wheat-{number}",
        title=f"تقرير القمح رقم {number}",
        text=(
            f"أعلنت الحكومة أن محصول القمح بلغ {number}00 ألف طن هذا العام.\n"
            f"وقال الوزير في 3/{number}/{year} إن الأسعار ارتفعت بنسبة {number}% في السوق (USDA).\n"
            f"وأضافت الحكومة أن القمح المستورد وصل إلى ميناء رقم {number} من دون تأخير يذكر."
        ),
        source=source,
        published_at=datetime(year, number, 3, tzinfo=UTC),
        url=f"https://news.example/{number}",
    )


NEWS = (
    _article(1, AGENCY, 2022),
    _article(2, AGENCY, 2023),
    _article(3, AGENCY, 2023),
    _article(4, PAPER, 2023),
    _article(5, PAPER, 2024),
)
