# The worker. It uses keys as the web site does, and it alone makes them, ends them (the end of a team), signs the
# record's checkpoints, and takes the snapshots, in which everything is sealed by the key server's root key.
path "transit/datakey/plaintext/+" { capabilities = ["update"] }
path "transit/encrypt/+"           { capabilities = ["update"] }
path "transit/decrypt/+"           { capabilities = ["update"] }
path "transit/rewrap/+"            { capabilities = ["update"] }
# Only plain keys: none that can be exported or backed up.
path "transit/keys/+" {
  capabilities       = ["create", "update", "delete"]
  allowed_parameters = { "type" = ["aes256-gcm96"] }
}
path "transit/keys/+/config" {
  capabilities       = ["update"]
  allowed_parameters = { "deletion_allowed" = [true] }
}
# Keys that belong to no team never end.
path "transit/decrypt/desk"       { capabilities = ["deny"] }
path "transit/keys/desk"          { capabilities = ["deny"] }
path "transit/keys/desk/config"   { capabilities = ["deny"] }
path "transit/keys/doctor"        { capabilities = ["deny"] }
path "transit/keys/doctor/config" { capabilities = ["deny"] }
path "transit/keys/record/config" { capabilities = ["deny"] }
path "transit/keys/record"        { capabilities = ["read"] }
path "transit/sign/record"        { capabilities = ["update"] }
path "sys/storage/raft/snapshot"  { capabilities = ["read"] }
path "auth/token/lookup-self"     { capabilities = ["read"] }
path "auth/token/renew-self"      { capabilities = ["update"] }
