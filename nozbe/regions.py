"""Where data may live: the European Economic Area (promise P1).

Country codes are ISO 3166-1 alpha-2. EEA = the 27 members of the European Union plus Iceland, Liechtenstein and
Norway (EEA Agreement, as applied since 2014). The United Kingdom and Switzerland are not in it, although cloud
providers call London "eu-west-2" and Zurich "eu-central-2".
"""

import re

EUROPEAN_UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
EEA = EUROPEAN_UNION | {"IS", "LI", "NO"}

MAIN_DATABASE_COUNTRY = "IE"

AWS_REGION_COUNTRIES = {
    "eu-central-1": "DE",
    "eu-central-2": "CH",
    "eu-north-1": "SE",
    "eu-south-1": "IT",
    "eu-south-2": "ES",
    "eu-west-1": "IE",
    "eu-west-2": "GB",
    "eu-west-3": "FR",
    "eusc-de-east-1": "DE",
}
"""AWS regions called European, with the country they are really in (AWS, "Regions and Availability Zones")."""

_AWS_REGION = re.compile(r"(?:^s3-|^)([a-z]{2,4}(?:-[a-z]+)+-\d)$")


def aws_region_in(host: str) -> str | None:
    """The region that an AWS host name carries, or None for any other host."""
    labels = _canonical(host).split(".") if is_aws(host) else []
    # The last label that looks like a region is the region; earlier ones are names that customers choose.
    matches = [match.group(1) for label in labels if (match := _AWS_REGION.match(label))]
    return matches[-1] if matches else None


def is_aws(host: str) -> bool:
    return _canonical(host).endswith((".amazonaws.com", ".amazonaws.eu", ".amazonaws.com.cn"))


def _canonical(host: str) -> str:
    """In lower case and without the final dot of a fully qualified name."""
    return host.lower().removesuffix(".")
