"""One attempt over HTTP: send a body, get an answer or an error, timed; and the time of a round trip alone.

aiohttp rather than the openai client, which costs 2-3 ms of processor time a call to aiohttp's 0.2; the wire is the
same, and `kit.connect` hands out the openai client wherever one call matters more than ten thousand.
"""

import os
import socket
import ssl
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

import aiohttp

from kit.client import api_errors, protocol
from kit.client.advice import advise
from kit.client.answers import Answer
from kit.client.api_errors import ApiError
from kit.client.contenders import Contender
from kit.client.key_mask import KeyMask, mask_for
from kit.client.rate_limit import wait_s

__all__ = ["ChatEndpoint", "client_session", "round_trips", "unheard"]

_LONGEST_BYTES = 32 * 2**20
"""No answer is longer; a body that is will not be read to its end."""


def client_session(base_url: str, timeout_s: float, stall_s: float) -> aiohttp.ClientSession:
    """A pool of connections to one provider.

    Args:
        timeout_s: For a whole answer.
        stall_s: Without one byte.
    """
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=300),
        timeout=aiohttp.ClientTimeout(total=timeout_s, sock_connect=30, sock_read=stall_s),
        trust_env=not _loopback(base_url),  # a company's proxy does not know this machine's own ports
        cookie_jar=aiohttp.DummyCookieJar(),
    )


def round_trips(base_url: str, times: int = 5, timeout_s: float = 5.0) -> list[float]:
    """Seconds that connecting takes, each time anew: one round trip, the least that any answer can take.

    Needs no key and costs nothing. The name is looked up before. Behind a content delivery network it is the round trip
    to the nearest edge server.

    Returns:
        As many as came about: none where the address cannot be reached directly, as from behind a company's proxy.
    """
    address = urlsplit(base_url)
    port = address.port or (443 if address.scheme == "https" else 80)
    seconds = []
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(address.hostname, port, type=socket.SOCK_STREAM)[0]
        for _ in range(times):
            with closing(socket.socket(family, kind, protocol)) as door:
                door.settimeout(timeout_s)
                started = time.perf_counter()
                door.connect(place)
                seconds.append(time.perf_counter() - started)
    except OSError:
        return seconds
    return seconds


class ChatEndpoint:
    """Address of one contender, with its key."""

    def __init__(self, contender: Contender, base_url: str, pool: aiohttp.ClientSession):
        self._base_url, self._key = base_url, contender.key or ""
        self._url = base_url.rstrip("/") + "/chat/completions"
        self._secret = contender.secret()
        self._mask = mask_for(self._secret)
        self._pool = pool
        self._headers = {"Content-Type": "application/json"}
        if contender.base_url is None:
            # The embedded server hangs up after a streamed answer without a word; half of its requests would meet that.
            self._headers["Connection"] = "close"
        if self._secret:
            self._headers["Authorization"] = f"Bearer {self._secret}"

    async def send(
        self, body: bytes, stream: bool, on_accept: Callable[[], object] = bool
    ) -> tuple[Answer, float | None]:
        """Send one body.

        Args:
            taken: Called when the endpoint has taken the request, before the answer comes.

        Returns:
            The answer, and seconds to wait before the next request where the endpoint says that its limit is reached.

        Raises:
            ApiError: If it is not answered; the key is in no word of it.
        """
        asked_at = datetime.now(UTC).isoformat(timespec="milliseconds")
        started = time.perf_counter()
        try:
            async with self._pool.post(self._url, data=body, headers=self._headers, allow_redirects=False) as response:
                status, location = response.status, response.headers.get("Location", "")
                if status != 200:
                    raise await self._refusal(response)
                on_accept()
                if stream and "event-stream" in response.headers.get("Content-Type", ""):
                    answer = await _streamed(response, self._mask, asked_at, started)
                else:
                    text = self._mask.hide(await _read(response))
                    answer = protocol.read_answer(text, asked_at, time.perf_counter() - started)
                return self._mask.clean(answer), _rest(response)
        except ApiError as fault:
            raise self._advised(fault, status, location) from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise self._advised(unheard(error, self._url)) from None

    def _advised(self, fault: ApiError, status: int = 0, location: str = "") -> ApiError:
        """The error without the key in it, and with what to do about it."""
        words = advise(fault, self._base_url, status, self._key, self._secret, location)
        fault.message = self._mask.hide(fault.message + words)
        return fault

    async def _refusal(self, response: aiohttp.ClientResponse) -> ApiError:
        text, wait = self._mask.hide(await _read(response)), _rest(response)
        if 300 <= response.status < 400:
            place = self._mask.hide(response.headers.get("Location", "nowhere"))
            text = f"it sends on to {place}"
        error = api_errors.read_error(response.status, text)
        error.wait = wait
        return error


def _rest(response: aiohttp.ClientResponse) -> float | None:
    return wait_s(response.headers, time.time())  # a mapping that does not mind the case of names


async def _read(response: aiohttp.ClientResponse) -> str:
    parts, size = [], 0
    async for part in response.content.iter_any():
        parts.append(part)
        size += len(part)
        if size > _LONGEST_BYTES:
            raise ApiError("malformed", f"a body of over {_LONGEST_BYTES >> 20} MB", billed=True)
    return b"".join(parts).decode(errors="replace")


async def _streamed(response: aiohttp.ClientResponse, mask: KeyMask, asked_at: str, started: float) -> Answer:
    stream, rest, size, elapsed_s = protocol.StreamAccumulator(mask.hide), b"", 0, 0.0
    async for part in response.content.iter_any():
        elapsed_s = time.perf_counter() - started
        size += len(part)
        if size > _LONGEST_BYTES:
            raise ApiError("malformed", f"a stream of over {_LONGEST_BYTES >> 20} MB", billed=True)
        rest += part
        *lines, rest = rest.split(b"\n")
        for line in lines:
            if event := line.strip():
                stream.feed(event, elapsed_s)
        if stream.done:
            break
    stream.feed(rest.strip(), elapsed_s)
    return stream.answer(asked_at, elapsed_s)


def unheard(error: Exception, url: str) -> ApiError:
    """Read what kept an answer from arriving."""
    host = urlsplit(url).netloc
    reason = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError, ssl.SSLError)):
        return ApiError("tls", f"{host}: {reason}", final=True)
    if isinstance(error, aiohttp.ConnectionTimeoutError):
        return ApiError("timeout", f"{host}: no connection in time", retry=True)
    if isinstance(error, TimeoutError):
        return ApiError("timeout", f"{host}: no answer in time", retry=True, billed=True)
    if isinstance(error, (aiohttp.ClientProxyConnectionError, aiohttp.ClientHttpProxyError)):
        status = getattr(error, "status", 0)
        proxy_fault = f"the proxy answers {status}" if status else "the proxy cannot be reached"
        return ApiError("network", f"{host}: {proxy_fault}", retry=status != 407)
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno or 0  # asyncio words a refused connection in its own way
        why = os.strerror(number) if number > 0 else error.os_error.strerror or error.os_error
        return ApiError("network", f"{host}: cannot be reached: {why}", retry=True)
    if isinstance(error, aiohttp.ClientPayloadError):
        return ApiError("network", f"{host}: hung up in the middle of the answer", retry=True, billed=True)
    if isinstance(error, (aiohttp.ClientConnectionError, OSError)):
        return ApiError("network", f"{host}: hung up without an answer ({type(error).__name__})", True, billed=True)
    return ApiError("malformed", f"{host}: not HTTP as it should be: {reason}", retry=True, billed=True)


def _loopback(base_url: str) -> bool:
    host = urlsplit(base_url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
