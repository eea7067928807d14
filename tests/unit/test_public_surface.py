"""What `import dalil` promises: which names there are, and what they cost."""

import subprocess
import sys
import types

import pytest

import dalil
from dalil import domain, errors

RECORDS = {
    *("Answer", "AnswerSentence", "AnswerStatus", "Article", "ArticleSummary", "Citation", "Contribution"),
    *("FacetCount", "Facets", "Filters", "Finding", "Hit", "Mode", "Passage", "ScoredSentence", "Span", "Verdict"),
    *("AnswerExplanation", "Confidence", "DroppedSentence", "DropReason", "EvidenceExplanation"),
    *("EntailmentExplanation", "FeatureExplanation", "HitExplanation", "QueryExplanation", "RefusalReason"),
    *("DetailKind", "MissingDetail", "ShortAnswer", "Strength"),
    *("SortOrder", "TimeEffect", "TimeExpression", "TimeOptions", "Disagreement", "StatedValue"),
    *("Timeline", "TimelineDay", "TimelineEntry"),
}
HEAVY = ("babel", "httpx", "lancedb", "numpy", "onnxruntime", "openai", "opensearchpy", "pydantic", "torch", "yaml")


def test_the_public_surface_is_the_way_in_the_client_the_records_and_the_errors() -> None:
    raised = {name for name, value in vars(errors).items() if isinstance(value, type)}
    assert set(dalil.__all__) == {"open_engine", "DalilClient", *RECORDS, *raised}
    assert dalil.__all__ == sorted(dalil.__all__)


@pytest.mark.parametrize("name", dalil.__all__)
def test_every_public_name_is_there_and_has_a_docstring(name: str) -> None:
    value = getattr(dalil, name)
    assert value.__doc__
    assert value.__module__.startswith("dalil.")
    assert name in dir(dalil)


def test_records_and_errors_are_the_engines_own() -> None:
    assert dalil.Article is domain.Article
    assert dalil.DalilError is errors.DalilError


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'open_door'"):
        getattr(dalil, "open_door")  # noqa: B009 - mypy knows that there is none


def test_importing_the_package_loads_no_library() -> None:
    program = "import sys, dalil; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & set(HEAVY)
    assert isinstance(dalil, types.ModuleType)
