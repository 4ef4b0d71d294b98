"""SQL, one module a table group; it lives here and in plugins' `store.py`, nowhere else."""
