# The web site. It makes keys for new teams and uses them; it can neither read, change, rotate nor destroy one.
# No "create" on datakey, encrypt, decrypt, rewrap: transit would silently make a destroyed team's key anew.
path "transit/datakey/plaintext/+" { capabilities = ["update"] }
path "transit/encrypt/+"           { capabilities = ["update"] }
path "transit/decrypt/+"           { capabilities = ["update"] }
path "transit/rewrap/+"            { capabilities = ["update"] }
# Only plain keys: none that can be exported or backed up.
path "transit/keys/+" {
  capabilities       = ["create", "update"]
  allowed_parameters = { "type" = ["aes256-gcm96"] }
}
# Whom the record is signed by is public; signing is the worker's alone.
path "transit/keys/record"    { capabilities = ["read"] }
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self"  { capabilities = ["update"] }
