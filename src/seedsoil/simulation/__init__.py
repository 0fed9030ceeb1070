"""Women in shards, on threads."""
