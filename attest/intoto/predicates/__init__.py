"""Predicates of in-toto statements, read strictly: one file for each type."""
