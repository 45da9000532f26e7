"""The openai clients of a router: the caller's own, else made when first needed; and their errors as `ApiError`s."""

import inspect
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from kit import client
from kit.client import ApiError, Contender, advise, mask_for, read_error, wait_s
from kit.errors import AskError, near_miss
from kit.service.policy import Policy

__all__ = ["Clients", "translate_error"]


class Clients:
    """One client a provider, whose own retries are off, so that calls can be counted.

    Args:
        own: `model@way`, or a provider, -> the caller's client for it.
        asynchronous: Whether they are for asyncio.
        logged: Whether the router logs its calls.

    Raises:
        AskError: If one of the caller's cannot be used, or a key that is needed is not set.
    """

    def __init__(self, policy: Policy, own: Mapping[str, Any], asynchronous: bool, logged: bool) -> None:
        self._async, self._lock = asynchronous, threading.Lock()
        self._made: dict[tuple[str, str | None], Any] = {}
        self._own = {name: self._checked(name, one, logged) for name, one in own.items()}
        names = {name for one in policy.everyone for name in (one.id, one.way)}
        for name in own:
            if name not in names:
                raise AskError(f"clients: {name!r} is no contender or provider of the policy{near_miss(name, names)}")
        for one in policy.everyone:
            if not {one.id, one.way} & set(own):
                one.secret()

    def for_contender(self, contender: Contender) -> Any:
        """The client for a contender; the embedded model is started, if it is that."""
        own = self._own.get(contender.id, self._own.get(contender.way))
        if own is not None:
            return own
        with self._lock:
            key = contender.place, contender.key
            if key not in self._made:
                connect = client.aconnect if self._async else client.connect
                self._made[key] = _without_redirects(connect(contender, max_retries=0))
            return self._made[key]

    def take_own(self) -> list[Any]:
        """Hand over the clients that are not the caller's, to be closed."""
        with self._lock:
            clients, self._made = list(self._made.values()), {}
            return clients

    def _checked(self, name: str, own: Any, logged: bool) -> Any:
        if not all(hasattr(own, part) for part in ("post", "chat", "with_options", "base_url")):
            raise AskError(f"clients: {name}: {type(own).__name__} is no openai client")
        if inspect.iscoroutinefunction(own.post) is not self._async:
            right = "AsyncRouter takes an AsyncOpenAI" if self._async else "Router takes an OpenAI"
            raise AskError(f"clients: {name}: {type(own).__name__} is of the wrong kind: {right}")
        if logged and hasattr(own, "_kit_metered"):
            raise AskError(
                f"clients: {name}: is metered already, so that the log would hold each call twice; "
                "give the client that it was made from, or no log"
            )
        return _without_redirects(own.with_options(max_retries=0))


def _without_redirects(own: Any) -> Any:
    """The client, which does not post a prompt to another host because the endpoint says so."""
    kind = type(own)
    prepare = _prepared_later if inspect.iscoroutinefunction(kind._prepare_options) else _prepared
    named = {"__module__": kind.__module__, "__qualname__": kind.__qualname__}
    own.__class__ = type(kind.__name__, (kind,), {"_prepare_options": prepare(kind)} | named)
    return own


def _prepared(kind: Any) -> Callable[..., Any]:
    def prepare(self: Any, options: Any) -> Any:
        options = kind._prepare_options(self, options)
        options.follow_redirects = False
        return options

    return prepare


def _prepared_later(kind: Any) -> Callable[..., Any]:
    async def prepare(self: Any, options: Any) -> Any:
        options = await kind._prepare_options(self, options)
        options.follow_redirects = False
        return options

    return prepare


def translate_error(error: Exception, secret: str) -> Exception:
    """Read an error of the client or of its transport; any other is given back as it is.

    Args:
        secret: The client's key, which is in no word of the fault.
    """
    import openai

    known: ApiError | None = None
    if isinstance(error, openai.APIStatusError):
        known = read_error(error.status_code, mask_for(secret).hide(error.response.text))
        place = str(error.request.url).removesuffix("/chat/completions")
        known.message += advise(known, place, error.status_code, secret=secret)
        known.wait = wait_s(error.response.headers, time.time())
    elif isinstance(error, openai.APIConnectionError) or type(error).__module__.startswith("http"):
        known = _unheard(error)
    if known is None:
        return error
    known.__cause__ = error
    return known


def _unheard(error: Exception) -> ApiError:
    """Return what kept an answer from arriving; names of httpx and httpx2 alike."""
    chain = list(_chain(error))
    names = {type(one).__name__ for one in chain}
    if any(isinstance(one, ssl.SSLError) for one in chain):
        return ApiError("tls", "its certificate is not to be trusted", final=True)
    if names & {"ConnectTimeout", "PoolTimeout"}:
        return ApiError("timeout", "no connection in time")
    if any("Timeout" in name for name in names):
        return ApiError("timeout", "no answer in time", billed=True)
    if "ConnectError" in names:
        return ApiError("network", f"cannot be reached: {_reason(chain)}", retry=True)
    return ApiError("network", "hung up in the middle of the call", retry=True, billed=True)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _reason(chain: list[BaseException]) -> str:
    system = [one.strerror for one in chain if isinstance(one, OSError) and one.strerror]
    return system[-1] if system else "no connection"
