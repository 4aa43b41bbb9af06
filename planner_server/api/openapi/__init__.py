"""The API's own description (OpenAPI 3), made from the addresses, serializers and filters that serve it.

The library that writes it takes a tenth of a second to import: nothing imports this package but the page that shows the description
and the command that writes it.
"""
