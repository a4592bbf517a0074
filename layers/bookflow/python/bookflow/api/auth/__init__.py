"""Who calls: bearer tokens of an OpenID Connect issuer, and the roles and scopes in them."""

from bookflow.api.auth.access import PUBLIC, Access, Caller, MachineScope, Role, anyone, authorize
from bookflow.api.auth.keys import IssuerKeys, SigningKeys
from bookflow.api.auth.tokens import TokenVerifier

__all__ = [
    "PUBLIC",
    "Access",
    "Caller",
    "IssuerKeys",
    "MachineScope",
    "Role",
    "SigningKeys",
    "TokenVerifier",
    "anyone",
    "authorize",
]
