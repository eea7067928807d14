"""Several addresses of one cluster: nodes that are away, that hang, that want certificates."""

import json
import shutil
import socket
import socketserver
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dalil.bootstrap import build_store, fingerprint_of
from dalil.domain import Article, IndexCounts
from dalil.embedding.centring import Centres
from dalil.embedding.encoder import Encoder
from dalil.embedding.fake import FakeEmbedder
from dalil.errors import Misconfigured, StoreUnavailable
from dalil.indexing.chunking import Chunker
from dalil.indexing.loaders import Loaded
from dalil.indexing.pipeline import index
from dalil.indexing.report import Report
from dalil.settings import OpenSearchSettings, Settings, StoreSettings
from dalil.stores.opensearch.store import OpenSearchStore
from tests.contracts.samples import FINGERPRINT, indexed
from tests.integration.opensearch_place import OpenSearchPlace, opensearch_place
from tests.opensearch_node import opensearch_url

COUNTS = {"hits": {"total": {"value": 5}, "hits": []}, "aggregations": {"articles": {"doc_count": 2}}}


class _Handler(BaseHTTPRequestHandler):
    """As much of a node as counting needs."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("content-length", 0)))
        content = json.dumps(COUNTS).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST  # noqa: N815 - the names the base class looks for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Log nothing."""


@contextmanager
def node(context: ssl.SSLContext | None = None) -> Iterator[str]:
    """The address of a node, which speaks TLS if there is a context."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"{'https' if context else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("dead", [1, 2])
def test_a_node_that_is_not_there_costs_no_request(dead: int) -> None:
    with node() as alive, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        closed = [f"http://127.0.0.1:{taken.getsockname()[1]}", "http://127.0.0.2:9"][:dead]
        with OpenSearchStore(urls=[*closed, alive], index="dalil") as store:
            assert {store.counts() for _ in range(20)} == {IndexCounts(articles=2, passages=5)}


def test_a_node_that_hangs_costs_one_request_a_wait() -> None:
    with node() as alive, socket.create_server(("127.0.0.1", 0)) as silent:
        hanging = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with OpenSearchStore(urls=[hanging, alive], index="dalil", timeout_seconds=0.3) as store:
            started = time.monotonic()
            assert all(store.counts().articles == 2 for _ in range(20))
            assert time.monotonic() - started < 5


def test_without_any_node_the_error_names_all_addresses() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{taken.getsockname()[1]}", "http://127.0.0.2:9"]
        with OpenSearchStore(urls=urls, index="dalil") as store, pytest.raises(StoreUnavailable) as error:
            store.counts()
    assert all(url in str(error.value) for url in urls)


@pytest.fixture
def place() -> Iterator[OpenSearchPlace]:
    with opensearch_place(opensearch_url()) as place:
        yield place


@pytest.mark.opensearch
def test_a_real_node_and_a_dead_one_write_and_read_as_one(place: OpenSearchPlace) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        urls = [f"http://127.0.0.1:{taken.getsockname()[1]}", place.url]
        with OpenSearchStore(urls=urls, index=place.index) as store:
            store.open_or_create(FINGERPRINT)
            store.write([indexed()])
            assert all(store.counts().articles == 1 for _ in range(10))


class Relay(socketserver.ThreadingTCPServer):
    """An address that leads to the node, except while it is `away`: then it cuts every connection."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), socketserver.BaseRequestHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._node = urlsplit(url)
        self._away = threading.Event()
        self._open: set[socket.socket] = set()

    def go_away(self) -> None:
        self._away.set()
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def come_back(self) -> None:
        self._away.clear()

    def finish_request(self, request: socket.socket | tuple[bytes, socket.socket], client_address: object) -> None:  # noqa: ARG002
        assert isinstance(request, socket.socket)
        if self._away.is_set():
            return
        assert self._node.hostname
        with socket.create_connection((self._node.hostname, self._node.port or 80)) as node:
            self._open |= {request, node}
            back = threading.Thread(target=_pump, args=(node, request))
            back.start()
            _pump(request, node)
            back.join()
            self._open -= {request, node}


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while chunk := source.recv(65_536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)


