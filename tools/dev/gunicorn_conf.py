"""How `make dev` runs the web process: as on the hosts, but one. Mailroom itself logs requests."""

worker_class = "gthread"
workers = 1
threads = 8
# Who saves a file doesn't want to wait for a client that keeps its connection.
graceful_timeout = 2
control_socket_disable = True
loglevel = "warning"
