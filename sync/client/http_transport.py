"""Exchanges over HTTPS: one connection kept alive, the region's own CA and nothing else trusted.

No clock is used for security: a laptop whose date is years off still knows its server, by the
pinned CA and by the server's Ed25519 key, to which the login is bound.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

import httpx2
import stamina

from app.domain.errors import EnvironmentFault
from sync.client.requests import Exchanged
from sync.client.transport import Counted
from sync.envelope.keyring import Keyring, ServerAddress
from sync.protocol import codec, limits, paths
from sync.protocol.errors import ProtocolError
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ErrorReply,
    ExchangeRequest,
    Hello,
    Message,
    RosterReply,
    RosterRequest,
    SessionReply,
    SessionRequest,
    login_bytes,
)
from sync.protocol.signature import Purpose
from sync.protocol.version import PROTOCOL_VERSION

__all__ = ["HttpTransport", "Login"]

M = TypeVar("M", bound=Message)
T = TypeVar("T")

CONNECT_SECONDS: Final = 30.0
SILENCE_SECONDS: Final = 90.0
"""A read may take as long as bytes keep coming: a limit on silence, not on the whole."""
TRIES: Final = 3
_X509_NO_CHECK_TIME: Final = 0x200000


class _Forgotten(Exception):
    """The token had lived its time, or the server was started anew: a new one is asked for."""


class _Again(Exception):
    """No answer came, or not the whole of it: worth another try within this run."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(slots=True)
class Login:
    """The token of a run of the program: a quiet sync within its life is one round trip.

    ``until`` is when it ends, by a monotonic counter: it spares a laptop that knows so a body sent
    in vain. The server alone decides.
    """

    token: bytes | None = None
    until: float = 0.0


