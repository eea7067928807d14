import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.http.errors import MalformedRequest
from api.http.strict_route import parse_i_json

texts = st.text(st.characters(exclude_categories=["Cs"]))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner) | st.dictionaries(texts, inner),
)


@given(values)
def test_every_i_json_value_is_read_as_it_was_written(value: object) -> None:
    assert parse_i_json(json.dumps(value).encode()) == value
    assert parse_i_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "\\u0062": 2}}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xff"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b"9" * 5000,
        b"[" * 30_000,
        b"[" * 30_000 + b"]" * 30_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    ],
    ids=lambda body: repr(body[:24]),
)
def test_what_is_not_i_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedRequest):
        parse_i_json(body)


@given(st.binary())
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    try:
        value = parse_i_json(body)
    except MalformedRequest:
        return
    assert parse_i_json(json.dumps(value).encode()) == value
