import pytest
from starlette.requests import Request

from api.http.errors import KeyNeeded, ReadOnly
from api.http.write_access import WriteAccess, WritePolicy, require_write_access, write_access
from api.keys import hash_of

LOCAL = WritePolicy(host="127.0.0.1", origins=("https://page.example",))
KEY = "dalil_secret"


def request(
    policy: WritePolicy,
    *headers: tuple[str, str],
    host: str | None = "localhost:8000",
    client: str | None = "127.0.0.1",
) -> Request:
    given = [("host", host)] if host is not None else []
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in (*given, *headers)]
    return Request(
        {
            "type": "http",
            "scheme": "http",
            "headers": raw,
            "client": (client, 40_000) if client else None,
            "state": {"write_policy": policy},
        }
    )


@pytest.mark.parametrize("bound", ["127.0.0.1", "127.0.0.2", "::1", "localhost", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("client", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_a_server_that_only_this_machine_reaches_is_open_to_it(bound: str, client: str) -> None:
    assert write_access(request(WritePolicy(host=bound), client=client)) == "open"


@pytest.mark.parametrize("bound", [None, "0.0.0.0", "::", "192.168.1.5", "news.example", ""])
def test_a_server_that_others_may_reach_is_closed(bound: str | None) -> None:
    assert write_access(request(WritePolicy(host=bound))) == "closed"


@pytest.mark.parametrize(
    ("public_url", "expected"),
    [("https://news.example/dalil", "closed"), ("http://localhost:8000", "open"), ("http://[::1]:8000/x", "open")],
)
def test_a_server_that_says_where_others_reach_it_is_closed(public_url: str, expected: WriteAccess) -> None:
    assert write_access(request(WritePolicy(host="127.0.0.1", public_url=public_url))) == expected


@pytest.mark.parametrize("client", [None, "192.168.1.5", "8.8.8.8", "testclient", "::ffff:8.8.8.8"])
def test_a_client_elsewhere_may_not_write(client: str | None) -> None:
    assert write_access(request(LOCAL, client=client)) == "closed"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", "open"),
        ("LOCALHOST:80", "open"),
        ("127.0.0.1:8000", "open"),
        ("127.4.5.6", "open"),
        ("[::1]:8000", "open"),
        (None, "closed"),
        ("", "closed"),
        ("evil.example:8000", "closed"),
        ("localhost.evil.example", "closed"),
        ("127.evil.example", "closed"),
        ("evil.example@localhost", "closed"),
        ("localhost/evil.example", "closed"),
        ("localhost:port", "closed"),
        ("localhost:99999", "closed"),
        ("[::1", "closed"),
        ("192.168.1.5", "closed"),
        ("\xff", "closed"),
    ],
)
def test_the_host_that_was_asked_for_has_to_be_this_machine(host: str | None, expected: WriteAccess) -> None:
    assert write_access(request(LOCAL, host=host)) == expected


@pytest.mark.parametrize(
    ("host", "origin", "expected"),
    [
        ("localhost:8000", "http://localhost:8000", "open"),
        ("localhost:8000", "http://LOCALHOST:8000", "open"),
        ("localhost", "http://localhost", "open"),
        ("localhost:80", "http://localhost", "open"),
        ("[::1]:8000", "http://[::1]:8000", "open"),
        ("localhost:8000", "https://page.example", "open"),
        ("localhost:8000", "http://localhost:3000", "closed"),
        ("localhost:8000", "http://127.0.0.1:8000", "closed"),
        ("localhost:8000", "http://localhost", "closed"),
        ("localhost:8000", "https://evil.example", "closed"),
        ("localhost:8000", "https://page.example.evil.example", "closed"),
        ("localhost:8000", "http://evil.example@localhost:8000", "closed"),
        ("localhost:8000", "http://localhost:8000/path", "closed"),
        ("localhost:8000", "null", "closed"),
        ("localhost:8000", "", "closed"),
        ("localhost:8000", "file://localhost:8000", "closed"),
        ("localhost:8000", "http://[", "closed"),
        ("localhost:8000", "http://localhost:port", "closed"),
    ],
)
def test_a_page_has_to_be_the_servers_own_or_of_a_named_origin(host: str, origin: str, expected: WriteAccess) -> None:
    assert write_access(request(LOCAL, ("Origin", origin), host=host)) == expected


@pytest.mark.parametrize("name", ["Host", "Origin"])
def test_what_comes_twice_is_not_believed(name: str) -> None:
    value = {"Host": "localhost:8000", "Origin": "http://localhost:8000"}[name]
    assert write_access(request(LOCAL, (name, value), (name, value), host="localhost:8000")) == "closed"


@pytest.mark.parametrize("name", ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"])
def test_behind_a_proxy_nobody_is_local(name: str) -> None:
    assert write_access(request(LOCAL, (name, "127.0.0.1"))) == "closed"


def test_where_there_are_keys_everybody_needs_one() -> None:
    policy = WritePolicy((hash_of(KEY),), host="127.0.0.1")
    assert write_access(request(policy)) == "key"
    assert write_access(request(policy, client="8.8.8.8", host="news.example")) == "key"


@pytest.mark.parametrize("header", [f"Bearer {KEY}", f"bearer {KEY}", f"BEARER  {KEY} "])
def test_each_key_opens(header: str) -> None:
    for hashes in ((hash_of(KEY), hash_of("other")), (hash_of("other"), hash_of(KEY))):
        require_write_access(request(WritePolicy(hashes), ("Authorization", header), client="8.8.8.8"))


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", f"Basic {KEY}", KEY, f"Bearer {KEY}x", "Bearer \xff", f"Bearer {hash_of(KEY)}"],
    ids=ascii,
)
def test_a_key_that_is_missing_or_wrong_is_asked_for_and_not_repeated(header: str) -> None:
    with pytest.raises(KeyNeeded) as refused:
        require_write_access(request(WritePolicy((hash_of(KEY),)), ("Authorization", header)))
    assert refused.value.headers == {"WWW-Authenticate": "Bearer"}
    assert KEY not in refused.value.detail


def test_a_server_that_is_closed_says_how_it_is_opened() -> None:
    with pytest.raises(ReadOnly, match=r"DALIL_API__KEYS.*python -m api\.keys"):
        require_write_access(request(WritePolicy(), ("Authorization", f"Bearer {KEY}")))
