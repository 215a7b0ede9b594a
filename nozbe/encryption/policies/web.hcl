# The web site. It makes keys for new teams and uses them; it can neither read, change, rotate nor destroy one.
# No "create" on datakey, encrypt, decrypt, rewrap: transit would silently make a destroyed team's key anew.
path "transit/datakey/plaintext/+" { capabilities = ["update"] }
path "transit/encrypt/+"           { capabilities = ["update"] }
path "transit/decrypt/+"           { capabilities = ["update"] }
path "transit/rewrap/+"            { capabilities = ["update"] }
path "transit/keys/+"              { capabilities = ["create", "update"] }
path "auth/token/lookup-self"      { capabilities = ["read"] }
path "auth/token/renew-self"       { capabilities = ["update"] }
