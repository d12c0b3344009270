"""Who answers: local weights, an endpoint, or a recording."""
