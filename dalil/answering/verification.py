"""Nothing is cited that the stored article does not say at that very place, and no sentence says more than its quotes.

All of it is deterministic: no language model judges another.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from dalil.answering.bindings import misplaced
from dalil.answering.evidence import Evidence
from dalil.answering.facts import facts
from dalil.answering.naming import naming
from dalil.domain import Article, Matrix, Span, Verdict
from dalil.embedding.base import TokenEmbeddings
from dalil.embedding.centring import centred
from dalil.embedding.encoder import Encoder
from dalil.errors import ArticleNotFound
from dalil.stores.base import PassageStore
from dalil.text.aliases import Aliases
from dalil.text.analysis import words
from dalil.text.language import Language, language_of
from dalil.text.lexicon import read_words
from dalil.text.normalisation import NormalisedText, normalise, normalise_with_origins
from dalil.text.sentences import sentence_spans


class QuoteVerifier:
    """Checks quotes against the articles as they are stored now; each article is fetched once."""

    def __init__(self, store: PassageStore) -> None:
        self._store = store
        self._articles: dict[str, Article | None] = {}
        self._folded: dict[str, NormalisedText] = {}

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
        folded, wanted = self._fold(article), normalise(evidence.text)
        start = folded.text.find(wanted) if wanted.strip() else -1
        while start >= 0:
            span = folded.original(start, start + len(wanted))
            if _is_sentence(article.text, span):
                return replace(evidence, article=article.summary, span=span, text=span.of(article.text))
            start = folded.text.find(wanted, start + 1)
        return None

    def _fold(self, article: Article) -> NormalisedText:
        if article.id not in self._folded:
            self._folded[article.id] = normalise_with_origins(article.text)
        return self._folded[article.id]

    def _article(self, article_id: str) -> Article | None:
        if article_id not in self._articles:
            try:
                self._articles[article_id] = self._store.article(article_id)
            except ArticleNotFound:
                self._articles[article_id] = None
        return self._articles[article_id]


def _is_sentence(text: str, span: Span) -> bool:
    """Whether the span is a whole sentence of its line, or what one says behind a colon; marks at its end aside."""
    start = text.rfind("\n", 0, span.start) + 1
    end = text.find("\n", span.end)
    line = sentence_spans(text, start, end if end >= 0 else len(text))
    whole = next((own for own in line if own.start <= span.start < own.end), None)
    if whole is None or normalise(text[span.end : whole.end]).strip():
        return False
    return span.start == whole.start or text[whole.start : span.start].rstrip().endswith(":")


LEAST_LATE_INTERACTION: Mapping[Language, float] = {"ar": 0.5, "en": 0.42, "und": 0.5}
"""Of a sentence with the quotes it cites: below it they speak of something else."""

LEAST_WEAKEST: Mapping[Language, float] = {"ar": 0.4, "en": 0.33, "und": 0.4}
"""The same of the quarter of its tokens that agree least: below it part of the sentence is from elsewhere."""

NEARLY_ALL = 0.75
"""A sentence with this share of its quotes' number of words tells all of what they say."""

LEAST_NAME = 0.44
"""Of a name in Latin letters that no word of the quotes sounds like: below it they do not translate it either."""

SHORTEST_LITERAL = 3
"""Words of a literal quotation within a sentence that has to be found in the quotes."""

_NEGATIONS = read_words("negation")
_NO_DENIAL = re.compile(
    rf"\b(?:no|not) (?:more|less|fewer|longer) than\b|\bnot only\b"
    rf"|\b[وف]?لا (?:{'|'.join(map(normalise, ['يقل', 'تقل', 'يزيد', 'تزيد', 'يتعدى', 'يتجاوز', 'تتجاوز', 'سيما']))})\b"
    rf"|\b[وف]?(?:لا|لن|لم)\b(?=.*\b(?:{'|'.join(map(normalise, ('سوى', 'إلا')))})\b)"
)
"""What has a negation and denies nothing: no more than, لن … سوى."""

