"""The dialects by protocol and by namespace."""

from voltbench.hil.v2g.dialect import Dialect
from voltbench.hil.v2g.dialect_din import DinDialect
from voltbench.hil.v2g.dialect_iso2 import Iso2Dialect
from voltbench.hil.v2g.messages.frame import Protocol

DIALECTS: dict[Protocol, Dialect] = {Protocol.DIN: DinDialect(), Protocol.ISO2: Iso2Dialect()}
PROTOCOL_OF_NAMESPACE = {dialect.namespace: key for key, dialect in DIALECTS.items()}
VERSION_MAJOR = 2
"""Major version both namespaces are offered with."""
