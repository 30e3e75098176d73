"""`ctx.http`: one HTTPS client for all adapters, with limits of size and time, and no redirects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import treq
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IReactorTime
from twisted.web.client import Agent, HTTPConnectionPool
from twisted.web.http_headers import Headers

from waybilld_sdk.context import HttpResponse
from waybilld_sdk.errors import InDoubt, Retry

_MOST_BYTES = 10 * 1024**2


class _TooLarge(Exception):
    pass


class HttpClient:
    """Implements the SDK's `Http` with treq."""

    def __init__(self, reactor: IReactorTime) -> None:
        self._pool = HTTPConnectionPool(reactor, persistent=True)
        self._client = treq.client.HTTPClient(Agent(reactor, connectTimeout=10, pool=self._pool))

    async def request(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes = b"", timeout: float = 20.0
    ) -> HttpResponse:
        """One call; see `waybilld_sdk.context.Http`. A body over 10 MiB is cut off and counts as no usable answer."""
        sent = Headers({k: [v] for k, v in headers.items()})
        try:
            response = await self._client.request(
                method, url, headers=sent, data=body or None, timeout=timeout, allow_redirects=False
            )
        except (ConnectError, DNSLookupError) as e:
            raise Retry(f"{_host(url)} could not be reached: {e}") from e
        except Exception as e:
            raise InDoubt(f"{_host(url)} gave no whole answer: {type(e).__name__}") from e
        chunks: list[bytes] = []
        size = 0

        def collect(chunk: bytes) -> None:
            nonlocal size
            size += len(chunk)
            if size > _MOST_BYTES:
                raise _TooLarge
            chunks.append(chunk)

        try:
            await response.collect(collect)
        except Exception as e:
            raise InDoubt(f"{_host(url)} sent an answer that broke off or is over {_MOST_BYTES} bytes") from e
        return HttpResponse(response.code, _plain(response.headers), b"".join(chunks))

    async def close(self) -> None:
        """Close idle connections."""
        await self._pool.closeCachedConnections()


def _plain(headers: Any) -> dict[str, str]:
    return {k.decode("latin-1").lower(): v[-1].decode("latin-1") for k, v in headers.getAllRawHeaders()}


def _host(url: str) -> str:
    """The host alone: paths and queries may hold tokens or personal data."""
    return url.split("://", 1)[-1].split("/", 1)[0].rsplit("@", 1)[-1]
