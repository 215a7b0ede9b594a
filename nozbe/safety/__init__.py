"""The Safety page: how safe the work is right now, with dates and numbers, and what is not known yet."""
