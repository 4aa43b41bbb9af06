"""The sync extension over HTTP: hello, push, pull, snapshot, digest, known operations."""
