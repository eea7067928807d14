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

WORD = "عابرللحدود" * 40
LATIN_WORD = "Supercalifragilistic" * 20

LONG = Article(
    id="long" * 100,
    title=f"{WORD} {LATIN_WORD}",
    text=f"قال الناطق {WORD} {LATIN_WORD} إن القمح وصل.\n{LATIN_WORD}",
    source=f"{LATIN_WORD}{WORD}"[:500],
    published_at=datetime(2024, 3, 3, tzinfo=UTC),
    url=f"https://news.example/{LATIN_WORD}",
)
MARKDOWN = Article(
    id="markdown",
    title="[عنوان](javascript:alert(1)) **قمح** ![](https://evil.example/pixel.png)",
    text=(
        "[اضغط هنا](javascript:alert('link')) لقراءة خبر القمح كاملا على <https://evil.example>.\n"
        "![صورة](https://evil.example/pixel.png) وقال الوزير إن `القمح` وصل [1] إلى الميناء [[2]](#cited).\n"
        '<a href="https://evil.example" onclick="alert(2)">رابط</a> <svg onload="alert(3)"> القمح '
        '<iframe src="//evil.example">'
    ),
    source="[وكالة](data:text/html,<script>alert(4)</script>)",
    published_at=datetime(2024, 3, 4, tzinfo=UTC),
)
NAMELESS = Article(id="nameless", title="", text="وصل القمح إلى الميناء صباح اليوم من دون تأخير.")
TURNED = Article(
    id="turned",
    title=f"{OVERRIDES}عنوان القمح \u202e123 abc",
    text=f"قال{OVERRIDES} الوزير abc 12 إن القمح {OVERRIDES}وصل \u202eللميناء 34 def.\n"
    f"{OVERRIDES}وتتمة الخبر 56 هنا ghi.",
    source=f"وكالة{OVERRIDES} abc 12",
    published_at=datetime(2024, 3, 5, tzinfo=UTC),
    url=f"https://news.example/{OVERRIDES}",
)
MIXED = Article(
    id="mixed",
    title="BBC: سعر القمح (wheat) يبلغ 12.5% في USDA",
    text='قالت "BBC News" إن سعر القمح (wheat) بلغ 12.5$ للطن، أي +3% عن 2023-04-01.\n"WFP" تؤكد: 45/46 سفينة وصلت!',
    source="BBC عربي (London)",
    published_at=datetime(2024, 3, 6, tzinfo=UTC),
)
HOSTILE = (SCRIPTS, FOREIGN, LONG, MARKDOWN, NAMELESS, TURNED, MIXED)
