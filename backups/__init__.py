"""WHAT IF: what is copied, where, and how it is proven."""
