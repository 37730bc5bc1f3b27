"""The server as its keeper runs it: a process of its own, on PostgreSQL, over TLS 1.3."""

from __future__ import annotations

import http.client
import re
import resource
import socket
import ssl
import stat
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text

from app.demo.actors import Typist
from app.demo.region_server import running_server
from app.region import PUBLIC_NAME, new_root
from sync.protocol import paths
from sync.server.__main__ import main
from tests.support.postgres import Postgres
from tests.support.stations import RegionPlace, said, served, view
from tests.support.storage import CHEAP, PASSPHRASE


def region_of(place: Path) -> RegionPlace:
    made = RegionPlace(place)
    new_root(made.root, PASSPHRASE, cost=CHEAP)
    return made


def level(*laptops: Typist) -> None:
    for one in (*laptops, *laptops):
        assert one.sync().failure is None
    assert len({one.digest() for one in laptops}) == 1


def test_two_laptops_exchange_over_a_server_process_on_postgresql(
    tmp_path: Path, postgres: Postgres
) -> None:
    place = region_of(tmp_path)
    database = postgres.new_database()
    with running_server(
        place.server.folder, place.root, name="Región Inventada", database=database
    ) as server:
        place.url = server.folder.url
        a, b = place.pair()
        a.register({"names": "Ñunkuí Inventada"})
        level(a, b)
        _no_clear_word_in(database, "Ñunkuí")
        _speaks_only_tls_1_3(server.folder.url)

        a.register({"names": "Otra Inventada"})
        waiting = view(a).waiting_changes
        server.process.kill()
        server.process.wait()
        assert a.sync().failure == "server_unreachable"
        assert said(a).startswith("Sin conexión · ")
        assert view(a).waiting_changes == waiting
    assert not place.server.database.exists()
    for one in (a, b):
        one.laptop.close()


def test_who_asks_is_told_by_the_connection_and_by_no_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS ends in the server: a header that names another address was written by who asks."""
    monkeypatch.setattr("sync.server.throttle.REQUESTS_PER_HOUR", 3)
    place = RegionPlace.make(tmp_path)
    trusted = ssl.create_default_context(
        cadata=ssl.DER_cert_to_PEM_cert(place.server.ca.read_bytes())
    )
    with served(place) as address:
        link = http.client.HTTPSConnection(address, context=trusted, timeout=50)
        statuses = []
        for number in range(5):
            link.request("GET", paths.HELLO, headers={"X-Forwarded-For": f"10.0.0.{number}"})
            answer = link.getresponse()
            answer.read()
            statuses.append(answer.status)
        link.close()
    assert statuses == [200, 200, 200, 429, 429]


@pytest.mark.skipif(sys.platform != "linux", reason="the limit of another process is set")
def test_bare_connections_without_end_fill_no_log_and_it_serves_again_when_they_go(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    place = region_of(tmp_path)
    told = ""
    with (
        running_server(place.server.folder, place.root, name="Región Inventada") as server,
        ExitStack() as bare,
    ):
        pid = server.process.pid
        assert resource.prlimit(pid, resource.RLIMIT_NOFILE)[0] <= 4_128
        limit = len(list(Path(f"/proc/{pid}/fd").iterdir())) + 20
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
        address = ("127.0.0.1", int(server.folder.url.rpartition(":")[2]))
        for _ in range(80):
            bare.enter_context(socket.create_connection(address, 50))
        while "Too many open files" not in told:
            told += capfd.readouterr().err
        bare.close()
        place.url = server.folder.url
        a = place.first()
        assert a.sync().failure is None
        a.laptop.close()
    told += capfd.readouterr().err
    assert told.count("Too many open files") == 1


def _no_clear_word_in(database: str, word: str) -> None:
    engine = create_engine(database)
    with engine.connect() as connection:
        contents = [row.content for row in connection.execute(text("SELECT content FROM log"))]
        assert len(contents) >= 2
        assert not any(word.encode() in bytes(content) for content in contents)
        names = connection.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = current_schema()"
            )
        )
        columns = {(row[0], row[1]) for row in names}
        assert ("log", "batch_id") in columns
        # What the lane calls so are hashes.
        hashes = {("blob", "name"), ("blob", "label"), ("blob_piece", "name")}
        assert {one for one in columns if one[1] in ("name", "label", "value")} <= hashes
    engine.dispose()


def _speaks_only_tls_1_3(url: str) -> None:
    host, port = re.fullmatch(r"https://(.+):(\d+)", url).groups()  # type: ignore[union-attr]
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname = False
    old.verify_mode = ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    there = (host, int(port))
    with socket.create_connection(there, timeout=50) as link, pytest.raises(ssl.SSLError):
        old.wrap_socket(link)
    new = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    new.check_hostname = False
    new.verify_mode = ssl.CERT_NONE
    with socket.create_connection(there, timeout=50) as link, new.wrap_socket(link) as shaken:
        assert shaken.version() == "TLSv1.3"


def test_setting_up_makes_private_files_once(tmp_path: Path) -> None:
    place = region_of(tmp_path)
    command = ["init", "--data", str(place.server.folder), "--region-root"]
    done = CliRunner().invoke(main, [*command, str(place.root / PUBLIC_NAME)])
    assert done.exit_code == 0
    files = {one.name: one for one in place.server.folder.iterdir()}
    assert {"server.key", "server.pub", "region-root.pub", "ca.der", "tls.key", "tls.pem"} == set(
        files
    )
    for one in files.values():
        assert stat.S_IMODE(one.stat().st_mode) == 0o600
    before = {name: one.read_bytes() for name, one in files.items()}

    again = CliRunner().invoke(main, [*command, str(place.root / PUBLIC_NAME)])
    assert again.exit_code != 0
    assert "already holds a server" in again.output
    assert {name: one.read_bytes() for name, one in files.items()} == before


def test_a_root_that_is_no_key_sets_nothing_up(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pub"
    wrong.write_bytes(b"31 bytes are not a public key..")
    data = tmp_path / "server"
    done = CliRunner().invoke(main, ["init", "--data", str(data), "--region-root", str(wrong)])
    assert done.exit_code != 0
    assert "32 bytes" in done.output
    assert not data.exists()


def test_serving_without_a_server_set_up_says_what_to_do(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["serve", "--data", str(tmp_path)])
    assert done.exit_code != 0
    assert "init" in done.output
    assert list(tmp_path.iterdir()) == []


def _set_up(place: RegionPlace) -> None:
    root = str(place.root / PUBLIC_NAME)
    done = CliRunner().invoke(
        main, ["init", "--data", str(place.server.folder), "--region-root", root]
    )
    assert done.exit_code == 0, done.output


def test_an_interrupted_set_up_is_no_server_and_can_be_made_anew(tmp_path: Path) -> None:
    """The power went before the last file was written, which is the server's key."""
    place = region_of(tmp_path)
    _set_up(place)
    first = place.server.public.read_bytes()
    place.server.key.unlink()
    place.server.tls_key.unlink()
    done = CliRunner().invoke(main, ["serve", "--data", str(place.server.folder)])
    assert "init" in done.output
    _set_up(place)
    assert place.server.missing() == ()
    assert place.server.public.read_bytes() != first


def test_a_server_that_lacks_a_file_names_it(tmp_path: Path) -> None:
    place = region_of(tmp_path)
    _set_up(place)
    place.server.tls_key.unlink()
    done = CliRunner().invoke(main, ["serve", "--data", str(place.server.folder), "--port", "0"])
    assert done.exit_code == 1
    assert "tls.key" in done.output
