"""What operators run: backups, verification, checks of the machine, figures."""
