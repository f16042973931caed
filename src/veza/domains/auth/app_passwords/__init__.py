"""App passwords: how a member's music players authenticate, one password for each device.

Owns the table `app_passwords`. Emits no events: a password is looked up at each request, so that
its deletion takes effect at once. They open the music API for players alone: no route of the JSON
API accepts them. One that is limited to a profile acts as it, and ends with its member's role.
"""
