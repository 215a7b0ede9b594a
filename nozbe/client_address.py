"""Where a request comes from, as the nearest proxies of ours noted it; what the client itself says counts for nothing.

With `TRUSTED_PROXIES` proxies before us, the address is that many from the right of X-Forwarded-For: everything left
of it was there before our outermost proxy wrote, so anybody may have made it up.
"""

from __future__ import annotations

import ipaddress

from django.conf import settings
from django.http import HttpRequest

HOME_PREFIX = 64
"""Of IPv6 each home and each server gets at least a /64 (RFC 6177), so one address of it says nothing."""


def client_address(request: HttpRequest) -> str:
    """An IP address in its shortest form; empty when there is none, as behind a socket file."""
    remote = request.META.get("REMOTE_ADDR", "")
    noted = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    if 0 < proxies <= len(noted):
        return _readable(noted[-proxies]) or _readable(remote)
    return _readable(remote)


def network_of(address: str) -> str:
    """What to count by: an IPv4 address itself, an IPv6 address by its /64."""
    if not address:
        return ""
    ip = ipaddress.ip_address(address)
    if ip.version == 4:
        return address
    return str(ipaddress.ip_network((ip, HOME_PREFIX), strict=False).network_address)


def _readable(text: str) -> str:
    try:
        ip = ipaddress.ip_address(text)
    except ValueError:
        return ""
    if isinstance(ip, ipaddress.IPv6Address):
        return str(ip.ipv4_mapped or ipaddress.IPv6Address(int(ip)))  # without the name of an interface
    return str(ip)
