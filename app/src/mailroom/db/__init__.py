"""PostgreSQL: the pool, the unit of work and the schema. Nothing else in Mailroom knows psycopg but repositories."""
