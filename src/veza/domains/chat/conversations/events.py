"""What this domain announces to the others."""

# A signal `conversation:<id>`: what happens there has news. The news is in the database.
CONVERSATION = "conversation"

# A signal `read:<conversation>:<member>:<number>`: somebody has read up to a message.
READ = "read"
