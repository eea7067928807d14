"""The newest report of the evals, for the page /quality."""

from pathlib import Path

from pydantic import ValidationError

from dalil.wire.quality import SUFFIX, QualityReport


def newest_report(folder: Path) -> Path | None:
    """The newest page from `python -m evals report`; None if there is none."""
    return max(folder.glob("*.html"), key=lambda file: file.stat().st_mtime, default=None)


def read_quality(page: Path | None) -> QualityReport | None:
    """What was written beside a report; None if there is nothing, or it is of another release."""
    try:
        return QualityReport.model_validate_json(page.with_suffix(SUFFIX).read_bytes()) if page else None
    except (OSError, ValidationError):
        return None
