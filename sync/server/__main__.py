"""``python -m sync.server``: set a regional server up, and serve."""

from __future__ import annotations

import datetime
import logging
import time
from pathlib import Path

import click
import platformdirs

from sync.server.asgi import create_app
from sync.server.identity import ServerFiles, create_identity, load_region
from sync.server.links import Bounds
from sync.server.listening import listen
from sync.server.migrate import migrate
from sync.server.sql_store import SqlStore, open_engine

__all__ = ["main"]

_ROOT_KEY_BYTES = 32


def _folder(data: Path | None) -> ServerFiles:
    return ServerFiles(data or Path(platformdirs.user_data_path("qispi-server")))


@click.group()
def main() -> None:
    """The region's server: it keeps sealed batches in order and can open none of them."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s")


@main.command()
@click.option("--data", type=click.Path(path_type=Path), help="Where the server's files go.")
@click.option(
    "--region-root",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    help="The region's root public key (32 bytes), made by `qispi region new`.",
)
@click.option(
    "--host", "hosts", multiple=True, default=("127.0.0.1", "localhost"), show_default=True
)
def init(data: Path | None, region_root: Path, hosts: tuple[str, ...]) -> None:
    """Make the keys and the certificate of a new server."""
    files = _folder(data)
    now = datetime.datetime.now(datetime.UTC)
    try:
        with region_root.open("rb") as file:  # a device without end is refused by its length
            root_key = file.read(_ROOT_KEY_BYTES + 1)
        create_identity(files, root_key=root_key, hosts=list(hosts), now=now)
    except FileExistsError:
        raise click.ClickException(f"{files.folder} already holds a server.") from None
    except ValueError as refusal:
        raise click.ClickException(str(refusal)) from None
    click.echo(f"Server set up in {files.folder}; laptops pin {files.ca.name} and its key.")


@main.command()
@click.option("--data", type=click.Path(path_type=Path), help="Where the server's files are.")
@click.option("--database", help="postgresql+psycopg://… ; an embedded SQLite file when not given.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8443, show_default=True)
@click.option(
    "--links-per-network",
    type=click.IntRange(min=1),
    default=Bounds().of_network,
    show_default=True,
    help="Connections of one address at once; behind a proxy all have its address.",
)
@click.option("--name", default="Región de prueba", show_default=True, help="The region's name.")
def serve(
    data: Path | None,
    database: str | None,
    host: str,
    port: int,
    links_per_network: int,
    name: str,
) -> None:
    """Serve over TLS 1.3 until stopped."""
    files = _folder(data)
    if not files.key.exists():
        raise click.ClickException(
            f"No server in {files.folder}. Make the region's key with `qispi region new`, then "
            "`qispi-server init --region-root FILE`."
        )
    if missing := files.missing():
        raise click.ClickException(
            f"{files.folder} lacks {', '.join(missing)}: restore the backup."
        )
    engine = open_engine(database or f"sqlite:///{files.database}")
    migrate(engine)
    app = create_app(SqlStore(engine), load_region(files, name), time.monotonic)
    click.echo(f"Serving {name} on https://{host}:{port} (Ctrl+C stops).")
    listen(app, files, host, port, links_per_network)


if __name__ == "__main__":
    main()
