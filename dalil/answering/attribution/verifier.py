"""Checks a sentence against its quotes, across scripts and languages, by a table of rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from dalil.answering.attribution.added_words import added_words
from dalil.answering.attribution.comparison import Comparison, Rule
from dalil.answering.attribution.literal_quotes import missing_literal_quotes
from dalil.answering.attribution.names import missing_names
from dalil.answering.attribution.number_roles import misattributed_numbers, swapped_numbers
from dalil.answering.attribution.parsed import ParsedText
from dalil.answering.attribution.polarity import contradictions, unshared_negations
from dalil.answering.attribution.premise import Premise
from dalil.answering.attribution.quantities import missing_quantities
from dalil.answering.attribution.similarity import low_similarity
from dalil.answering.attribution.token_similarity import TokenComparer
from dalil.domain import Finding, Verdict
from dalil.embedding.encoder import Encoder
from dalil.text.aliases import Aliases

RULES: tuple[Rule, ...] = (
    missing_quantities,
    misattributed_numbers,
    swapped_numbers,
    missing_literal_quotes,
    contradictions,
    unshared_negations,
    missing_names,
    added_words,
    low_similarity,
)
"""The rules that check a sentence; a finding's `rule` is the name of its function. Error rates: docs/decisions/0014."""

_WORST_LAST = tuple(Verdict)


@dataclass(frozen=True, slots=True)
class Attribution:
    """The result of a check of a sentence against its quotes.

    `support` is their late interaction, in [0, 1], and 1 for a quote itself. `findings` are the reasons against the
    sentence, in the order of the rules.
    """

    support: float
    findings: tuple[Finding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings' verdicts; supported without a finding."""
        return max((finding.verdict for finding in self.findings), key=_WORST_LAST.index, default=Verdict.SUPPORTED)


NO_QUOTE = Attribution(0.0, (Finding("no_quote", Verdict.UNSUPPORTED, "the sentence cites no quote"),))


class SentenceVerifier:
    """Checks sentences against the quotes that they cite.

    It keeps all texts and results in memory, so that an instance serves one answer or one measurement.
    """

    def __init__(self, encoder: Encoder, aliases: Aliases) -> None:
        self._aliases = aliases
        self._comparer = TokenComparer(encoder)
        self._parsed: dict[str, ParsedText] = {}
        self._checked: dict[tuple[str, tuple[str, ...]], Attribution] = {}

    def check(self, sentence: str, quotes: Sequence[str]) -> Attribution:
        """Compare a sentence with its quotes taken together; one that is a quote itself is not compared further.

        Without a quote it is unsupported.
        """
        key = sentence, tuple(quotes)
        if key not in self._checked:
            self._checked[key] = self._check(sentence, quotes) if quotes else NO_QUOTE
        return self._checked[key]

    def minimal_support(self, sentence: str, quotes: Sequence[str]) -> list[int]:
        """The indexes of the quotes that a sentence needs, in order.

        A quote is not needed if it does not support the sentence by itself, and the others support it no less without
        it. If all quotes together do not support the sentence, all are kept.
        """
        kept = list(range(len(quotes)))
        if len(quotes) < 2:
            return kept
        verdict = self.check(sentence, quotes).verdict
        if verdict is Verdict.UNSUPPORTED:
            return kept
        for index in reversed(range(len(quotes))):
            others = [other for other in kept if other != index]
            if others and self.check(sentence, [quotes[index]]).verdict is Verdict.UNSUPPORTED:
                without = self.check(sentence, [quotes[other] for other in others]).verdict
                if without in (verdict, Verdict.SUPPORTED):
                    kept, verdict = others, without
        return kept

    def _check(self, sentence: str, quotes: Sequence[str]) -> Attribution:
        hypothesis, premise = self._parse(sentence), Premise(tuple(map(self._parse, quotes)))
        if any(hypothesis.folded.text.split() == quote.folded.text.split() for quote in premise.quotes):
            return Attribution(1.0)
        comparison = Comparison(premise, hypothesis, self._comparer.compare(premise, hypothesis))
        findings = tuple(finding for rule in RULES for finding in rule(comparison))
        return Attribution(min(1.0, max(0.0, comparison.similarity.mean)), findings)

    def _parse(self, text: str) -> ParsedText:
        if text not in self._parsed:
            self._parsed[text] = ParsedText.parse(text, self._aliases)
        return self._parsed[text]