_POLES = """
more above exceeded exceeds exceeding أكثر يزيد تزيد تجاوز تجاوزت يتجاوز تتجاوز | less fewer below أقل
rose rise increased increase grew ارتفع ارتفعت زاد زادت زيادة | fell decreased decrease dropped انخفض انخفضت تراجع
before قبل قبيل عشية | after following بعد عقب
won win beat defeated فاز فازت هزم هزمت تغلب تغلبت | lost lose خسر خسرت
north northern شمال شمالي شمالية | south southern جنوب جنوبي جنوبية
east eastern شرق شرقي شرقية | west western غرب غربي غربية
agreed approved accepted accept accepts وافق وافقت أقر أقرت قبلت تقبل | rejected refused reject rejects رفض رفضت ترفض
let allowed allow permitted سمح سمحت يسمح تسمح | refused banned forbade prevented منع منعت يمنع رفض رفضت
largest biggest highest أكبر أعلى | smallest lowest أصغر أدنى
confirmed أكد أكدت | denied نفى نفت
killed died dead قتل قتلت قتلوا مقتل مصرع مات ماتوا توفي توفوا | survived unhurt unharmed نجا نجوا نجت نجاة
best أفضل أحسن | worst أسوأ
praised welcomed أشاد أشادت رحب رحبت | criticised criticized condemned انتقد انتقدت أدان أدانت ندد نددت
supported backed أيد أيدت دعم دعمت | opposed عارض عارضت
opened افتتح افتتحت فتح فتحت | closed shut أغلق أغلقت
succeeded نجح نجحت | failed فشل فشلت أخفق أخفقت
higher أعلى يفوق تفوق | lower أدنى أقل يقل تقل
"""
_OPPOSITES = tuple(tuple(frozenset(words(pole)) for pole in line.split("|")) for line in _POLES.strip().splitlines())
"""Pairs of sets of words that turn a statement round."""

