"""How fast our implementations are, beside what a user would pick instead."""
