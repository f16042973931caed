"""Security of requests: authentication, permissions, cookies, CORS and CSRF."""
