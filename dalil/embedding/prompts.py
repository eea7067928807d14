"""What an asymmetric model wants before a question and before a document."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from dalil.embedding.base import Role


@dataclass(frozen=True, slots=True)
class Prompts:
    """The two prompts; empty for a symmetric model."""

    query: str
    document: str

    @classmethod
    def of_model(cls, prompts: Mapping[str, str]) -> Self:
        """The prompts a sentence-transformers model names, a document's being `document` or `passage`."""
        return cls(prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or "")

    def replaced(self, query: str | None, document: str | None) -> "Prompts":
        """These prompts with those given in their place; None keeps the model's own."""
        return Prompts(self.query if query is None else query, self.document if document is None else document)

    def before(self, role: Role) -> str:
        """The prompt of the role."""
        return self.query if role == "query" else self.document

    def space(self, model: str, own: "Prompts") -> str:
        """The name of the vector space: another document prompt than the model's own makes another space."""
        if self.document == own.document:
            return model
        return f"{model}+{hashlib.sha256(self.document.encode()).hexdigest()[:8]}"
