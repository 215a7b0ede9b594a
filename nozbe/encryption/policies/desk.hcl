# The support panel: the desk key for ticket texts, and nothing else. The console has no token at all.
path "transit/encrypt/desk"   { capabilities = ["update"] }
path "transit/decrypt/desk"   { capabilities = ["update"] }
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self"  { capabilities = ["update"] }
