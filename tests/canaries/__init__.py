"""Secrets and personal data that can be recognized, planted everywhere, and the search for where they come out."""