_CONTRACTED = re.compile(r"n['’]t\b", re.IGNORECASE)
_QUOTED = re.compile(r"«([^»]+)»|“([^”]+)”|\"([^\"]+)\"")


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells whether quotes say what a sentence says.

    `missing_facts`: its numbers, dates and literal quotations that no quote holds, and numbers that they hold of
    something else. `missing_names`: what it names and no quote does, as far as the alias file knows; `unheard_names`:
    names in Latin letters that no quote spells or translates. `turned`: it has a word whose opposite alone the quotes
    have, or denies what they do not, or tells nearly all that they tell but not that they deny it; `denies`: either
    denies and the other does not. `late_interaction`, in [-1, 1], compares it with the quotes token by token; `weakest`
    is the same of the quarter of its tokens that agree least.
    """

    missing_facts: int
    missing_names: int
    unheard_names: int
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
    _sentences: dict[str, TokenEmbeddings] = field(default_factory=dict)

    def carrying(self, sentence: str, quotes: Sequence[str]) -> list[int]:
        """The indexes of the quotes that carry a sentence, in order.

        Left out is a quote that by itself does not say it, and without which the others say it no less. Of quotes that
        do not say it together none is left out.
        """
        kept = list(range(len(quotes)))
        if len(quotes) < 2:
            return kept
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
        one that says the opposite or denies what no quote does, and one about something else. Partial is one that names
        what no quote names, that says plainly what quotes say with a denial, or of which part is from elsewhere. Error
        rates: docs/decisions/0014.
        """
        if not quotes:
            return 0.0, Verdict.UNSUPPORTED
        if any(normalise(sentence) == normalise(quote) for quote in quotes):
            return 1.0, Verdict.SUPPORTED
        found, language = self.signals(sentence, quotes), language_of(sentence)
        support = min(1.0, max(0.0, found.late_interaction))
        if found.missing_facts or found.turned or found.unheard_names > 1 or support < LEAST_LATE_INTERACTION[language]:
            return support, Verdict.UNSUPPORTED
        if found.missing_names or found.unheard_names or found.denies or found.weakest < LEAST_WEAKEST[language]:
            return support, Verdict.PARTIAL
        return support, Verdict.SUPPORTED

    def signals(self, sentence: str, quotes: Sequence[str]) -> Signals:
        """Compare a sentence with the quotes it cites, at least one, taken together."""
        # A number at the end of one quote is not one with that at the beginning of the next.
        said = ". ".join(quotes)
        named = naming(sentence, said, self.aliases)
        denies, denied = _denies(sentence), _denies(said)
        best = self._best_cosines(sentence, quotes)
        weakest = np.sort(best)[: max(1, len(best) // 4)]
        return Signals(
            missing_facts=facts(sentence).missing(facts(said))
            + misplaced(sentence, said, named.shared)
            + sum(not _is_said(quotation, said) for quotation in _literal(sentence)),
            missing_names=named.missing,
            unheard_names=sum(self._at(sentence, best, span) < LEAST_NAME for span in named.unheard),
            turned=_is_turned(sentence, said)
            or (denies and not denied)
            or (denied and not denies and len(words(sentence)) >= NEARLY_ALL * len(words(said))),
            denies=denies != denied,
            late_interaction=float(best.mean()),
            weakest=float(weakest.mean()),
        )

    def _best_cosines(self, sentence: str, quotes: Sequence[str]) -> NDArray[np.float32]:
        """Of each token of the sentence the best cosine with any token of the quotes; a lone 0 where they cannot be
        compared, which is also where the sentence is too long for the model.
        """
        centres, embedder = self.encoder.centres, self.encoder.embedder
        if sentence not in self._sentences:
            (self._sentences[sentence],) = embedder.embed_tokens([sentence], "query")
        new = [quote for quote in quotes if quote not in self._quotes]
        for quote, read in zip(new, embedder.embed_tokens(new, "document"), strict=True):
            self._quotes[quote] = centred(read.tokens, centres.passage_token)
        read = self._sentences[sentence]
        said = np.concatenate([self._quotes[quote] for quote in quotes])
        if not len(read.tokens) or not len(said) or words(sentence[read.spans[-1].end :]):
            return np.zeros(1, dtype=np.float32)
        asked = centred(read.tokens, centres.question_token[language_of(sentence)])
        best: NDArray[np.float32] = (asked @ said.T).max(axis=1)
        return best

    def _at(self, sentence: str, best: NDArray[np.float32], place: Span) -> float:
        """The mean of the best cosines of the tokens that stand in `place`; 1 where none does."""
        spans = self._sentences[sentence].spans
        own = [
            cosine
            for span, cosine in zip(spans, best, strict=False)
            if span.start < place.end and span.end > place.start
        ]
        return float(np.mean(own)) if own else 1.0


def _is_turned(sentence: str, said: str) -> bool:
    """Whether one pole of a pair stands in the sentence, and in the quotes only the other."""
    own, theirs = _bare(sentence), _bare(said)
    return any(
        own & pole and not own & other and theirs & other and not theirs & pole
        for pair in _OPPOSITES
        for pole, other in (pair, pair[::-1])
    )


def _denies(text: str) -> bool:
    folded = _NO_DENIAL.sub(" ", normalise(text))
    return bool(_NEGATIONS & _bare(folded) or _CONTRACTED.search(text))


def _bare(text: str) -> set[str]:
    """The words of a text, also without what is written as one with an Arabic word: an "and", a "so", an article."""
    found = set()
    for word in words(text):
        rest = word[1:] if word[0] in "وف" else word
        found |= {word, rest, rest.removeprefix("ال"), rest.removeprefix("بال"), re.sub("^لل", "", rest)}
    return found


def _literal(sentence: str) -> Iterator[str]:
    """What stands between quotation marks, in Arabic and of some length: a shorter one is a name or a title."""
    for found in _QUOTED.finditer(sentence):
        inside = next(filter(None, found.groups()))
        if language_of(inside) == "ar" and len(words(inside)) >= SHORTEST_LITERAL:
            yield inside


def _is_said(quotation: str, said: str) -> bool:
    return f" {' '.join(words(quotation))} " in f" {' '.join(words(said))} "
