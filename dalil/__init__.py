"""Dalil (دليل, "evidence"): search over Arabic news whose every quote can be checked to the character.

The names of `__all__` are the public surface. They are imported when they are first used, so that `import dalil` loads
no library; the engine needs `pip install "dalil[engine]"`, the client and the records nothing more than `dalil`.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dalil.client import DalilClient as DalilClient
    from dalil.domain import Answer as Answer
    from dalil.domain import AnswerExplanation as AnswerExplanation
    from dalil.domain import AnswerSentence as AnswerSentence
    from dalil.domain import AnswerStatus as AnswerStatus
    from dalil.domain import Article as Article
    from dalil.domain import ArticleSummary as ArticleSummary
    from dalil.domain import Citation as Citation
    from dalil.domain import Confidence as Confidence
    from dalil.domain import Contribution as Contribution
    from dalil.domain import DetailKind as DetailKind
    from dalil.domain import Disagreement as Disagreement
    from dalil.domain import DroppedSentence as DroppedSentence
    from dalil.domain import DropReason as DropReason
    from dalil.domain import EntailmentExplanation as EntailmentExplanation
    from dalil.domain import EvidenceExplanation as EvidenceExplanation
    from dalil.domain import FacetCount as FacetCount
    from dalil.domain import Facets as Facets
    from dalil.domain import FeatureExplanation as FeatureExplanation
    from dalil.domain import Filters as Filters
    from dalil.domain import Finding as Finding
    from dalil.domain import Hit as Hit
    from dalil.domain import HitExplanation as HitExplanation
    from dalil.domain import MissingDetail as MissingDetail
    from dalil.domain import Mode as Mode
    from dalil.domain import Passage as Passage
    from dalil.domain import QueryExplanation as QueryExplanation
    from dalil.domain import RefusalReason as RefusalReason
    from dalil.domain import ScoredSentence as ScoredSentence
    from dalil.domain import ShortAnswer as ShortAnswer
    from dalil.domain import SortOrder as SortOrder
    from dalil.domain import Span as Span
    from dalil.domain import StatedValue as StatedValue
    from dalil.domain import Strength as Strength
    from dalil.domain import TimeEffect as TimeEffect
    from dalil.domain import TimeExpression as TimeExpression
    from dalil.domain import Timeline as Timeline
    from dalil.domain import TimelineDay as TimelineDay
    from dalil.domain import TimelineEntry as TimelineEntry
    from dalil.domain import TimeOptions as TimeOptions
    from dalil.domain import Verdict as Verdict
    from dalil.errors import ArticleNotFound as ArticleNotFound
    from dalil.errors import DalilError as DalilError
    from dalil.errors import DiskFull as DiskFull
    from dalil.errors import GeneratorUnavailable as GeneratorUnavailable
    from dalil.errors import IndexMismatch as IndexMismatch
    from dalil.errors import IndexMissing as IndexMissing
    from dalil.errors import IndexProblem as IndexProblem
    from dalil.errors import InvalidArticle as InvalidArticle
    from dalil.errors import InvalidInput as InvalidInput
    from dalil.errors import InvalidQuery as InvalidQuery
    from dalil.errors import Misconfigured as Misconfigured
    from dalil.errors import ModelUnavailable as ModelUnavailable
    from dalil.errors import NotFound as NotFound
    from dalil.errors import ServiceUnavailable as ServiceUnavailable
    from dalil.errors import StoreUnavailable as StoreUnavailable
    from dalil.errors import Unavailable as Unavailable
    from dalil.opening import open_engine as open_engine

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "AnswerExplanation",
    "AnswerSentence",
    "AnswerStatus",
    "Article",
    "ArticleNotFound",
    "ArticleSummary",
    "Citation",
    "Confidence",
    "Contribution",
    "DalilClient",
    "DalilError",
    "DetailKind",
    "Disagreement",
    "DiskFull",
    "DropReason",
    "DroppedSentence",
    "EntailmentExplanation",
    "EvidenceExplanation",
    "FacetCount",
    "Facets",
    "FeatureExplanation",
    "Filters",
    "Finding",
    "GeneratorUnavailable",
    "Hit",
    "HitExplanation",
    "IndexMismatch",
    "IndexMissing",
    "IndexProblem",
    "InvalidArticle",
    "InvalidInput",
    "InvalidQuery",
    "Misconfigured",
    "MissingDetail",
    "Mode",
    "ModelUnavailable",
    "NotFound",
    "Passage",
    "QueryExplanation",
    "RefusalReason",
    "ScoredSentence",
    "ServiceUnavailable",
    "ShortAnswer",
    "SortOrder",
    "Span",
    "StatedValue",
    "StoreUnavailable",
    "Strength",
    "TimeEffect",
    "TimeExpression",
    "TimeOptions",
    "Timeline",
    "TimelineDay",
    "TimelineEntry",
    "Unavailable",
    "Verdict",
    "open_engine",
]

_MODULES = ("dalil.errors", "dalil.domain", "dalil.client", "dalil.opening")
"""Where the names are, the module that is imported fastest first."""


def __getattr__(name: str) -> object:
    if name in __all__:
        for module in map(import_module, _MODULES):
            if hasattr(module, name):
                return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
