"""Client processes are killed at every durable boundary; the platforms, in another process, keep count."""
