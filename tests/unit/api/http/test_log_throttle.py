import logging

from api.http.log_throttle import MAX_LINES, THROTTLED_SECONDS, LogThrottle


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def line(number: int, message: str = "connection %d refused") -> logging.LogRecord:
    return logging.LogRecord("uvicorn.error", logging.WARNING, __file__, 1, message, (number,), None)


def test_a_line_comes_once_in_a_while_and_then_says_how_often_it_was_left_out() -> None:
    clock = Clock()
    throttle = LogThrottle(clock)
    assert [throttle.filter(line(1)) for _ in range(1_001)] == [True] + [False] * 1_000
    clock.now += THROTTLED_SECONDS
    again = line(1)
    assert throttle.filter(again)
    assert again.getMessage() == "connection 1 refused (1,000 more since the last such line)"
    assert not throttle.filter(line(1))


def test_other_lines_are_let_through() -> None:
    throttle = LogThrottle(Clock())
    assert all(throttle.filter(line(number)) for number in range(3 * MAX_LINES))
