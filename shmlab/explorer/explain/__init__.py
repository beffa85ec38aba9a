"""Explain a result: the verdict in words, and the witness step by step."""
