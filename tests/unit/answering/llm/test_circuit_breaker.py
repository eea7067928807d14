from dalil.answering.llm.circuit_breaker import FAILURES_TO_OPEN, OPEN_SECONDS, CircuitBreaker


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def opened(clock: Clock) -> CircuitBreaker:
    breaker = CircuitBreaker(clock)
    for _ in range(FAILURES_TO_OPEN):
        assert breaker.seconds_until_call() == 0
        breaker.record(failed=True)
    return breaker


def test_failures_in_a_row_open_it_for_a_while() -> None:
    clock = Clock()
    breaker = opened(clock)
    assert breaker.seconds_until_call() == OPEN_SECONDS
    clock.now += OPEN_SECONDS - 1
    assert breaker.seconds_until_call() == 1


def test_a_success_between_failures_keeps_it_closed() -> None:
    breaker = CircuitBreaker(Clock())
    for _ in range(3 * FAILURES_TO_OPEN):
        breaker.record(failed=True)
        breaker.record(failed=False)
    assert breaker.seconds_until_call() == 0


def test_one_call_at_a_time_is_a_trial_and_its_success_closes_it() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += OPEN_SECONDS
    assert [breaker.seconds_until_call() for _ in range(3)] == [0, OPEN_SECONDS, OPEN_SECONDS]
    breaker.record(failed=False)
    assert breaker.seconds_until_call() == 0


def test_a_trial_that_fails_opens_it_again() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += OPEN_SECONDS
    assert breaker.seconds_until_call() == 0
    clock.now += 10
    breaker.record(failed=True)
    assert breaker.seconds_until_call() == OPEN_SECONDS


def test_a_trial_without_an_outcome_is_followed_by_another() -> None:
    clock = Clock()
    breaker = opened(clock)
    clock.now += OPEN_SECONDS
    assert breaker.seconds_until_call() == 0
    clock.now += OPEN_SECONDS
    assert breaker.seconds_until_call() == 0
