"""A number or a date of the sentence has to be in the quotes, however either writes it."""

from collections.abc import Iterator

from dalil.answering.attribution.comparison import Comparison
from dalil.domain import Finding, Verdict
from dalil.text.quantities import Kind


def missing_quantities(comparison: Comparison) -> Iterator[Finding]:
    """Each number, month and weekday that no quote states, where it is first."""
    hypothesis, stated = comparison.hypothesis, comparison.premise.quantities
    seen: set[tuple[Kind, float]] = set()
    for quantity in sorted(hypothesis.quantities, key=lambda own: (own.start, own.end)):
        key = (quantity.kind, quantity.value)
        if key not in seen and not stated.state(quantity):
            seen.add(key)
            span = hypothesis.span(quantity.start, quantity.end)
            message = f"the quotes do not state the {quantity}"
            yield Finding("missing_quantities", Verdict.UNSUPPORTED, message, span)
