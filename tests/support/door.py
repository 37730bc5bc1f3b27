"""The server's ASGI application, asked directly: real routes and services, bodies cut as wished."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.services.ports import SealedBatch
from sync.envelope.keyring import Keyring
from sync.envelope.seal import CentreEnvelope
from sync.protocol import codec, paths
from sync.protocol.compact import (
    HaveReply,
    HaveRequest,
    LoginReply,
    LoginRequest,
    PullHead,
    PushHead,
    encode_short,
)
from sync.protocol.frames import Entry, Frame, PullReader, encode_push
from sync.protocol.messages import (
    Challenge,
    ChallengeRequest,
    ErrorReply,
    ExchangeReply,
    ExchangeRequest,
    LogEntry,
    Message,
    SessionReply,
    SessionRequest,
    login_bytes,
)
from sync.protocol.signature import Purpose
from sync.server.asgi import create_app
from sync.server.services import Region
from sync.server.store import Store
from tests.support import centres

__all__ = ["Answer", "Caller", "Door", "Ticks", "invented_region", "open_door", "sealed"]

M = TypeVar("M", bound=Message)


@dataclass(slots=True)
class Ticks:
    """A monotonic counter that a test puts on."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered, and how many pieces of the request it had read by then."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    pieces_read: int = 0

    def read(self, kind: type[M]) -> M:
        """Return the message of a good answer."""
        assert (self.status, self.headers.get("content-type")) == (200, paths.MEDIA_TYPE)
        return codec.decode(kind, self.body)

    def refusal(self) -> tuple[int, str]:
        """Return status and reason of a refusal, which is a message of ours as well."""
        assert self.headers.get("content-type") == paths.MEDIA_TYPE
        return self.status, codec.decode(ErrorReply, self.body).reason

    def pulled(self) -> tuple[PullHead, list[Entry]]:
        """Return head and entries of the answer to a compact exchange."""
        assert (self.status, self.headers.get("content-type")) == (200, paths.MEDIA_TYPE)
        assert int(self.headers["content-length"]) == len(self.body)
        reader = PullReader()
        entries = reader.feed(self.body)
        reader.close()
        assert reader.head is not None
        return reader.head, entries

    def entries(self) -> tuple[ExchangeReply, list[LogEntry]]:
        """Return head and entries of the answer to an exchange."""
        assert (self.status, self.headers.get("content-type")) == (200, paths.MEDIA_TYPE)
        reader = codec.ReplyReader()
        entries = reader.feed(self.body)
        reader.close()
        assert reader.head is not None
        return reader.head, entries


@dataclass(slots=True)
class Door:
    """Asks an application; nothing in between is ours but the cutting of bodies."""

    app: Any
    ticks: Ticks
    _runner: asyncio.Runner = field(default_factory=asyncio.Runner)

    def ask(
        self,
        path: str,
        body: bytes | Iterable[bytes] = b"",
        *,
        method: str = "POST",
        authorization: bytes | None = None,
        address: str = "10.0.0.1",
        hangs_up: bool = False,
        stalls: bool = False,
        hear: Callable[[bytes], None] | None = None,
    ) -> Answer:
        """Return the answer to one request.

        A body may come in pieces, and hang up after them, or say nothing more; then each is made
        when it is read.
        ``hear`` is given the pieces of the answer as they come, in the place of the answer's body.
        """
        pieces = [body] if isinstance(body, bytes) else body
        headers = [(b"authorization", authorization)] if authorization is not None else []
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": headers,
            "client": (address, 50_000),
            "server": ("region.example", 443),
        }
        ending = [{"type": "http.disconnect"}] if hangs_up else [] if stalls else None
        return self._runner.run(_asked(self.app, scope, pieces, ending, hear))

    def close(self) -> None:
        """Let go of the event loop."""
        self._runner.close()


