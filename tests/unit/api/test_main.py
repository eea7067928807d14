import os
import resource
import socket
from pathlib import Path

import pytest

from api.__main__ import greeting, main
from api.open_files import MAX_FILES, connections_within, raise_file_limit


def test_a_busy_port_is_told_before_anything_is_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(SystemExit) as exit_:
            main(["--port", str(port)])
    assert exit_.value.code == 2
    error = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1 port {port}" in error
    assert "--port" in error


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--port", "99999"], "99999 is not from 0 to 65535"),
        (["--port", "http"], "invalid"),
        (["--workers", "0"], "0 is not from 1 to 64"),
        (["--host", "no.such.host.invalid"], "cannot listen on no.such.host.invalid"),
    ],
)
def test_an_impossible_address_is_told(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(arguments)
    assert exit_.value.code == 2
    assert message in capsys.readouterr().err


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("DALIL_")]:
        monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("name", ["DALIL_API__MAX_BODY_BYTES", "DALIL_API__BODY", "DALIL_APIS"])
def test_a_setting_that_cannot_be_used_is_named(
    clean_environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    clean_environment.setenv(name, "1")
    with pytest.raises(SystemExit) as exit_:
        main(["--port", "0"])
    assert exit_.value.code == 1
    assert name in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
    ],
)
def test_the_greeting_names_an_address_that_can_be_called(host: str, url: str) -> None:
    assert f"curl {url}/v1/answer" in greeting(host, 80)


def test_an_engine_that_cannot_be_built_is_told_in_one_line(
    clean_environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    clean_environment.setenv("DALIL_EMBEDDING__MODEL", str(tmp_path / "no model"))
    clean_environment.setenv("DALIL_EMBEDDING__RUNTIME", "onnx")
    with pytest.raises(SystemExit) as exit_:
        main(["--port", "0"])
    assert exit_.value.code == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith("cannot start: no model")
    assert "\n" not in error


def test_the_limit_on_open_files_is_raised_as_far_as_it_goes() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_FILES if before[1] == resource.RLIM_INFINITY else min(before[1], MAX_FILES)
    resource.setrlimit(resource.RLIMIT_NOFILE, (512, before[1]))
    try:
        assert raise_file_limit() == wanted
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == wanted
        assert raise_file_limit() == wanted
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.parametrize(("files", "connections"), [(65_536, 1_000), (1_024, 768), (256, 128)])
def test_connections_leave_files_for_the_rest_of_the_process(files: int, connections: int) -> None:
    assert connections_within(files, 1_000) == connections
