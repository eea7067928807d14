"""All exceptions that Dalil raises, named by what the caller should do.

::

    DalilError
    ├── InvalidInput             the caller has to change the request
    │   ├── InvalidQuery         a question or filter outside its documented bounds
    │   └── InvalidArticle       one article that cannot be indexed; the others can
    ├── NotFound                 the index does not have it
    │   └── ArticleNotFound
    ├── IndexProblem             run the command in the message
    │   ├── IndexMissing         nothing has been indexed yet
    │   └── IndexMismatch        the index was made by another model, analysis or schema
    ├── Unavailable              try again later; nothing is wrong with the request
    │   ├── StoreUnavailable     the store does not answer
    │   ├── DiskFull             nothing is damaged; make room on the disk
    │   ├── ModelUnavailable     the embedding model or the reader cannot be loaded
    │   ├── GeneratorUnavailable the language model's endpoint fails; caught by the engine, which answers without it
    │   └── ServiceUnavailable   no Dalil answers the client at its address, or it failed while answering
    └── Misconfigured            the operator has to change a setting

Each seam translates the exceptions of its backend (lancedb, opensearch-py, onnxruntime, torch): none of them crosses
the seam.
"""


class DalilError(Exception):
    """Root of the tree; `str(error)` names the problem and a remedy."""


class InvalidInput(DalilError):
    """The request or file is at fault."""


class InvalidQuery(InvalidInput):
    """A question, filter or limit is outside its documented bounds."""


class InvalidArticle(InvalidInput):
    """One article cannot be indexed. `reason` is one line, without the article's name."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class NotFound(DalilError):
    """The index has no such object."""


class ArticleNotFound(NotFound):
    """No article has this id."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"no article has the id {article_id!r}; GET /v1/articles lists the ids there are")
        self.article_id = article_id


class IndexProblem(DalilError):
    """The index is not usable; the message names the command that repairs it."""


class IndexMissing(IndexProblem):
    """There is no index yet."""


class IndexMismatch(IndexProblem):
    """Another model, text analysis or schema made the index."""


class Unavailable(DalilError):
    """A part does not run or answer; the same request may work later."""


class StoreUnavailable(Unavailable):
    """The store does not answer, or fails."""


class DiskFull(Unavailable):
    """A folder has no room left. Nothing is damaged; the same request works once there is room."""


class ModelUnavailable(Unavailable):
    """The embedding model, or the reader, cannot be loaded or run."""


class GeneratorUnavailable(Unavailable):
    """The endpoint of the language model does not answer, or answers with an error."""


class ServiceUnavailable(Unavailable):
    """No Dalil service answers at the client's address, or it fails."""


class Misconfigured(DalilError):
    """The operator has to change a setting."""


def describe_unexpected(error: Exception) -> str:
    """One line for an exception that is none of these, which is a fault of Dalil."""
    return (
        f"an unexpected {type(error).__name__}: {' '.join(str(error).split())}; this is a fault of Dalil: please "
        "report it with the traceback that DALIL_LOG_LEVEL=debug shows"
    )