async def _asked(
    app: Any,
    scope: Any,
    pieces: Iterable[bytes],
    ending: Iterable[dict[str, Any]] | None,
    hear: Callable[[bytes], None] | None,
) -> Answer:
    parts: Iterable[dict[str, Any]] = (
        {"type": "http.request", "body": one, "more_body": True} for one in pieces
    )
    if ending is not None:
        waiting = itertools.chain(parts, ending)
    else:
        coming = list(parts) or [{"type": "http.request", "body": b""}]
        coming[-1]["more_body"] = False
        waiting = itertools.chain(coming)
    read = itertools.count()
    never = asyncio.Event()
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        for one in waiting:
            next(read)
            return one
        await never.wait()  # the device stays on the line
        raise AssertionError

    async def send(message: Any) -> None:
        if hear is not None and sent:
            hear(message.get("body", b""))
        else:
            sent.append(message)

    await app(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
    body = b"".join(one.get("body", b"") for one in sent[1:])
    return Answer(sent[0]["status"], headers, body, next(read))


def invented_region(root: str = "root") -> Region:
    """Return the server's side of the invented centres' region."""
    key = Ed25519PrivateKey.from_private_bytes(centres.seed("server").reveal())
    return Region(key, centres.root(root).public, "Región Inventada")


def open_door(store: Store, region: Region | None = None) -> Door:
    """Return a door to a new application over a store, with a counter that stands still."""
    ticks = Ticks()
    return Door(create_app(store, region or invented_region(), ticks), ticks)


@dataclass(slots=True)
class Caller:
    """A device that speaks the protocol by hand, with its real keys."""

    door: Door
    keyring: Keyring
    server_key: bytes
    token: bytes = b""

    @property
    def centre(self) -> bytes:
        """The device's centre."""
        return self.keyring.centre

    def nonce(self) -> bytes:
        """Ask for a challenge."""
        asked = codec.encode(ChallengeRequest(self.centre, self.keyring.device.id))
        return self.door.ask(paths.CHALLENGE, asked).read(Challenge).nonce

    def proof(self, nonce: bytes, *, server_key: bytes | None = None) -> SessionRequest:
        """Return the signed answer to a challenge, with the statements held."""
        device = self.keyring.device.id
        said = login_bytes(server_key or self.server_key, self.centre, device, nonce)
        signature = self.keyring.keys.sign(Purpose.LOGIN, said)
        return SessionRequest(self.centre, device, nonce, signature, self.keyring.statements)

    def sign_in(self) -> Caller:
        """Sign in; the token is kept."""
        answer = self.door.ask(paths.SESSION, codec.encode(self.proof(self.nonce())))
        self.token = answer.read(SessionReply).token
        return self

    def ask(self, path: str, body: bytes | Sequence[bytes], *, hangs_up: bool = False) -> Answer:
        """Ask with the token."""
        said = f"{paths.AUTH_SCHEME} {self.token.hex()}".encode()
        return self.door.ask(path, body, authorization=said, hangs_up=hangs_up)

    def compact_proof(self, nonce: bytes, newest: int = 3) -> LoginRequest:
        """Return the signed answer to a challenge, as the compact exchange has it."""
        proof = self.proof(nonce)
        return LoginRequest(
            proof.centre, proof.device, proof.nonce, proof.signature, proof.statements, newest
        )

    def log_in(self) -> Caller:
        """Sign in for the compact exchange; the token is kept."""
        asked = encode_short(self.compact_proof(self.nonce()))
        self.token = self.door.ask(paths.COMPACT_LOGIN, asked).read(LoginReply).token
        return self

    def push(self, *frames: Frame, **head: Any) -> bytes:
        """Return the body of a compact exchange."""
        asked = PushHead(offered=len(frames), **head)
        return b"".join(encode_push(self.token, asked, frames))

    def compact(self, *frames: Frame, **head: Any) -> Answer:
        """Exchange in the compact way: frames up, what follows down."""
        return self.door.ask(paths.COMPACT_EXCHANGE, self.push(*frames, **head))

    def held(self, *ids: bytes) -> tuple[int, ...]:
        """Ask what of some batches the server holds."""
        asked = self.token + encode_short(HaveRequest(b"".join(ids)))
        return self.door.ask(paths.COMPACT_HAVE, asked).read(HaveReply).held

    def exchange(self, *batches: bytes, **head: Any) -> Answer:
        """Offer batches and ask for what follows."""
        asked = ExchangeRequest(offered=len(batches), **head)
        body = b"".join(codec.encode_request(asked, batches))
        return self.ask(paths.exchange_path(self.centre), body)


def sealed(keyring: Keyring, count: int, *, first: int = 1) -> list[SealedBatch]:
    """Return a session's batches, each with one invented change."""
    envelope = CentreEnvelope(centres.REGISTRY, keyring)
    batches: list[SealedBatch] = []
    previous: bytes | None = None
    for number in range(1, count + 1):
        outline = centres.outline(number, previous)
        changes: Iterable[Any] = [centres.change(first + number)]
        batches.append(envelope.seal(outline, list(changes)))
        previous = batches[-1].id
    return batches
