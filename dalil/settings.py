"""Every setting of Dalil: its environment variable, default, unit and bounds.

Variables are `DALIL_<GROUP>__<NAME>`, read from the environment, then from a file `.env` in the working folder.
An unknown `DALIL_` variable is refused, so that a misspelt one cannot be overlooked.
"""

import json
import os
import re
from pathlib import Path
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

import platformdirs
from dotenv import dotenv_values
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    FilePath,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict, SettingsError

from dalil.domain import DayOrder
from dalil.errors import Misconfigured

ENV_FILE = ".env"
PREFIX = "DALIL_"

_KEY_HASH = re.compile(r"sha256:[0-9a-f]{64}")


def _hashes(value: object) -> object:
    if not isinstance(value, list | tuple) or not all(_KEY_HASH.fullmatch(str(each)) for each in value):
        # The value may be a key itself, so it is not repeated.
        raise ValueError(
            "not a list of `sha256:` and 64 hexadecimal digits each; `python -m api.keys` makes a key and its hash"
        )
    return value


KeyHashes: TypeAlias = Annotated[tuple[str, ...], BeforeValidator(_hashes)]
"""The hash of each API key: `sha256:` and 64 hexadecimal digits."""

_NODE_URL = re.compile(r"https?://[^\s/?#,@]+(:\d+)?(/[^\s?#,]*)?")


def _node_urls(value: object) -> object:
    """A list as it is; a text as JSON if it begins as a list does, else with commas between the addresses."""
    if isinstance(value, str):
        try:
            value = json.loads(value) if value.lstrip().startswith("[") else value.split(",")
        except json.JSONDecodeError as error:
            raise ValueError(f"{value!r} begins as a JSON list and is none ({error})") from None
    if not isinstance(value, list | tuple):
        return value
    urls = [each.strip() if isinstance(each, str) else each for each in value]
    for url in urls:
        if isinstance(url, str) and "@" in url:
            # It may hold a password, so it is not repeated.
            raise ValueError("an address holds a login: set DALIL_OPENSEARCH__USERNAME and DALIL_OPENSEARCH__PASSWORD")
        if not isinstance(url, str) or not _NODE_URL.fullmatch(url):
            raise ValueError(
                f"{url!r} is no address such as 'http://10.0.0.1:9200'; several are written with commas between them"
            )
    return tuple(urls)


NodeUrls: TypeAlias = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_node_urls)]
"""Addresses of the nodes of one cluster."""


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # not found, a path, a folder
        raise ValueError(f"{name!r} is no time zone such as `Asia/Riyadh`") from None
    return name


ZoneName: TypeAlias = Annotated[str, AfterValidator(_known_zone)]
"""A name of the IANA time zone database."""


