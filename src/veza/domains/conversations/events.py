"""What this domain announces to the others."""

# A signal `conversation:<id>`: what happens there has news. The news is in the database.
CONVERSATION = "conversation"
