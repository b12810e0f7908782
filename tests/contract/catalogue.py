"""The collections that the contract is proved on: of every sort that the product's catalogue may hold."""

from collections.abc import Mapping
from typing import Final

from togglebox.store.catalogue import COLLECTIONS as PRODUCTS
from togglebox.store.catalogue import Collection
from togglebox.store.port import Body, Key

FLAGS: Final = "flags"
FLAG: Final = "flag"
"""Lies in the table of `FLAGS`, whose name begins like this one."""
TOKENS: Final = "tokens"
"""Expire."""

START: Final = 1_800_000_000
"""What the clock says when a test begins."""


def by_owner(key: Key, body: Body) -> Key | None:
    """List what has an owner, in the order of ``rank``: a sparse index, like that of tombstones."""
    return (body["owner"], body["rank"]) if "owner" in body else None


def by_colour(key: Key, body: Body) -> Key | None:
    """List under one place whatever has the same colour: an index with many ties."""
    return (body["colour"], "same") if "colour" in body else None


COLLECTIONS: Final = {
    collection.name: collection
    for collection in (
        Collection(FLAGS, table="flags", indexes={"GSI1": by_owner, "GSI3": by_colour}),
        Collection(FLAG, table="flags", indexes={"GSI1": by_owner}),
        Collection(TOKENS, table="password-resets", indexes={"GSI2": by_owner}, ttl=True),
    )
}

CONTRACT: Final = "contract"
PRODUCT: Final = "product"
CATALOGUES: Final[Mapping[str, Mapping[str, Collection]]] = {CONTRACT: COLLECTIONS, PRODUCT: PRODUCTS}
"""Both lie on the product's tables; their names are the prefixes, or databases, that keep them apart."""
