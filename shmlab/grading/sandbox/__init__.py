"""The parent's side of a sandbox."""