@pytest.mark.opensearch
@pytest.mark.parametrize("seconds", [30.0, 0.0], ids=["waits", "does not wait"])
def test_a_node_that_is_away_for_a_moment_does_not_end_a_run(place: OpenSearchPlace, seconds: float) -> None:
    texts = ("أرسلت كوريا الشمالية صواريخ.", "بدأ حصاد القمح.", "افتتح المتحف أبوابه.")
    embedder = FakeEmbedder()
    with Relay(place.url) as relay:
        threading.Thread(target=relay.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

        def articles() -> Iterator[Loaded]:
            yield Loaded("0", Article("0", "خبر", texts[0]))
            relay.go_away()
            threading.Timer(1.0, relay.come_back).start()
            yield from (Loaded(str(number), Article(str(number), "خبر", texts[number])) for number in (1, 2))

        with OpenSearchStore(urls=[relay.url], index=place.index) as store:
            store.open_or_create(fingerprint_of(embedder))
            chunker, encoder = Chunker(embedder.count_tokens, 64), Encoder(embedder, Centres.none(embedder.dimension))

            def run() -> Report:
                return index(articles(), store, encoder, chunker, batch_articles=1, retry_seconds=seconds)

            if seconds:
                assert run().added == 3
                assert store.counts().articles == 3
            else:
                with pytest.raises(StoreUnavailable):
                    run()
        relay.shutdown()


class Certificates:
    """An authority, with a certificate of a node and one of a client."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._openssl("req", "-x509", "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.pem")
        for name, extension in (("node", "subjectAltName=IP:127.0.0.1"), ("client", "basicConstraints=CA:FALSE")):
            (folder / f"{name}.ext").write_text(extension)
            self._openssl("req", "-subj", f"/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.csr")
            command = ["x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"]
            self._run(*command, "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def _openssl(self, command: str, *arguments: str) -> None:
        self._run(command, "-nodes", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", *arguments)

    def _run(self, *arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=self.folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    if not shutil.which("openssl"):
        pytest.skip("no openssl: apt-get install openssl")
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="module")
def tls_node(certificates: Certificates) -> Iterator[str]:
    """A node that asks for a certificate of its authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.folder / "node.pem", certificates.folder / "node.key")
    context.load_verify_locations(certificates.folder / "ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    with node(context) as url:
        yield url


def counts(url: str, folder: Path, **files: str) -> IndexCounts:
    """The counts that a store with these files of the folder gets."""
    paths = {name: folder / file for name, file in files.items()}
    search = OpenSearchSettings.model_validate({"url": url, **paths})
    with build_store(Settings(store=StoreSettings(kind="opensearch"), opensearch=search)) as store:
        return store.counts()


def test_a_node_of_a_private_authority_that_asks_for_a_certificate_is_used(
    certificates: Certificates, tls_node: str
) -> None:
    found = counts(
        tls_node, certificates.folder, ca_file="ca.pem", client_certificate="client.pem", client_key="client.key"
    )
    assert found.articles == 2


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"client_certificate": "client.pem", "client_key": "client.key"}, id="without the authority"),
        pytest.param({"ca_file": "ca.pem"}, id="without the certificate"),
    ],
)
def test_a_missing_authority_or_certificate_is_unavailable(
    certificates: Certificates, tls_node: str, files: dict[str, str]
) -> None:
    with pytest.raises(StoreUnavailable):
        counts(tls_node, certificates.folder, **files)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        pytest.param({"ca_file": "ca.key"}, "ca.key", id="no certificate"),
        pytest.param({"client_certificate": "client.pem", "client_key": "node.key"}, "node.key", id="another key"),
    ],
)
def test_a_file_that_is_none_is_named(certificates: Certificates, files: dict[str, str], named: str) -> None:
    with pytest.raises(Misconfigured, match=named):
        counts("https://127.0.0.1:9", certificates.folder, **files)
