"""The layout of mails as HTML and as plain text, without I/O."""
