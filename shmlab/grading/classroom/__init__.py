"""A class, judged: results, tables, grade books, reports."""
