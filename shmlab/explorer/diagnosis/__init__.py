"""Name the mistake behind a failure, and prove the name: the program is right once exactly this is repaired."""
