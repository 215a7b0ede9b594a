"""`make bench`: what our own work costs, against a floor that is measured beside it in the same run.

Machines are shared and noisy, so only the ratios count. Nothing here is a test: no number is ever asserted.
"""
