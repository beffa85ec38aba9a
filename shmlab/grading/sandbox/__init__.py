"""Use a sandbox from the trusted parent process."""
