"""List the fields of responses and messages, with changes of each."""
