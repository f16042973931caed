"""How mails look and read, without I/O."""
