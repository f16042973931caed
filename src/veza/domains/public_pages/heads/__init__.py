"""The pages of the web application, as search engines and messengers read them.

Owns no tables. A page of something public has its title, description and picture in its head, from
the services of the other domains; everything else is done by the application in the browser.
"""
