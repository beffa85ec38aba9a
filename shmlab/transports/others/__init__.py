"""Other people's transports, where they are installed."""
