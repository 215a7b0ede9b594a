# Written by `make up`; changes here are lost.
ui           = false
api_addr     = "http://127.0.0.1:$port"
cluster_addr = "http://127.0.0.1:$cluster_port"

listener "tcp" {
  address         = "127.0.0.1:$port"
  cluster_address = "127.0.0.1:$cluster_port"
  tls_disable     = true
}

storage "raft" {
  path                   = "$data"
  node_id                = "local"
  performance_multiplier = "1"
}

# Only for one machine: the seal key lies beside what it seals. Production seals elsewhere.
seal "static" {
  current_key_id = "local"
  current_key    = "file://$seal_key"
}
