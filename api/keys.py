"""API keys for writing: `python -m api.keys` makes a key and prints its hash for the settings."""

import hashlib
import hmac
import secrets
import sys
from collections.abc import Sequence

PREFIX = "dalil_"
"""The start of every key, for people and for programs that search for leaked secrets."""


def new_key() -> str:
    """A random key."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(key: str) -> str:
    """The hash of a key, for the settings. It needs no salt and no slow hash: a key is 32 random bytes."""
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


def is_one_of(key: str, hashes: Sequence[str]) -> bool:
    """Whether the key has one of these hashes; the time that this takes does not depend on them."""
    key_hash = hash_of(key)
    return sum(hmac.compare_digest(key_hash, known) for known in hashes) > 0


def instructions(key: str) -> str:
    """How to install and use a new key."""
    return (
        f"The key, which is shown only now:\n\n  {key}\n\n"
        "The line for .env; the hashes of several keys go into one list:\n\n"
        f"  DALIL_API__KEYS='[\"{hash_of(key)}\"]'\n\n"
        "Then restart the server. Whoever writes sends the header `Authorization: Bearer KEY`.\n"
    )


if __name__ == "__main__":
    sys.stdout.write(instructions(new_key()))
