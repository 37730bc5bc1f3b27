"""The stores that tests of storage work with."""

from tests.support.storage import file_store, ram_store

__all__ = ["file_store", "ram_store"]
