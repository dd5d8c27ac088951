"""Which addresses of the network are the public's, and which are this machine's or somebody's own. Pure."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

_CARRIES_IPV4 = (IPv6Network("64:ff9b::/96"), IPv6Network("::/96"))  # in the last four bytes (RFC 6052, 4291)

_LOCAL = IPv6Network("64:ff9b:1::/48")  # RFC 8215; Python knows of it since 3.12.4


def is_private(address: str) -> bool:
    """Whether an address is not one of the public internet's: this machine's, a house's own, or nobody's.

    So are those that carry such an address inside (IPv4 in IPv6, 6to4, Teredo, NAT64), and whatever is no
    address at all. A name is none: ask for what it resolves to.
    """
    try:
        found = ip_address(address.partition("%")[0])  # behind it stands through which card it is reached
    except ValueError:
        return True
    own = found in _LOCAL if isinstance(found, IPv6Address) else False
    return own or any(not one.is_global or one.is_multicast for one in (found, *_carried(found)))


def is_private_literal(host: str) -> bool:
    """Whether a host is written as an address and is a private one; a name never is."""
    try:
        ip_address(host.partition("%")[0])
    except ValueError:
        return False
    return is_private(host)


def _carried(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    last = IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo or ()
    found = (address.ipv4_mapped, address.sixtofour, *teredo)
    inside = any(address in network for network in _CARRIES_IPV4)
    return tuple(one for one in found if one is not None) + ((last,) if inside else ())
