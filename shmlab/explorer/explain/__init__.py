"""What a check says: a verdict, and a schedule told step by step."""
