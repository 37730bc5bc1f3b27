"""Exchanges over HTTPS: one connection kept alive, the region's own CA and nothing else trusted.

It stands for two minutes behind a run that ended well: who synchronises again by then asks at once.

Version 2 and later: a request says nothing but where it goes and how long it is, and a short token
in front of its body. A server that knows version 1 alone is found out once in a run of the program.
No clock is used for security: a laptop whose date is years off still knows its server, by the
pinned CA and by the server's Ed25519 key, to which the login is bound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import Any, Final, TypeVar

import httpx2

from app.domain.errors import EnvironmentFault
from sync.client.answers import (
    Again,
    collect,
    limited,
    named,
    no_answer,
    not_ours,
    refuse,
    seconds_of,
    without_head,
)
from sync.client.lane_asks import LANE_UNKNOWN, LaneAsk
from sync.client.line import Pace, PinnedContext, seconds_awake_or_asleep
from sync.client.login import STANDING_SECONDS, Login
from sync.client.parcel import AnswerReader, CompactReader, FirstReader, Parcel
from sync.client.requests import Exchange, Exchanged
from sync.client.transport import Counted
from sync.client.tries import TRIES, stubbornly
from sync.envelope.keyring import Keyring, ServerAddress
from sync.protocol import codec, limits, paths
from sync.protocol.compact import HaveReply, LoginReply, LoginRequest, encode_short
from sync.protocol.errors import ProtocolError
from sync.protocol.lane import LANE_VERSION
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ErrorReply,
    Hello,
    Message,
    RosterReply,
    RosterRequest,
    SessionReply,
    SessionRequest,
    login_bytes,
)
from sync.protocol.signature import Purpose
from sync.protocol.version import FIRST_VERSION, PROTOCOL_VERSION, VERSIONS

__all__ = ["HttpTransport"]

M = TypeVar("M", bound=Message)
T = TypeVar("T")

CONNECT_SECONDS: Final = 30.0
SILENCE_SECONDS: Final = 90.0
"""How long nothing may come; and how long a request may take before its pace is looked at."""

_BROKEN: Final = (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)
_FIRST_PATHS: Final = "/v1/"
_UNKNOWN_PATH: Final = frozenset({404, 405})
_TYPED: Final = {
    "Content-Type": paths.MEDIA_TYPE,
    "Accept": paths.MEDIA_TYPE,
    # What is sealed does not shrink, and bytes are counted as they travel.
    "Accept-Encoding": "identity",
}


class _Forgotten(Exception):
    """The token had lived its time, or the server was started anew: a new one is asked for.

    ``reason`` is what it means when the new one is of no use either.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _UnknownPath(Exception):
    """The server answers, and knows no such path."""


