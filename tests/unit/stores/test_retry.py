import time

import pytest

from dalil.errors import StoreUnavailable
from dalil.stores import retry
from dalil.stores.base import TransientStoreFailure
from dalil.stores.retry import retry_transient


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retry, "FIRST_PAUSE_SECONDS", 0.001)


class Call:
    """Fails as often as it is told to."""

    def __init__(self, failures: int, failure: Exception) -> None:
        self.failures = failures
        self.failure = failure
        self.calls = 0

    def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self.failures:
            raise self.failure
        return "done"


def test_a_call_is_made_again_until_the_store_is_back() -> None:
    call = Call(4, TransientStoreFailure("away"))
    assert (retry_transient(call, seconds=60), call.calls) == ("done", 5)


def test_after_the_time_the_last_failure_is_raised() -> None:
    call, started = Call(1_000, TransientStoreFailure("away")), time.monotonic()
    with pytest.raises(TransientStoreFailure, match="away"):
        retry_transient(call, seconds=0.05)
    assert call.calls > 2
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("failure", "seconds"), [(StoreUnavailable("broken"), 60.0), (TransientStoreFailure("away"), 0.0)]
)
def test_what_does_not_pass_and_who_does_not_wait_are_not_tried_again(failure: Exception, seconds: float) -> None:
    call = Call(1, failure)
    with pytest.raises(StoreUnavailable):
        retry_transient(call, seconds=seconds)
    assert call.calls == 1
