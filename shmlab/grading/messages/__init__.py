"""Exchange messages between the trusted parent and a sandbox, and check what may travel in them."""
