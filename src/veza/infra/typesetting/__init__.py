"""Creates PDF documents with typst."""
