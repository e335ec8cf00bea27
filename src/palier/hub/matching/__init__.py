"""Who is who: records of tools that speak of one and the same thing, found by fixed, published weights."""
