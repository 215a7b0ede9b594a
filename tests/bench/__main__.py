"""Start the engines with everything synced to disk, measure, print ratios."""

from __future__ import annotations

import os


def main() -> None:
    os.environ |= {"DJANGO_SETTINGS_MODULE": "tests.settings", "NOZBE_TEST_DURABLE": "1"}
    import django

    django.setup()
    from django.db import connection

    from tests.bench import pulling, pushing, recording, sealing, working
    from tests.conftest import sign_in_to_database

    connection.creation.create_test_db(verbosity=0)
    sign_in_to_database("nz_app")
    try:
        for room in (sealing, recording, working, pulling, pushing):
            print(f"{room.__name__.rpartition('.')[2].capitalize()} (medians; 1.00 × is the floor)")
            for measured in room.measure():
                print(measured, flush=True)
    finally:
        connection.close()


if __name__ == "__main__":
    main()
