"""Embedding: the interface (`base`), the runtimes that implement it, and what is computed from token vectors."""

import os

# Since 1.32 onnxruntime sends its maker an event for each process and each model, unless told not to before its import.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
