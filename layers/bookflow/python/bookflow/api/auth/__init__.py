"""Who calls: bearer tokens of an OpenID Connect issuer, and the roles and scopes in them."""
