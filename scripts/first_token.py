"""The time to the first word of a streamed answer: `python scripts/first_token.py`.

Starts the service over the seeds, asks it fifty answerable questions of the own set one after another, and prints the
percentiles of the time from sending a question to the first word of its answer.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).parents[1]))

from evals.datasets.own_sets import load_seeds
from evals.measures.latencies import percentiles
from tests.programs import SEEDS, service

QUESTIONS = 50
WARM_UP_QUESTIONS = 5


def first_word(client: httpx.Client, question: str) -> float:
    """Milliseconds from sending the question to the first word."""
    chat = {"model": "dalil", "messages": [{"role": "user", "content": question}], "stream": True}
    started = time.perf_counter()
    with client.stream("POST", "/v1/chat/completions", json=chat) as response:
        response.raise_for_status()
        for line in response.iter_lines():
            if line and json.loads(line.removeprefix("data: "))["choices"][0]["delta"].get("content"):
                return (time.perf_counter() - started) * 1_000
    raise AssertionError(f"the answer to {question!r} has no word")


def main() -> None:
    """Measure and print the percentiles."""
    answerable = [question.text for question in load_seeds().questions if question.labels]
    questions = answerable[:: len(answerable) // QUESTIONS][:QUESTIONS]
    with tempfile.TemporaryDirectory() as folder, service("lancedb", Path(folder), SEEDS) as running:
        for question in questions[:WARM_UP_QUESTIONS]:
            first_word(running.client, question)
        times = [first_word(running.client, question) for question in questions]
    summary = ", ".join(f"p{percent} {milliseconds:.0f} ms" for percent, milliseconds in percentiles(times).items())
    print(f"first word of {len(times)} answers: {summary}")


if __name__ == "__main__":
    main()
