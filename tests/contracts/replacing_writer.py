"""A process of its own that replaces one article again and again: `replacing_writer.py KIND LOCATION URL TIMES`."""

import sys
from pathlib import Path

from dalil.stores.lance import LanceStore
from dalil.stores.opensearch.store import OpenSearchStore
from tests.contracts.samples import FINGERPRINT, indexed

if __name__ == "__main__":
    kind, location, url, times = sys.argv[1:]
    with LanceStore(Path(location)) if kind == "lancedb" else OpenSearchStore(urls=[url], index=location) as store:
        store.open(FINGERPRINT)
        for turn in range(int(times)):
            store.write([indexed(terms=["common"] * (3 + turn % 5), version=f"v{turn}")])
