# The web site. It uses the keys that the worker made; it can neither make, read, change, rotate nor destroy one.
# No "create" on datakey, encrypt, decrypt, rewrap: transit would silently make a destroyed team's key anew.
path "transit/datakey/plaintext/+" { capabilities = ["update"] }
path "transit/encrypt/+"           { capabilities = ["update"] }
path "transit/decrypt/+"           { capabilities = ["update"] }
path "transit/rewrap/+"            { capabilities = ["update"] }
# People write tickets through it; only the support panel reads them.
path "transit/decrypt/desk" { capabilities = ["deny"] }
# Whom the record is signed by is public; signing is the worker's alone.
path "transit/keys/record"    { capabilities = ["read"] }
path "auth/token/lookup-self" { capabilities = ["read"] }
path "auth/token/renew-self"  { capabilities = ["update"] }
