"""How REST speaks: errors, lists, limits, keys against doing things twice, and the description of it all."""
