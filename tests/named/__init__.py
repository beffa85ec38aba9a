"""Programs with failures, each in several layouts, and the names that they must get."""
