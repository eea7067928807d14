"""Every exception that leaves Dalil, named by what the caller should do about it.

::

    DalilError
    ├── InvalidInput             the caller sent something that cannot be served: change the request
    │   ├── InvalidQuery         a question or filter outside its documented bounds
    │   └── InvalidArticle       one article that cannot be indexed; the others can
    ├── NotFound                 what was asked for is not in the index
    │   └── ArticleNotFound
    ├── IndexProblem             run the command in the message
    │   ├── IndexMissing         nothing has been indexed yet
    │   └── IndexMismatch        the index was made by another model, analysis or schema
    ├── Unavailable              try again later; nothing is wrong with the request
    │   ├── StoreUnavailable     the store does not answer
    │   ├── ModelUnavailable     the embedding model cannot be loaded
    │   ├── GeneratorUnavailable the language model's endpoint fails; never leaves the engine, which answers without it
    │   └── ServiceUnavailable   no Dalil answers the client at its address, or it failed while answering
    └── Misconfigured            the operator has to change a setting

A backend's own exceptions (lancedb, opensearch-py, onnxruntime, torch) are translated where they
are raised; none of them crosses a seam.
"""


class DalilError(Exception):
    """Root of the tree; `str(error)` says what was wrong and what helps."""


class InvalidInput(DalilError):
    """The request or file is at fault."""


class InvalidQuery(InvalidInput):
    """A question, filter or limit is outside its documented bounds."""


class InvalidArticle(InvalidInput):
    """One article cannot be indexed; `reason` is one line without the article's name."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name}: {reason}")
        self.name = name
        self.reason = reason


class NotFound(DalilError):
    """What was asked for is not there."""


class ArticleNotFound(NotFound):
    """No article has this id."""

    def __init__(self, article_id: str) -> None:
        super().__init__(f"no article has the id {article_id!r}; GET /v1/articles lists the ids there are")
        self.article_id = article_id


class IndexProblem(DalilError):
    """The index cannot be used as it is; the message names the command that mends it."""


class IndexMissing(IndexProblem):
    """Nothing has been indexed yet."""


class IndexMismatch(IndexProblem):
    """The index was made with another model, text analysis or schema."""


class Unavailable(DalilError):
    """A part that should be running is not; the same request may work later."""


class StoreUnavailable(Unavailable):
    """The store does not answer, or failed while answering."""


class ModelUnavailable(Unavailable):
    """The embedding model cannot be loaded or run."""


class GeneratorUnavailable(Unavailable):
    """The endpoint of the language model does not answer, or not as it should."""


class ServiceUnavailable(Unavailable):
    """No Dalil answers at the client's address, or it failed while answering."""


class Misconfigured(DalilError):
    """A setting has to be changed before anything can run."""
