"""A store of any engine, on the same tables, with the product's catalogue in the place of the contract's."""

import copy

from togglebox.adapters.dynamodb import DynamoDBStore, table_name
from togglebox.adapters.memory import MemoryStore
from togglebox.adapters.mongodb import MongoDBStore
from togglebox.adapters.mongodb_schema import table_name as collection_name
from togglebox.adapters.sql import Plan, SQLStore
from togglebox.adapters.sql_schema import table_name as sql_table_name
from togglebox.store.catalogue import COLLECTIONS
from togglebox.store.port import Store


def catalogued(store: Store, *, dynamodb_prefix: str) -> Store:
    """
    Return a twin of *store* that holds the product's collections; both use the same connections.

    A contract's fixture makes all tables, because tables are the product's already.
    """
    twin = copy.copy(store)
    match twin:
        case MemoryStore():
            return MemoryStore(twin._clock)
        case SQLStore():
            plans = {
                name: Plan(collection, sql_table_name(collection.table, twin._prefix), twin._dialect)
                for name, collection in COLLECTIONS.items()
            }
            object.__setattr__(twin, "_plans", plans)
        case MongoDBStore():
            names = {name: collection_name(collection.table, twin._prefix) for name, collection in COLLECTIONS.items()}
            object.__setattr__(twin, "_collections", COLLECTIONS)
            object.__setattr__(twin, "_tables", names)
        case DynamoDBStore():
            tables = {name: table_name(collection.table, dynamodb_prefix) for name, collection in COLLECTIONS.items()}
            object.__setattr__(twin, "_collections", COLLECTIONS)
            object.__setattr__(twin, "_tables", tables)
        case _:
            raise NotImplementedError(f"Say here how {type(store).__name__} gets another catalogue")
    return twin


def emptied(store: Store) -> Store:
    """Remove what a test before has left."""
    for collection in COLLECTIONS:
        while documents := store.scan(collection, limit=500).documents:
            store.delete_many(collection, [document.key for document in documents])
    return store
