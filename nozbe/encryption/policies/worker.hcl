# The worker. All that the web site may, and it alone ends a key: the end of a team.
path "transit/datakey/plaintext/+" { capabilities = ["update"] }
path "transit/encrypt/+"           { capabilities = ["update"] }
path "transit/decrypt/+"           { capabilities = ["update"] }
path "transit/rewrap/+"            { capabilities = ["update"] }
path "transit/keys/+"              { capabilities = ["create", "update", "delete"] }
path "transit/keys/+/config" {
  capabilities       = ["update"]
  allowed_parameters = { "deletion_allowed" = [true] }
}
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self"  { capabilities = ["update"] }
