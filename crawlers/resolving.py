"""What a name resolves to, with nothing in it of this machine or of somebody's own network.

A site's name is its owner's to point where he likes: to 169.254.169.254, where a cloud tells its secrets, or
to a printer. What is checked is the very address that is connected to, each time, so that a name cannot
answer the check with one and the connection with another.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from crawlers.networks import is_private

if TYPE_CHECKING:
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

logger = logging.getLogger(__name__)

refused: dict[str, str] = {}
"""The names that led to private addresses, and to which: Twisted tells whoever asked only that none came."""


class PublicOnly(CachingThreadedResolver):
    """Scrapy's resolver, but for private addresses, which it does not give.

    The hosts of the environment's proxies alone may have one. What a proxy is asked for it resolves itself:
    then it is for the proxy to refuse.
    """

    def __init__(self, reactor: ReactorBase, cache_size: int, timeout: float) -> None:
        super().__init__(reactor, cache_size, timeout)
        self._proxies = proxy_hosts(getproxies())

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> Deferred[str]:  # noqa: N802
        """The address of a name, as a Deferred; DNSLookupError where it is private, or there is none."""
        return super().getHostByName(name, timeout).addCallback(self._public, name)

    def _public(self, address: str, name: str) -> str:
        if is_private(address) and name.lower() not in self._proxies:
            if name not in refused:
                logger.warning("%s", said(name, address))
            refused[name] = address
            raise DNSLookupError(said(name, address))
        return address


def proxy_hosts(proxies: Mapping[str, str]) -> frozenset[str]:
    """The hosts of proxies as the environment names them, with a scheme or without."""
    hosts = set()
    for proxy in proxies.values():
        try:
            hosts.add(urlsplit(proxy if "://" in proxy else f"//{proxy}").hostname)
        except ValueError:
            continue  # no address, and so never connected to
    return frozenset(host for host in hosts if host)


def private(error: BaseException) -> str | None:
    """In a line to which private address a name led that was not resolved; None where there was no such."""
    named = next((name for name in refused if name in str(error)), None)
    return None if named is None else said(named, refused[named])


def said(name: str, address: str) -> str:
    """The one line for a name that leads to a private address."""
    what = f"{name} is" if name == address else f"{name} leads to {address},"
    return f"{what} a private address, which is not asked"
