"""deploy/nginx.conf, run by a real nginx in front of two servers."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from dalil.settings import ApiSettings
from tests.integration.api_service import app_over, filled, serving
from tests.integration.generators import Slow, written_by
from tests.missing import missing

ROOT = Path(__file__).parents[2]
HALF_REQUEST = b"POST /v1/search HTTP/1.1\r\nHost: dalil.example\r\nContent-"

MAIN = """\
daemon off;
worker_processes 1;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  include {folder}/dalil.conf;
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    client: httpx.Client
    port: int
    tls: ssl.SSLContext

    def connect(self) -> ssl.SSLSocket:
        connection = socket.create_connection(("127.0.0.1", self.port))
        return self.tls.wrap_socket(connection, server_hostname="dalil.example")


@contextmanager
def proxy(folder: Path, *ports: int) -> Iterator[Proxy]:
    """The proxy before the API processes on these two ports; nginx's own port and its certificate are the test's."""
    nginx = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
    if nginx is None:
        missing("no nginx: apt-get install nginx")
    certificate = "req -x509 -nodes -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -keyout dalil.key -out dalil.pem"
    names = ["-subj", "/CN=dalil.example", "-addext", "subjectAltName=DNS:dalil.example,IP:127.0.0.1"]
    subprocess.run(["openssl", *certificate.split(), *names], cwd=folder, check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = "".join(
        (ROOT / "deploy" / name).read_text(encoding="utf-8") for name in ("nginx-upstream.conf", "nginx.conf")
    )
    for pattern, new in (
        ("listen 443 ", f"listen 127.0.0.1:{port} "),
        ("127.0.0.1:8000", f"127.0.0.1:{ports[0]}"),
        ("127.0.0.1:8001", f"127.0.0.1:{ports[1]}"),
        ("/etc/ssl/", f"{folder}/"),
    ):
        text, count = re.subn(rf"^([^#\n]*?){re.escape(pattern)}", rf"\g<1>{new}", text, flags=re.MULTILINE)
        assert count, pattern
    (folder / "dalil.conf").write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder), encoding="utf-8")
    tls = ssl.create_default_context(cafile=folder / "dalil.pem")
    command = [nginx, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:
        try:
            base_url = f"https://127.0.0.1:{port}"
            with httpx.Client(base_url=base_url, timeout=30, trust_env=False, verify=tls) as client:
                _wait_until_it_answers(client, running, folder)
                yield Proxy(client, port, tls)
        finally:
            running.terminate()


def _wait_until_it_answers(client: httpx.Client, running: "subprocess.Popen[str]", folder: Path) -> None:
    for _ in range(200):
        assert running.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        try:
            client.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    pytest.fail("nginx does not answer")


def port_of(client: httpx.Client) -> int:
    port = client.base_url.port
    assert port
    return port


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return filled(tmp_path_factory.mktemp("index"))


def test_a_server_that_ends_is_not_noticed_and_metrics_stay_inside(index: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        first = stack.enter_context(serving(app_over(index)))
        with serving(app_over(index)) as second:
            through = stack.enter_context(proxy(tmp_path, port_of(first), port_of(second)))
            found = [through.client.post("/v1/search", json={"query": "كوريا"}) for _ in range(6)]
        found += [through.client.post("/v1/search", json={"query": "كوريا"}) for _ in range(6)]
        assert {response.status_code for response in found} == {200}
        assert found[0].json()["hits"][0]["link"].startswith("https://")
        assert through.client.get("/metrics").status_code == 404


def test_half_requests_hold_no_connection_of_the_server(index: Path, tmp_path: Path) -> None:
    with (
        serving(app_over(index), limit_concurrency=10) as server,
        proxy(tmp_path, port_of(server), port_of(server)) as through,
        ExitStack() as stack,
    ):
        for _ in range(100):
            stack.enter_context(through.connect()).sendall(HALF_REQUEST)
        assert through.client.get("/healthz").status_code == 200
        assert server.get("/healthz").status_code == 200


def test_one_address_cannot_hold_all_answers(index: Path, tmp_path: Path) -> None:
    slow = Slow()
    app = create_app(ApiSettings(answer_workers=30, hosts=("dalil.example",)), lambda: written_by(slow, index))
    body = '{"question": "ماذا أرسلت كوريا الشمالية؟", "stream": true}'.encode()
    request = (
        b"POST /v1/answer HTTP/1.1\r\nHost: dalil.example\r\nContent-Type: application/json\r\n"
        + f"Content-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    with (
        serving(app) as server,
        proxy(tmp_path, port_of(server), port_of(server)) as through,
        ExitStack() as stack,
    ):
        streams = [stack.enter_context(through.connect()) for _ in range(20)]
        for stream in streams:
            stream.sendall(request)
            assert stream.recv(12) == b"HTTP/1.1 200"
        assert through.client.get("/healthz").status_code == 429
        streams[0].close()
        for _ in range(100):
            if through.client.get("/healthz").status_code == 200:
                break
            time.sleep(0.05)
        else:
            pytest.fail("a connection that has ended still counts")
        slow.go_on.set()
