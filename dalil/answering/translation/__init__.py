"""Translations into English of what articles say. A translation is shown beside its text, never in its place."""