class HttpTransport:
    """One run with one server: one connection, one token. Network thread only.

    ``login`` outlives the run, and holds its connection for the next one. ``silence_seconds`` is
    how long nothing may come, the same for all runs of a login; ``seconds`` is a monotonic counter.
    """

    def __init__(
        self,
        keyring: Keyring,
        counted: Counted,
        *,
        login: Login | None = None,
        tries: int = TRIES,
        silence_seconds: float = SILENCE_SECONDS,
        seconds: Callable[[], float] = seconds_awake_or_asleep,
    ) -> None:
        self._keyring = keyring
        self._tries = tries
        self._seconds = seconds
        self._login = login or Login()
        if login is None:
            self._login.close()  # nobody holds a connection for a next run
        self._pace = Pace(counted, seconds, silence_seconds)
        context = self._login.meet(keyring.server)
        context.measure(self._pace)
        if not context.leads_there_still():
            self._login.hang_up()
        before: httpx2.Client | None = self._login.standing.take(seconds())
        self._is_from_before = before is not None
        self._client = before or _new_client(keyring.server, context, silence_seconds)

    def exchange(self, ask: Exchange) -> Exchanged:
        """Carry one exchange; an answer cut on the way gives what had arrived."""
        parcel = Parcel(ask)

        def carry() -> Exchanged:
            try:
                return self._renewing(lambda: self._carry(parcel))
            except Again:
                parcel.doubt()
                raise

        return stubbornly(carry, self._tries, lambda: parcel.bytes_held)

    def roster(self, request: RosterRequest) -> RosterReply:
        """Give and take statements."""

        def ask_once() -> RosterReply:
            token = self._sign_in()
            if self._login.version == FIRST_VERSION:
                path = paths.roster_path(self._keyring.centre)
                return self._ask_once(path, codec.encode(request), RosterReply, token=token)
            body = token + codec.encode(request)
            return self._ask_once(paths.COMPACT_ROSTER, body, RosterReply, token=token)

        return stubbornly(lambda: self._renewing(ask_once), self._tries)

    def lane(self, ask: LaneAsk) -> Any:
        """Carry one piece of the own lane; one down that is cut gives what had arrived."""

        def ask_once() -> Any:
            token = self._sign_in()
            if self._login.version < LANE_VERSION:
                raise EnvironmentFault(LANE_UNKNOWN)
            content = self._content(
                ask.path, ask.body(token), ask.most, token=token, may_be_cut=ask.may_be_cut
            )
            try:
                return ask.read(content)
            except ProtocolError as refusal:
                raise without_head(refusal) from None

        return stubbornly(lambda: self._renewing(ask_once), self._tries)

    def close(self) -> None:
        """The run is over: leave the connection to the login for the next one."""
        self._login.standing.leave(self._client, self._seconds())

    # --- one exchange ----------------------------------------------------------------------------

    def _carry(self, parcel: Parcel) -> Exchanged:
        token = self._sign_in()
        if self._login.version == FIRST_VERSION:
            path = paths.exchange_path(self._keyring.centre)
            return self._exchange_once(path, parcel.first_body(), FirstReader(), token)
        if parcel.is_doubtful:
            question = token + encode_short(parcel.question())
            held = self._ask_once(paths.COMPACT_HAVE, question, HaveReply, token=token)
            try:
                parcel.learn(held)
            except ProtocolError:
                raise EnvironmentFault("answer_not_ours") from None
        body = parcel.compact_body(token)
        return self._exchange_once(paths.COMPACT_EXCHANGE, body, CompactReader(parcel.ask), token)

    def _exchange_once(
        self, path: str, body: bytes, reader: AnswerReader, token: bytes
    ) -> Exchanged:
        failure: str | None = None
        has_begun = False
        self._pace.begin()
        try:
            with self._answer(path, body, token) as response:
                has_begun = True
                self._check(response, path, token)
                for piece in response.iter_raw():
                    reader.feed(piece)
            reader.close()
        except ProtocolError as refusal:
            if not reader.has_head:
                raise without_head(refusal) from None
            failure = named(refusal)
        except httpx2.TransportError as error:
            if not reader.has_head:
                raise no_answer(error, has_begun=has_begun) from None
            failure = "answer_cut"
        return reader.read(failure)

    @contextmanager
    def _answer(
        self, path: str, body: bytes | None, token: bytes | None
    ) -> Iterator[httpx2.Response]:
        """Send a request, and give its answer as it begins."""
        request = self._client.build_request(
            "GET" if body is None else "POST", path, content=body, headers=_headers(path, token)
        )
        is_from_before, self._is_from_before = self._is_from_before, False
        try:
            response = self._client.send(request, stream=True)
        except _BROKEN:
            if is_from_before:
                raise Again("server_unreachable", is_stale=True) from None
            raise
        with closing(response):
            yield response

    # --- who we are ------------------------------------------------------------------------------

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
        version = given.version if isinstance(given, LoginReply) else FIRST_VERSION
        if version not in VERSIONS:
            raise EnvironmentFault("answer_not_ours")
        self._login.version = version
        self._login.token, self._login.until = given.token, asked_at + given.lives_seconds
        return given.token

    def _ask_who_it_is(self) -> None:
        """Say more about a server that does not understand or does not want us."""
        hello = self._ask_once(paths.HELLO, None, Hello)
        if hello.server_key != self._keyring.server.server_key:
            raise EnvironmentFault("server_not_known")
        if not any(hello.oldest_version <= one <= hello.newest_version for one in VERSIONS):
            raise EnvironmentFault("server_other_version")

    def _prove(self) -> SessionReply | LoginReply:
        keyring = self._keyring
        centre, device = keyring.centre, keyring.device.id
        asked = codec.encode(ChallengeRequest(centre, device))
        nonce = self._ask_once(paths.CHALLENGE, asked, Challenge).nonce
        message = login_bytes(keyring.server.server_key, centre, device, nonce)
        signature = keyring.keys.sign(Purpose.LOGIN, message)
        statements = codec.fitting(keyring.by_need())
        if self._login.version != FIRST_VERSION:
            proof = LoginRequest(centre, device, nonce, signature, statements, PROTOCOL_VERSION)
            try:
                return self._ask_once(paths.COMPACT_LOGIN, encode_short(proof), LoginReply)
            except _UnknownPath:
                # A server of version 1: it did not look at the nonce, which serves once more.
                self._login.version = FIRST_VERSION
        first = SessionRequest(centre, device, nonce, signature, statements)
        return self._ask_once(paths.SESSION, codec.encode(first), SessionReply)

    # --- tries -----------------------------------------------------------------------------------

    def _renewing(self, work: Callable[[], T]) -> T:
        """Do it once more with a new token, at once, when the server does not know the old one."""
        try:
            return work()
        except _Forgotten:
            self._login.token = None
        try:
            return work()
        except _Forgotten as forgotten:
            self._login.token = None
            raise EnvironmentFault(forgotten.reason) from None

    def _ask_once(
        self, path: str, body: bytes | None, answer: type[M], *, token: bytes | None = None
    ) -> M:
        content = self._content(path, body, answer.MAX_BYTES, token=token)
        try:
            return codec.decode(answer, content)
        except ProtocolError as refusal:
            raise without_head(refusal) from None

    def _content(
        self,
        path: str,
        body: bytes | None,
        most: int,
        *,
        token: bytes | None = None,
        may_be_cut: bool = False,
    ) -> bytes:
        has_begun = False
        content = bytearray()
        self._pace.begin()
        try:
            with self._answer(path, body, token) as response:
                has_begun = True
                self._check(response, path, token)
                collect(response.iter_raw(), most, content)
        except httpx2.TransportError as error:
            if not (may_be_cut and content):
                raise no_answer(error, has_begun=has_begun) from None
        return bytes(content)

    def _check(self, response: httpx2.Response, path: str, token: bytes | None) -> None:
        """Return for an answer of ours; raise for everything else, with a reason for people."""
        status = response.status_code
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        is_first = path.startswith(_FIRST_PATHS)
        if status in _UNKNOWN_PATH and not is_first:
            if token is None:
                raise _UnknownPath
            # Another server program stands there than when we signed in.
            self._login.version = 0
            raise _Forgotten(not_ours(status, kind))
        if kind != paths.MEDIA_TYPE:
            refuse(not_ours(status, kind), seconds_of(response.headers.get("retry-after", "")))
        if status == 200:
            return
        if status == 401 and token is not None:
            raise _Forgotten("server_refused")
        content = limited(response.iter_raw(), limits.ERROR_MAX)
        try:
            refusal = codec.decode(ErrorReply, content)
        except ProtocolError:
            raise EnvironmentFault("server_refused") from None
        if status == 429 or status >= 500:
            refuse("server_busy", refusal.retry_after_seconds)
        raise EnvironmentFault("server_refused", reason=refusal.reason)


def _new_client(
    server: ServerAddress, context: PinnedContext, silence_seconds: float
) -> httpx2.Client:
    client = httpx2.Client(
        base_url=server.url,
        verify=context,
        timeout=httpx2.Timeout(silence_seconds, connect=min(CONNECT_SECONDS, silence_seconds)),
        limits=httpx2.Limits(
            max_connections=1, max_keepalive_connections=1, keepalive_expiry=STANDING_SECONDS
        ),
        follow_redirects=False,
        trust_env=False,
        http2=False,
    )
    for name in tuple(client.headers):
        # Who we are is in the token; nothing else is anybody's business, and bytes are dear.
        del client.headers[name]
    return client


def _headers(path: str, token: bytes | None) -> Mapping[str, str]:
    if not path.startswith(_FIRST_PATHS):
        return {}
    if token is None:
        return _TYPED
    return {**_TYPED, "Authorization": f"{paths.AUTH_SCHEME} {token.hex()}"}
