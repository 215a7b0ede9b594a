"""`make schema`: write the description of the API where it is reviewed."""

from __future__ import annotations

import json
import os

from tests.environments import PRODUCTION


def main() -> None:
    os.environ |= PRODUCTION | {"DJANGO_SETTINGS_MODULE": "nozbe.settings"}
    import django

    django.setup()
    from nozbe.api.schema import description
    from tests.api.test_schema import SNAPSHOT

    SNAPSHOT.write_text(json.dumps(description(), indent=2) + "\n", encoding="utf-8")
    print(f"{SNAPSHOT.relative_to(SNAPSHOT.parent.parent)} is as the code is.")


if __name__ == "__main__":
    main()
