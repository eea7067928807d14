"""The prompts that an asymmetric model expects before a question and before a document."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dalil.embedding.base import Role


@dataclass(frozen=True, slots=True)
class Prompts:
    """The two prompts, which are empty for a symmetric model."""

    query: str
    document: str

    @classmethod
    def of_model(cls, prompts: Mapping[str, str]) -> Self:
        """Return the prompts among those of a sentence-transformers model; a document's is `document` or `passage`."""
        return cls(prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or "")

    def override(self, query: str | None, document: str | None) -> "Prompts":
        """Return these prompts with the given ones in their place; None keeps one as it is."""
        return Prompts(self.query if query is None else query, self.document if document is None else document)

    def for_role(self, role: Role) -> str:
        """Return the prompt of a role."""
        return self.query if role == "query" else self.document

    def space(self, model: str, own: "Prompts") -> str:
        """Return the name of the vector space; another document prompt than the model's own makes another space."""
        if self.document == own.document:
            return model
        return f"{model}+{hashlib.sha256(self.document.encode()).hexdigest()[:8]}"
