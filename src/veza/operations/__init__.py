"""Commands of operators: backups, verification, checks of the machine, figures."""
