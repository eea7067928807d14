"""Nothing is cited that the stored article does not say at that very place, and no sentence says more than its quotes.

All of it is deterministic: no language model judges another.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from dalil.answering.evidence import Evidence
from dalil.answering.facts import facts
from dalil.domain import Article, Matrix, Span, Verdict
from dalil.embedding.centring import centred
from dalil.embedding.encoder import Encoder
from dalil.errors import ArticleNotFound
from dalil.stores.base import PassageStore
from dalil.text.aliases import Aliases
from dalil.text.analysis import STOP_WORDS, key_terms, skeleton_terms, skeletons_of, words
from dalil.text.language import Language, language_of
from dalil.text.normalisation import normalise, normalise_with_origins
from dalil.text.sentences import sentence_spans


class QuoteVerifier:
    """Checks quotes against the articles as they are stored now; each article is fetched once."""

    def __init__(self, store: PassageStore) -> None:
        self._store = store
        self._articles: dict[str, Article | None] = {}

    def verified(self, evidence: Evidence) -> Evidence | None:
        """The evidence where the article still says it, at the very place; None where it does not say it any more.

        In an article replaced since the search the words are looked for anew, spelling folded, and the evidence comes
        back with the place and the characters they have there now: they have to be a whole sentence there too.
        """
        article = self._article(evidence.article.id)
        if article is None or not evidence.text:
            return None
        if evidence.span.of(article.text) == evidence.text:
            return evidence
        folded, wanted = normalise_with_origins(article.text), normalise(evidence.text)
        start = folded.text.find(wanted)
        if start < 0 or not wanted.strip():
            return None
        span = folded.original(start, start + len(wanted))
        if not _is_sentence(article.text, span):
            return None
        return replace(evidence, article=article.summary, span=span, text=span.of(article.text))

    def _article(self, article_id: str) -> Article | None:
        if article_id not in self._articles:
            try:
                self._articles[article_id] = self._store.article(article_id)
            except ArticleNotFound:
                self._articles[article_id] = None
        return self._articles[article_id]


def _is_sentence(text: str, span: Span) -> bool:
    """Whether the span is a whole sentence, or what one says behind a colon; marks at its end aside."""
    whole = next((own for own in sentence_spans(text) if own.start <= span.start < own.end), None)
    if whole is None or normalise(text[span.end : whole.end]).strip():
        return False
    return span.start == whole.start or text[whole.start : span.start].rstrip().endswith(":")


LEAST_LATE_INTERACTION: Mapping[Language, float] = {"ar": 0.5, "en": 0.42, "und": 0.5}
"""Of a sentence with the quotes it cites: below it they speak of something else."""

LEAST_WEAKEST: Mapping[Language, float] = {"ar": 0.4, "en": 0.33, "und": 0.4}
"""The same of the quarter of its tokens that agree least: below it part of the sentence is from elsewhere."""

NEARLY_ALL = 0.75
"""A sentence with this share of its quotes' number of words tells all of what they say."""

SHORTEST_LITERAL = 3
"""Words of a literal quotation within a sentence that has to be found in the quotes."""

_DENYING = """
not no never none neither nor without cannot لم لن لا ليس ليست ليسوا دون بدون ولم ولن ولا وليس
"""
_NEGATIONS = frozenset(normalise(_DENYING).split())
_POLES = """
more above exceeded exceeds exceeding أكثر يزيد تزيد تجاوز تجاوزت يتجاوز تتجاوز | less fewer below أقل
rose rise increased increase grew ارتفع ارتفعت زاد زادت زيادة | fell decreased decrease dropped انخفض انخفضت تراجع
before قبل قبيل | after following بعد عقب
won win beat defeated فاز فازت هزم هزمت تغلب تغلبت | lost lose خسر خسرت
north northern شمال شمالي شمالية | south southern جنوب جنوبي جنوبية
east eastern شرق شرقي شرقية | west western غرب غربي غربية
agreed approved accepted وافق وافقت أقر أقرت | rejected refused رفض رفضت
largest biggest highest أكبر أعلى | smallest lowest أصغر أدنى
confirmed أكد أكدت | denied نفى نفت
"""
_OPPOSITES = tuple(tuple(frozenset(words(pole)) for pole in line.split("|")) for line in _POLES.strip().splitlines())
"""Pairs of sets of words that turn a statement round."""

