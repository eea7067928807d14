"""Pages whose layout hides the article from the library that looks for it."""

import pytest

from dalil.indexing.markup import read_html

LEAD = "افتتح وزير النقل سالم الحداد جسر النخيل المعلق في مدينة واحة الرمال بعد ست سنوات من الأعمال والتأخير."
REST = "وقال الحداد إن الجسر سيخدم نحو 35 ألف مركبة يوميا، وإنه يختصر زمن العبور من ساعة إلى تسع دقائق."
MENU = "<a href=/>الرئيسية</a> <a href=/s>سياسة</a>"


def lines(body: str) -> list[str]:
    """The lines of a page's text; its title is always «جسر النخيل»."""
    fields = read_html(f"<html><head><title>جسر النخيل</title></head><body>{body}</body></html>")
    assert isinstance(fields, dict)
    assert fields["title"] == "جسر النخيل"
    return [line.strip() for line in str(fields["text"]).split("\n")]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(
            f"<table><tr><td colspan=2>{MENU}</td></tr><tr><td>{MENU}</td><td><b>جسر النخيل</b><br><br>{LEAD}<br><br>"
            f"{REST}</td></tr></table>",
            id="one table of menus and text",
        ),
        pytest.param(
            f"<table><tr><td>{MENU}</td><td><table><tr><td>{LEAD}</td></tr><tr><td>{REST}</td></tr></table></td></tr>"
            "</table>",
            id="a table in a table",
        ),
        pytest.param(f"<table><tr><td><p>{LEAD}</p><p>{REST}</p></td></tr></table>", id="one cell"),
    ],
)
def test_cells_of_a_layout_table_are_lines(body: str) -> None:
    found = lines(body)
    assert found.index(LEAD) < found.index(REST)
    assert not any("|" in line for line in found)


def test_a_table_of_data_stays_a_table() -> None:
    table = "<table><tr><td>خلاص</td><td>12</td></tr><tr><td>سكري</td><td>15</td></tr></table>"
    found = lines(f"<article><p>{LEAD}</p>{table}<p>{REST}</p></article>")
    assert found[-4:] == [LEAD, "| خلاص | 12 |", "| سكري | 15 |", REST]


@pytest.mark.parametrize(
    "post",
    [
        pytest.param("<li class=post><span>{}</span><div>{}</div></li>", id="list items"),
        pytest.param("<div class=post><time>{}</time><h3>منشور</h3><p>{}</p></div>", id="sections"),
    ],
)
def test_posts_of_a_live_blog_are_in_order(post: str) -> None:
    texts = [LEAD, REST, "وصل الضيوف إلى موقع الجسر صباح اليوم قبل ساعات من الافتتاح الرسمي له."]
    posts = "".join(post.format(f"1{number}:30", text) for number, text in enumerate(texts))
    text = "\n".join(lines(f"<main><h1>جسر النخيل</h1><ul>{posts}</ul></main>"))
    places = [text.index(part) for part in texts]
    assert places == sorted(places)
    assert "30افتتح" not in text
