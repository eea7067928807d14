"""The folders that the data sets are read from."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The root of the repository."""

DATA = ROOT / "evals" / "data"
"""Questions and claims with their labels: evals/data/README.md."""

SEEDS = ROOT / "seeds"
"""The project's own articles."""

REFERENCE = ROOT.parent / "shared" / "articles"
"""The five reference articles. Their licence does not allow a copy in the repository."""

XQUAD = ROOT.parent / "shared" / "data" / "beir" / "xquad_corpus-ar_query-en"
"""English questions over the Arabic passages of XQuAD (CC BY-SA 4.0), in BEIR's layout."""

NEWS = ROOT.parent / "shared" / "data" / "news"
"""31,030 newspaper articles of 2015 (CC BY-NC-SA 4.0). Their licence does not allow a copy in the repository."""