class HttpTransport:
    """One server, one connection, one token. Network thread only.

    ``login`` outlives the connection; ``silence_seconds`` is how long nothing may come; ``seconds``
    is a monotonic counter.
    """

    def __init__(
        self,
        keyring: Keyring,
        counted: Counted,
        *,
        login: Login | None = None,
        tries: int = TRIES,
        silence_seconds: float = SILENCE_SECONDS,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keyring = keyring
        self._counted = counted
        self._tries = tries
        self._seconds = seconds
        self._login = login or Login()
        address = keyring.server
        self._client = httpx2.Client(
            base_url=address.url,
            verify=_only_this_ca(address),
            timeout=httpx2.Timeout(silence_seconds, connect=min(CONNECT_SECONDS, silence_seconds)),
            follow_redirects=False,
            trust_env=False,
            http2=False,
        )

    def exchange(self, head: ExchangeRequest, batches: Sequence[bytes]) -> Exchanged:
        """Carry one exchange; an answer cut on the way gives what had arrived whole."""
        body = b"".join(codec.encode_request(head, batches))
        path = paths.exchange_path(self._keyring.centre)
        return self._stubbornly(lambda: self._renewing(lambda: self._exchange_once(path, body)))

    def roster(self, request: RosterRequest) -> RosterReply:
        """Give and take statements."""
        path = paths.roster_path(self._keyring.centre)
        return self._ask(path, request, RosterReply, is_signed_in=True)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def _exchange_once(self, path: str, body: bytes) -> Exchanged:
        reader = codec.ReplyReader()
        entries = []
        is_whole, has_begun = True, False
        try:
            with self._client.stream(
                "POST", path, content=body, headers=self._headers(is_signed_in=True)
            ) as response:
                has_begun = True
                self._counted(len(body), 0)
                self._check(response)
                for piece in response.iter_raw():
                    self._counted(0, len(piece))
                    entries += reader.feed(piece)
            reader.close()
        except ProtocolError as refusal:
            if reader.head is None:
                raise EnvironmentFault(_cut_or_foreign(refusal)) from None
            is_whole = False
        except httpx2.TransportError as error:
            if reader.head is None:
                raise _no_answer(error, has_begun=has_begun) from None
            is_whole = False
        head = reader.head
        if head is None:
            raise EnvironmentFault("answer_cut")
        return Exchanged(head, tuple(entries), is_whole)

    def _sign_in(self) -> bytes:
        """Return the token, after two short round trips when there is none. The login is bound to
        the pinned key of the server, so that no other server can use it."""
        if self._login.token is not None and self._seconds() < self._login.until:
            return self._login.token
        self._login.token = None
        asked_at = self._seconds()
        try:
            given = self._prove()
        except EnvironmentFault as fault:
            if fault.message_id not in ("server_refused", "answer_not_ours"):
                raise
            self._ask_who_it_is()
            raise
        self._login.token, self._login.until = given.token, asked_at + given.lives_seconds
        return given.token

    def _ask_who_it_is(self) -> None:
        """Say more about a server that does not understand or does not want us."""
        hello = self._ask(paths.HELLO, None, Hello, is_signed_in=False)
        if hello.server_key != self._keyring.server.server_key:
            raise EnvironmentFault("server_not_known")
        if hello.oldest_version > PROTOCOL_VERSION:
            raise EnvironmentFault("server_other_version")

    def _prove(self) -> SessionReply:
        keyring = self._keyring
        device = keyring.device.id
        asked = ChallengeRequest(keyring.centre, device)
        nonce = self._ask(paths.CHALLENGE, asked, Challenge, is_signed_in=False).nonce
        message = login_bytes(keyring.server.server_key, keyring.centre, device, nonce)
        proof = SessionRequest(
            centre=keyring.centre,
            device=device,
            nonce=nonce,
            signature=keyring.keys.sign(Purpose.LOGIN, message),
            statements=codec.fitting(keyring.statements),
        )
        return self._ask(paths.SESSION, proof, SessionReply, is_signed_in=False)

    def _ask(self, path: str, message: Message | None, answer: type[M], *, is_signed_in: bool) -> M:
        body = codec.encode(message) if message is not None else None
        return self._stubbornly(
            lambda: self._renewing(
                lambda: self._ask_once(path, body, answer, is_signed_in=is_signed_in)
            )
        )

    def _renewing(self, work: Callable[[], T]) -> T:
        """Do it once more with a new token, at once, when the server does not know the old one."""
        try:
            return work()
        except _Forgotten:
            self._login.token = None
        try:
            return work()
        except _Forgotten:
            self._login.token = None
            raise EnvironmentFault("server_refused") from None

    def _stubbornly(self, work: Callable[[], T]) -> T:
        """Try again, a little later each time, while the connection breaks before an answer."""
        try:
            for attempt in stamina.retry_context(on=_Again, attempts=self._tries, wait_max=8.0):
                with attempt:
                    return work()
        except _Again as last:
            raise EnvironmentFault(last.reason) from None
        raise AssertionError("retries end by an answer or by the last failure")

    def _ask_once(self, path: str, body: bytes | None, answer: type[M], *, is_signed_in: bool) -> M:
        headers = self._headers(is_signed_in=is_signed_in)
        has_begun = False
        try:
            with self._client.stream(
                "GET" if body is None else "POST", path, content=body, headers=headers
            ) as response:
                has_begun = True
                self._check(response)
                content = _limited(response.iter_raw(), answer.MAX_BYTES)
        except httpx2.TransportError as error:
            raise _no_answer(error, has_begun=has_begun) from None
        self._counted(len(body or b""), len(content))
        try:
            return codec.decode(answer, content)
        except ProtocolError as refusal:
            raise EnvironmentFault(_cut_or_foreign(refusal)) from None

    def _headers(self, *, is_signed_in: bool) -> dict[str, str]:
        headers = {
            "Content-Type": paths.MEDIA_TYPE,
            "Accept": paths.MEDIA_TYPE,
            # What is sealed does not shrink, and bytes are counted as they travel.
            "Accept-Encoding": "identity",
        }
        if is_signed_in:
            headers["Authorization"] = f"{paths.AUTH_SCHEME} {self._sign_in().hex()}"
        return headers

    def _check(self, response: httpx2.Response) -> None:
        """Return for an answer of ours; raise for everything else, with a reason for people."""
        status = response.status_code
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        if kind != paths.MEDIA_TYPE:
            raise EnvironmentFault(_not_ours(status, kind))
        if status == 200:
            return
        if status == 401 and self._login.token is not None:
            raise _Forgotten
        content = _limited(response.iter_raw(), limits.ERROR_MAX)
        try:
            refusal = codec.decode(ErrorReply, content)
        except ProtocolError:
            raise EnvironmentFault("server_refused") from None
        if status == 429 or status >= 500:
            raise EnvironmentFault("server_busy", seconds=refusal.retry_after_seconds)
        raise EnvironmentFault("server_refused", reason=refusal.reason)


def _not_ours(status: int, kind: str) -> str:
    """Name what answers with something else than a message of ours."""
    if status >= 500 and status != 511:
        # The region's own proxy or framework, while the server behind it is down.
        return "server_busy"
    if kind == "text/html" or 300 <= status < 400 or status in (407, 511):
        # The page by which somebody's network lets people in.
        return "captive_portal"
    return "answer_not_ours"


def _no_answer(error: httpx2.TransportError, *, has_begun: bool) -> Exception:
    """Return what a broken connection means: another try, or another machine in between."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return EnvironmentFault("server_not_known")
        cause = cause.__cause__ or cause.__context__
    return _Again("answer_cut" if has_begun else "server_unreachable")


def _only_this_ca(address: ServerAddress) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.load_verify_locations(cadata=ssl.DER_cert_to_PEM_cert(address.ca_der))
    context.verify_flags |= _X509_NO_CHECK_TIME
    return context


def _limited(pieces: Iterator[bytes], most: int) -> bytes:
    content = b""
    for piece in pieces:
        content += piece
        if len(content) > most:
            raise EnvironmentFault("answer_not_ours")
    return content


def _cut_or_foreign(refusal: ProtocolError) -> str:
    return "answer_cut" if refusal.reason == "message_truncated" else "answer_not_ours"
