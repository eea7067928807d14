import socket

import pytest

from api.http.host_access import HostPolicy

LOCAL = HostPolicy("127.0.0.1")
PUBLIC = [HostPolicy(host) for host in (None, "0.0.0.0", "::", "192.168.1.5")]


@pytest.mark.parametrize("policy", [LOCAL, HostPolicy("::1"), HostPolicy("localhost"), *PUBLIC], ids=str)
@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "LocalHost:8000",
        "localhost.",
        "127.0.0.1:8000",
        "127.0.0.2",
        "[::1]:8000",
        "[::ffff:127.0.0.1]",
        "dalil.localhost:8000",
        "host.docker.internal:8000",
    ],
)
def test_every_name_of_this_machine_is_served(policy: HostPolicy, host: str) -> None:
    assert policy.serves(host)


@pytest.mark.parametrize("policy", [LOCAL, *PUBLIC], ids=str)
@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evillocalhost.example",
        "user@127.0.0.1.evil.example",
        "user@localhost",
        "localhost/evil.example",
        "localhost:port",
        "[::1",
        "localhost evil.example",
        "xn--mgbh0fb.example",
    ],
    ids=repr,
)
def test_a_name_that_a_stranger_can_have_is_refused(policy: HostPolicy, host: str | None) -> None:
    assert not policy.serves(host)


@pytest.mark.parametrize("host", ["192.168.1.5:8000", "8.8.8.8", "[2001:db8::1]", "dalil", socket.gethostname()])
def test_a_server_that_others_reach_is_served_by_addresses_and_local_names(host: str) -> None:
    assert [policy.serves(host) for policy in PUBLIC] == [True] * len(PUBLIC)


@pytest.mark.parametrize("host", ["192.168.1.5:8000", "8.8.8.8", "[2001:db8::1]", "dalil"])
def test_a_server_that_only_this_machine_reaches_is_served_by_its_own_names_alone(host: str) -> None:
    assert not LOCAL.serves(host)


@pytest.mark.parametrize(
    ("policy", "host"),
    [
        (HostPolicy("127.0.0.1", "https://dalil.example/news"), "dalil.example"),
        (HostPolicy("127.0.0.1", "https://Dalil.Example:8443"), "DALIL.example:443"),
        (HostPolicy("127.0.0.1", None, ("News.example", "[2001:db8::1]")), "news.EXAMPLE:8000"),
        (HostPolicy("127.0.0.1", None, ("news.example", "[2001:db8::1]")), "[2001:DB8::1]:8000"),
        (HostPolicy("127.0.0.1", None, ("*",)), "evil.example"),
        (HostPolicy("127.0.0.1", None, ("*",)), None),
    ],
    ids=str,
)
def test_a_name_of_the_settings_is_served(policy: HostPolicy, host: str | None) -> None:
    assert policy.serves(host)
    assert HostPolicy("127.0.0.1", "https://other.example", ("another.example",)).serves(host) is False
