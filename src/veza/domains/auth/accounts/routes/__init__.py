"""Routes of logins and of the own account."""
