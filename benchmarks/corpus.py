"""The passages that every system indexes."""

from dataclasses import dataclass

from dalil.domain import Article, Passage
from dalil.text.title_prefix import title_prefix


@dataclass(frozen=True, slots=True)
class CorpusPassage:
    """A passage with its article."""

    article: Article
    passage: Passage

    @property
    def text(self) -> str:
        """The passage after the title of its article, as Dalil embeds and indexes it."""
        return title_prefix(self.article.title, self.passage.text) + self.passage.text


@dataclass(frozen=True, slots=True)
class Corpus:
    """Whole articles and all their passages, in order."""

    articles: tuple[Article, ...]
    passages: tuple[CorpusPassage, ...]
