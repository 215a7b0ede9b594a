"""The house: doors (urls, sync), locks (encryption), the record (audit), the clock (celery), the end (erasure)."""
