"""PostgreSQL: the server, connections, group commit, LISTEN, migrations, partitions."""
