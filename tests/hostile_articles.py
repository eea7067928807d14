"""Articles whose owners try to break the page that shows them."""

from datetime import UTC, datetime

from dalil.domain import Article

OVERRIDES = "\u202a\u202b\u202d\u202e\u2066\u2067\u2068"
"""Every character that turns around what follows it, each left open."""

QUOTE = "</mark> &amp; 😀 الجملة <b>المقتبسة</b>\u2069\nوتتمتها «هنا»\rعلى \u202eثلاثة\n\n أسطر  "

SCRIPTS = Article(
    id="قسم/../\"><script>alert('id')</script>?start=0#%2F",
    title="عنوان <script>document.title = 'title'</script> &amp; «اقتباس»",
    text=(
        "  مقدمة 😀𐍈😀 طويلة.\n"
        f"{OVERRIDES}\n"
        "<script>document.title = 'text'</script><img src=x onerror=\"document.title = 'image'\">\n"
        f"{'سطر قبل الاقتباس. 😀' * 200}\n"
        f"{QUOTE}\n"
        f"</div></article></main>{'سطر بعد الاقتباس. ' * 200}<!-- ]]> {{{{ 7 * 7 }}}}\n "
    ),
    source=f"</li><script>document.title = 'source'</script>{OVERRIDES}",
    published_at=datetime(2024, 3, 1, 23, 30, tzinfo=UTC),
    url='https://news.example/"onmouseover="alert(1)',
)
START = SCRIPTS.text.index(QUOTE)
END = START + len(QUOTE)

FOREIGN = Article(
    id="foreign",
    title="A title",
    text="A line in English.",
    published_at=datetime(2024, 3, 2, tzinfo=UTC),
    url="javascript:alert(1)",
    language="en",
)
