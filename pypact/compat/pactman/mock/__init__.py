"""Define pacts in the tests of a consumer."""