_CONTRACTED = re.compile(r"n['’]t\b", re.IGNORECASE)
_QUOTED = re.compile(r"«([^»]+)»|“([^”]+)”|\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells whether quotes say what a sentence says.

    `missing_facts`: its numbers, dates and literal quotations that no quote holds. `missing_names`: what it names and
    no quote does, as far as the alias file knows. `turned`: it has a word whose opposite alone the quotes have, or
    tells nearly all that they tell but not that they deny it; `denies`: either denies and the other does not.
    `late_interaction`, in [-1, 1], compares it with the quotes token by token; `weakest` is the same of the quarter of
    its tokens that agree least.
    """

    missing_facts: int
    missing_names: int
    turned: bool
    denies: bool
    late_interaction: float
    weakest: float


@dataclass(frozen=True, slots=True)
class SentenceVerifier:
    """Tells whether quotes say what a sentence says, across scripts and languages.

    It remembers how the model read each text, and so is made for one answer, or for one measurement.
    """

    encoder: Encoder
    aliases: Aliases
    _quotes: dict[str, Matrix] = field(default_factory=dict)
    _sentences: dict[str, Matrix] = field(default_factory=dict)

    def carrying(self, sentence: str, quotes: Sequence[str]) -> list[int]:
        """The indexes of the quotes that carry a sentence, in order.

        Left out is a quote that by itself does not say it, and without which the others say it no less. Of quotes that
        do not say it together none is left out.
        """
        kept = list(range(len(quotes)))
        _, verdict = self.check(sentence, quotes)
        for index in reversed(range(len(quotes)) if verdict is not Verdict.UNSUPPORTED else ()):
            others = [other for other in kept if other != index]
            _, alone = self.check(sentence, [quotes[index]])
            if others and alone is Verdict.UNSUPPORTED:
                _, without = self.check(sentence, [quotes[other] for other in others])
                if without in (verdict, Verdict.SUPPORTED):
                    kept, verdict = others, without
        return kept

    def check(self, sentence: str, quotes: Sequence[str]) -> tuple[float, Verdict]:
        """How near the quotes are to the sentence, in [0, 1], and whether they say it; a quote itself has 1.

        Unsupported is a sentence without a quote, one with a number, a date or a literal quotation that no quote holds,
        one that says the opposite, and one about something else. Partial is one that names what no quote names, that
        denies where no quote does or the reverse, or of which part is from elsewhere. Error rates: docs/decisions/0014.
        """
        if not quotes:
            return 0.0, Verdict.UNSUPPORTED
        if any(normalise(sentence) == normalise(quote) for quote in quotes):
            return 1.0, Verdict.SUPPORTED
        found, language = self.signals(sentence, quotes), language_of(sentence)
        support = min(1.0, max(0.0, found.late_interaction))
        if found.missing_facts or found.turned or support < LEAST_LATE_INTERACTION[language]:
            return support, Verdict.UNSUPPORTED
        if found.missing_names or found.denies or found.weakest < LEAST_WEAKEST[language]:
            return support, Verdict.PARTIAL
        return support, Verdict.SUPPORTED

    def signals(self, sentence: str, quotes: Sequence[str]) -> Signals:
        """Compare a sentence with the quotes it cites, at least one, taken together."""
        # A number at the end of one quote is not one with that at the beginning of the next.
        said = ". ".join(quotes)
        held = frozenset(key_terms(said))
        heard = skeletons_of(said)
        denies, denied = _denies(sentence), _denies(said)
        names = self.aliases.names_in(sentence)
        late, weakest = self._late_interaction(sentence, quotes)
        return Signals(
            missing_facts=facts(sentence).missing(facts(said))
            + sum(not _is_said(quotation, said) for quotation in _literal(sentence)),
            missing_names=sum(
                not _is_said(" ".join(name.words), said)
                and not any(_is_named(form, held, heard) for form in name.arabic)
                for name in names
            ),
            turned=_is_turned(sentence, said)
            or (denied and not denies and len(words(sentence)) >= NEARLY_ALL * len(words(said))),
            denies=denies != denied,
            late_interaction=late,
            weakest=weakest,
        )

    def _late_interaction(self, sentence: str, quotes: Sequence[str]) -> tuple[float, float]:
        """The mean of the sentence's tokens' best cosines, and that of their weakest quarter; 0 without tokens."""
        self._read(sentence, quotes)
        asked = self._sentences[sentence]
        said = np.concatenate([self._quotes[quote] for quote in quotes])
        if not len(asked) or not len(said):
            return 0.0, 0.0
        best = np.sort((asked @ said.T).max(axis=1))
        return float(best.mean()), float(best[: max(1, len(best) // 4)].mean())

    def _read(self, sentence: str, quotes: Sequence[str]) -> None:
        """Let the model read what it has not read yet."""
        centres, embedder = self.encoder.centres, self.encoder.embedder
        if sentence not in self._sentences:
            (read,) = embedder.embed_tokens([sentence], "query")
            self._sentences[sentence] = centred(read.tokens, centres.question_token[language_of(sentence)])
        new = [quote for quote in quotes if quote not in self._quotes]
        for quote, read in zip(new, embedder.embed_tokens(new, "document") if new else [], strict=True):
            self._quotes[quote] = centred(read.tokens, centres.passage_token)


def _is_turned(sentence: str, said: str) -> bool:
    """Whether one pole of a pair stands in the sentence, and in the quotes only the other."""
    own, theirs = _without_and(sentence), _without_and(said)
    return any(
        own & pole and not own & other and theirs & other and not theirs & pole
        for pair in _OPPOSITES
        for pole, other in (pair, pair[::-1])
    )


def _is_named(form: str, held: frozenset[str], heard: set[str]) -> bool:
    """Whether a text names what goes by `form`: by its stems, or by skeletons, since روسي names روسيا too."""
    return set(key_terms(form)) <= held or all(
        heard.intersection(skeleton_terms(word)) for word in words(form) if word not in STOP_WORDS
    )


def _denies(text: str) -> bool:
    return bool(_NEGATIONS & _without_and(text) or _CONTRACTED.search(text))


def _without_and(text: str) -> set[str]:
    """The words of a text, also without an Arabic "and", which is written as one with the word behind it."""
    return {form for word in words(text) for form in (word, word.removeprefix("و"))}


def _literal(sentence: str) -> Iterator[str]:
    """What stands between quotation marks, in Arabic and of some length: a shorter one is a name or a title."""
    for found in _QUOTED.finditer(sentence):
        inside = next(filter(None, found.groups()))
        if language_of(inside) == "ar" and len(words(inside)) >= SHORTEST_LITERAL:
            yield inside


def _is_said(quotation: str, said: str) -> bool:
    return f" {' '.join(words(quotation))} " in f" {' '.join(words(said))} "
