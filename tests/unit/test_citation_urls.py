from urllib.parse import unquote, urlsplit

import pytest

from dalil.citation_urls import citation_path, citation_url


def test_a_citation_leads_to_the_page_of_its_article_and_to_the_mark_on_it() -> None:
    assert citation_path("weapons", 3, 8) == "/articles/weapons?start=3&end=8#cited"


@pytest.mark.parametrize("article_id", ["زراعة/قمح 100%", "a/../b", "?start=9#x", "\"'<b>&amp;", "a%2Fb", "..a"])
def test_the_id_is_one_segment_of_the_path_and_comes_back_whole(article_id: str) -> None:
    path = urlsplit(citation_path(article_id, 0, 1)).path
    assert path.count("/") == 2
    assert unquote(path.removeprefix("/articles/")) == article_id


@pytest.mark.parametrize("base", ["https://news.example/dalil", "https://news.example/dalil/"])
def test_a_base_may_end_in_a_slash(base: str) -> None:
    assert citation_url(base, "a", 0, 1) == "https://news.example/dalil/articles/a?start=0&end=1#cited"
