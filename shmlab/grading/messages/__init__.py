"""Messages between the trusted parent and a sandbox, and what may travel in them."""
