"""Judge a class and write results, tables, grade books and reports."""
