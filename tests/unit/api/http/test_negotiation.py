import pytest

from api.http.negotiation import HTML, JSON, prefers, quality

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", 1.0),
        ("application/json", 1.0),
        ("Application/JSON; charset=utf-8", 1.0),
        ("text/html", 0.0),
        ("*/*;q=0.5", 0.5),
        ("application/*;q=0.25, */*", 0.25),
        ("application/json;q=0, */*", 0.0),
        ("application/json ; q=0.125", 0.125),
        ("application/json;q=much", 1.0),
        ("application/json;q=nan", 1.0),
        (",;,q=1", 0.0),
    ],
)
def test_the_most_exact_range_says_how_much_json_is_wanted(accept: str, expected: float) -> None:
    assert quality(accept, JSON) == expected


@pytest.mark.parametrize(
    ("accept", "page", "document"),
    [
        ([BROWSER], True, False),
        (["application/json"], False, True),
        (["*/*"], False, False),
        ([], False, False),
        (["text/html;q=0.8, application/json"], False, True),
        (["text/html", "application/json;q=0.9"], True, False),
        (["image/png"], False, False),
    ],
    ids=repr,
)
def test_only_what_is_wanted_more_is_preferred(accept: list[str], page: bool, document: bool) -> None:
    scope = {"headers": [(b"accept", value.encode()) for value in accept]}
    assert (prefers(scope, HTML, JSON), prefers(scope, JSON, HTML)) == (page, document)


def test_one_type_has_to_be_wanted_more_than_each_of_the_others() -> None:
    scope = {"headers": [(b"accept", b"text/html;q=0.5, application/json;q=0.1, application/problem+json")]}
    assert prefers(scope, HTML, JSON)
    assert not prefers(scope, HTML, JSON, "application/problem+json")
