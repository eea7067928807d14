"""Examine the installation: `python -m dalil doctor [--json]`."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict

from dalil.errors import Misconfigured
from dalil.extras import require_extra

try:
    with require_extra("engine"):
        from dalil.doctor import Diagnosis, examine
except Misconfigured as error:
    sys.exit(f"cannot start: {error}")

EXIT_STATUSES = (
    "Exit status: 0 everything works, perhaps with warnings; 1 something does not, and its line says what helps."
)


def main(arguments: Sequence[str] | None = None, examine: Callable[[], Iterator[Diagnosis]] = examine) -> int:
    """Print a line for each part, or JSON; returns 1 if a part does not work, else 0."""
    parser = argparse.ArgumentParser(prog="python -m dalil", description="Dalil, as a library.")
    commands = parser.add_subparsers(dest="command", required=True)
    doctor = commands.add_parser(
        "doctor",
        help="examine settings, model, index, disk and language model",
        description="Examine every part of this installation, and name what mends a part that does not work.",
        epilog=EXIT_STATUSES,
    )
    doctor.add_argument("--json", action="store_true", help="print JSON")
    chosen = parser.parse_args(arguments)
    found: list[Diagnosis] = []
    for diagnosis in examine():
        found.append(diagnosis)
        if not chosen.json:
            sys.stdout.write(_line(diagnosis))
            sys.stdout.flush()
    if chosen.json:
        sys.stdout.write(json.dumps([asdict(diagnosis) for diagnosis in found], ensure_ascii=False, indent=2) + "\n")
    return 1 if any(diagnosis.status == "fail" for diagnosis in found) else 0


def _line(diagnosis: Diagnosis) -> str:
    finding = " ".join(diagnosis.finding.split())
    remedy = f"{'':23} → {diagnosis.remedy}\n" if diagnosis.remedy else ""
    return f"{diagnosis.status:5} {diagnosis.part:17} {finding}\n{remedy}"


if __name__ == "__main__":
    sys.exit(main())