class _Group(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class EmbeddingSettings(_Group):
    """The embedding model and how it runs."""

    model: str = Field(
        "bundled", min_length=1, description="`bundled`, or the name or folder of any sentence-transformers model"
    )
    runtime: Literal["auto", "onnx", "torch"] = Field(
        "auto",
        description="`onnx`: int8 on the CPU; `torch`; `auto`: torch for other models or on a GPU, else onnx",
    )
    threads: int = Field(0, ge=0, le=256, description="CPU threads of the onnx runtime; 0 takes one for each core")
    query_prompt: str | None = Field(
        None, description="text that comes before a question; unset means the prompt of the model, if it has one"
    )
    document_prompt: str | None = Field(
        None, description="text that comes before a passage; unset means the prompt of the model, if it has one"
    )


class StoreSettings(_Group):
    """Which store holds the index."""

    kind: Literal["lancedb", "opensearch"] = Field(
        "lancedb", description="`lancedb` is embedded and needs no server; `opensearch` is a cluster"
    )
    path: Path = Field(Path(".dalil/index"), description="folder of the embedded store, relative to the working folder")


class OpenSearchSettings(_Group):
    """The OpenSearch cluster; only read if `DALIL_STORE__KIND` is `opensearch`."""

    url: NodeUrls = Field(
        ("http://127.0.0.1:9200",),
        min_length=1,
        max_length=100,
        description="addresses of nodes, as a JSON list or with commas between them: if one does not answer, the next"
        " is asked. No other nodes are looked for",
    )
    index: str = Field("dalil", pattern=r"^[a-z][a-z0-9_-]{0,63}$", description="alias of the index")
    username: str | None = Field(None, description="user for basic authentication; unset sends none")
    password: SecretStr | None = Field(None, description="password of that user")
    verify_certificates: bool = Field(
        True, description="whether an `https` address needs a certificate that is trusted"
    )
    ca_file: FilePath | None = Field(
        None, description="certificates of authorities that sign the nodes' certificates; unset: those of the system"
    )
    client_certificate: FilePath | None = Field(
        None, description="certificate that nodes ask for, with its key unless `CLIENT_KEY` has it"
    )
    client_key: FilePath | None = Field(None, description="key of that certificate")
    timeout_seconds: float = Field(2.5, gt=0, le=60, description="longest read; a write may take twenty times as long")
    engine: Literal["lucene", "faiss"] = Field("lucene", description="k-NN engine of new indexes")
    shards: int = Field(1, ge=1, le=64, description="primary shards of new indexes")
    replicas: int = Field(0, ge=0, le=8, description="replicas of each shard of new indexes")


class IndexingSettings(_Group):
    """How articles are cut into passages and written."""

    passage_tokens: int = Field(256, ge=32, le=500, description="longest passage, in tokens of the model")
    retry_seconds: float = Field(
        120.0,
        ge=0,
        le=86_400,
        description="longest time for which a run waits for a store that is away; 0 ends the run at once",
    )
    batch_articles: int = Field(64, ge=1, le=10_000, description="articles that one write to the store holds")
    max_article_bytes: int = Field(
        5_000_000,
        ge=1_000,
        le=100_000_000,
        description="longest article in bytes of its file; a longer one is rejected",
    )
    day_order: DayOrder = Field(
        "dmy", description="which number is the day in 11/10/2024: `dmy` reads 11 October, `mdy` 10 November"
    )


class RetrievalSettings(_Group):
    """Retrieval of passages."""

    candidates: int = Field(50, ge=10, le=1_000, description="passages that each retriever returns")


class AnsweringSettings(_Group):
    """Which questions are answered, and which sentences an answer keeps."""

    threshold: float | None = Field(
        None,
        ge=0,
        le=1,
        description="least confidence of an answer; without one, the measured threshold of the question's language",
    )
    reader: str | None = Field(
        None,
        min_length=1,
        description="name or folder of a reranker, a sentence-transformers cross-encoder, that reads the best sentences"
        " and orders them; unset: features of the search order them",
    )
    unsupported: Literal["drop", "flag"] = Field(
        "drop",
        description="what happens to a sentence that its quotes do not support, or only partly:"
        " `flag` keeps it with its verdict",
    )


class GeneratorSettings(_Group):
    """The language model that writes answers, behind any OpenAI-compatible endpoint."""

    base_url: str | None = Field(
        None,
        pattern=r"^https?://",
        description="address of the endpoint, such as `http://127.0.0.1:8080/v1`; unset means no language model",
    )
    model: str = Field("default", min_length=1, description="name of the model at that endpoint")
    api_key: SecretStr | None = Field(None, description="key for that endpoint; unset sends none")
    timeout_seconds: float = Field(
        30.0, gt=0, le=600, description="longest wait for the first or the next piece of the answer"
    )
    retries: int = Field(
        2,
        ge=0,
        le=10,
        description="further tries, with growing pauses, as long as no piece has come; none after a timeout",
    )
    evidence_tokens: int = Field(2_000, ge=100, le=100_000, description="most tokens of evidence in one prompt")
    answer_tokens: int = Field(500, ge=16, le=10_000, description="most tokens of an answer")
    prompt: Literal["quote-first", "small"] = Field(
        "quote-first", description="prompt of the answer: `small` is shorter and has examples, for models below 4 B"
    )
    entailment_check: bool = Field(
        True, description="whether the model is asked about each of its sentences if the quotes say it"
    )


class ApiSettings(_Group):
    """The HTTP service."""

    max_body_bytes: int = Field(
        262_144,
        ge=1_024,
        le=10_000_000,
        description="longest request body; a chat client sends the whole conversation each time",
    )
    max_import_bytes: int = Field(
        100_000_000,
        ge=1_024,
        le=10_000_000_000,
        description="longest file to import; it is kept on disk while it is indexed",
    )
    max_connections: int = Field(
        1_000,
        ge=1,
        le=100_000,
        description="open connections; at that number an idle one is closed for a new one. Fewer if the process may not"
        " open so many files",
    )
    search_workers: int = Field(
        0, ge=0, le=1_000, description="searches that run at the same time; 0 means two for each core, at least 4"
    )
    answer_workers: int = Field(
        0,
        ge=0,
        le=1_000,
        description="answers that are made at the same time, and requests that a language model gets at once; 0 means"
        " two for each core, at least 4",
    )
    max_waiting: int | None = Field(
        None,
        ge=0,
        le=100_000,
        description="searches, and likewise answers, that wait for their turn; one more gets status 503. Unset: eight"
        " for each worker",
    )
    request_seconds: float = Field(
        180.0, gt=0, le=3_600, description="longest time of a search or an answer, its wait included; then status 503"
    )
    keys: KeyHashes = Field(
        (),
        max_length=100,
        description="hashes of the keys that may write (`python -m api.keys`); unset: only this machine may",
    )
    read_keys: KeyHashes = Field(
        (), max_length=1_000, description="hashes of the keys that may read, as those that may write do; unset: all may"
    )
    rate_limit: str | None = Field(
        None,
        pattern=r"^[1-9][0-9]{0,8}/(second|minute|hour|day)$",
        description="requests that a client may send in a time, such as `120/minute`, by its key or else its address;"
        " one more gets status 429",
    )
    reports: Path = Field(
        Path(".dalil/evals"), description="folder of the reports of the evals; `/quality` shows the newest"
    )
    cors_origins: tuple[str, ...] = Field((), description="origins of web pages that may call the API")
    hosts: tuple[Annotated[str, Field(pattern=r"^(\*|[A-Za-z0-9._-]+|\[?[0-9A-Fa-f:.]+\]?)$")], ...] = Field(
        (),
        max_length=100,
        description="further names, without port, by which the service may be called, such as that of a proxy; `*` is"
        " every name, also of a page that takes this machine's address for its own",
    )
    traces_endpoint: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="address of a collector of OpenTelemetry traces, such as `http://127.0.0.1:4318`, which gets a span"
        " for each request and each stage by OTLP over HTTP; unset: no traces. Takes `dalil[traces]`",
    )
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="address that links to citations begin with; unset: the address that the request was sent to",
    )


class Settings(BaseSettings):
    """All settings, by group."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=ENV_FILE,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    embedding: EmbeddingSettings = EmbeddingSettings()
    store: StoreSettings = StoreSettings()
    opensearch: OpenSearchSettings = OpenSearchSettings()
    indexing: IndexingSettings = IndexingSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    answering: AnsweringSettings = AnsweringSettings()
    generator: GeneratorSettings = GeneratorSettings()
    api: ApiSettings = ApiSettings()
    timezone: ZoneName = Field(
        "UTC", description="time zone of dates and times that name none, such as `Asia/Riyadh`: those of articles"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="least severity that is logged; `debug` logs questions, and how each answer came about"
    )
    log_format: Literal["text", "json"] = Field(
        "text", description="lines of the service's log: text, or a JSON object each; both have the request's id"
    )
    cache_folder: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("dalil")),
        description="folder of models; by default `dalil` in the user's cache folder",
    )


def load_settings() -> Settings:
    """The settings of this process; raises `Misconfigured` naming every variable that is wrong or unknown."""
    # pydantic-settings would refuse foreign names in `.env`, which docker compose reads too, and pass over ours.
    names = (name.upper() for name in (*os.environ, *dotenv_values(ENV_FILE)))
    groups = {name.split("__")[0]: name for name in names if name.startswith(PREFIX)}
    unknown = [
        name for group, name in groups.items() if group.removeprefix(PREFIX).lower() not in Settings.model_fields
    ]
    if unknown:
        raise Misconfigured(f"{', '.join(sorted(unknown))}: no such setting; docs/settings.md lists them")
    try:
        return Settings()
    except ValidationError as invalid:
        problems = (f"{PREFIX}{'__'.join(map(str, e['loc'])).upper()}: {e['msg']}" for e in invalid.errors())
        raise Misconfigured("; ".join(problems)) from None
    except SettingsError as error:
        raise Misconfigured(
            f"{error}: a group is set by its members, and a list is written as JSON; "
            "`python -m api.keys` prints the line for a key"
        ) from None
